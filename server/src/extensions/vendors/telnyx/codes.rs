//! Telnyx's error codes. Source: <https://developers.telnyx.com/docs/messaging/messages/error-codes> and
//! <https://developers.telnyx.com/development/api-guide/errors> (read for this table: November 2026). What is not here
//! is `OTHER`.

use ErrorClass::{
    Account, BadNumber, Filtered, OptedOut, Other, RateLimited, Text, Unreachable, Unregistered,
};

use crate::{
    delivery::vendor::{ErrorClass, ErrorMeaning},
    extensions::vendors::code_table::{self, Code},
};

const CODES: [Code; 31] = [
    (
        10009,
        "Telnyx does not accept the API key.",
        "Enter a new TELNYX_API_KEY.",
        Account,
    ),
    (
        10010,
        "The API key may not send texts.",
        "Check the key's rights at Telnyx.",
        Account,
    ),
    (
        10011,
        "Too many requests at once.",
        "Nothing: it is sent again by itself, more slowly.",
        RateLimited,
    ),
    (
        20100,
        "The account has no money left.",
        "Add money at Telnyx.",
        Account,
    ),
    (
        40001,
        "The number is a landline or cannot be reached by texts.",
        "Correct the list.",
        BadNumber,
    ),
    (
        40002,
        "The carrier took it for spam, for now.",
        "Reword it, drop shortened links, and write to Telnyx.",
        Filtered,
    ),
    (
        40003,
        "The carrier took it for spam, for good.",
        "Reword it, drop shortened links, and write to Telnyx.",
        Filtered,
    ),
    (40004, "The carrier refused it and does not say why.", "", Other),
    (40005, "It could not be delivered in time.", "", Unreachable),
    (40006, "The carrier's service is not available.", "", Unreachable),
    (40008, "The carrier could not deliver it.", "", Unreachable),
    (
        40009,
        "The text is not acceptable: empty, or with characters that cannot be sent.",
        "Reword it.",
        Text,
    ),
    (
        40010,
        "The sending number is not registered.",
        "Register the campaign and add the number (A2P 10DLC).",
        Unregistered,
    ),
    (
        40011,
        "More texts than the carrier allows.",
        "Nothing: sending slows down by itself.",
        RateLimited,
    ),
    (
        40012,
        "The number is not a telephone number, or not in use.",
        "Correct the list.",
        BadNumber,
    ),
    (
        40013,
        "The number to send from is not valid.",
        "Check the numbers of the messaging profile.",
        Unregistered,
    ),
    (
        40014,
        "It waited too long at Telnyx.",
        "Send fewer at once, or have the limits raised.",
        RateLimited,
    ),
    (
        40015,
        "Telnyx took it for spam.",
        "Reword it, drop shortened links, and write to Telnyx.",
        Filtered,
    ),
    (
        40016,
        "More texts today than T-Mobile allows.",
        "Nothing: sending goes on after midnight, Pacific time.",
        RateLimited,
    ),
    (
        40017,
        "AT&T took it for spam.",
        "Reword it, drop shortened links, and write to Telnyx.",
        Filtered,
    ),
    (
        40018,
        "More texts per minute than AT&T allows.",
        "Nothing: sending slows down by itself.",
        RateLimited,
    ),
    (
        40100,
        "The number cannot send texts.",
        "Give it a messaging profile at Telnyx.",
        Unregistered,
    ),
    (
        40150,
        "The toll-free number is not in service.",
        "Check the number at Telnyx.",
        Unregistered,
    ),
    (40300, "The contact told the carrier to stop.", "", OptedOut),
    (
        40301,
        "The messaging profile may not send this.",
        "Check the profile at Telnyx.",
        Account,
    ),
    (
        40305,
        "The number to send from is not valid.",
        "Check the numbers of the messaging profile.",
        Unregistered,
    ),
    (
        40310,
        "The number is not a telephone number.",
        "Correct the list.",
        BadNumber,
    ),
    (
        40311,
        "The messaging profile has no number for this.",
        "Add numbers to the profile.",
        Unregistered,
    ),
    (
        40313,
        "The messaging profile is turned off.",
        "Turn it on at Telnyx.",
        Account,
    ),
    (
        40318,
        "The queue of the number or profile is full.",
        "Nothing: it is sent again by itself, more slowly.",
        RateLimited,
    ),
    (
        40333,
        "The profile's limit of spending is reached.",
        "Raise it at Telnyx.",
        Account,
    ),
];

/// What a code means; none when it is not in the table.
pub fn meaning(code: i32) -> Option<ErrorMeaning> {
    code_table::meaning(&CODES, code)
}

/// The carrier whose daily cap a code says is used up.
pub fn capped_carrier(code: i32) -> Option<&'static str> {
    (code == 40016).then_some("T-Mobile")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_stand_once_and_in_order() {
        code_table::assert_in_order(&CODES);
        assert_eq!(meaning(40300).unwrap().class, OptedOut);
        assert_eq!(meaning(1), None);
    }
}
