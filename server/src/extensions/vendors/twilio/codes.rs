//! Twilio's error codes. Source: <https://www.twilio.com/docs/api/errors> (read for this table: November 2026); Twilio
//! adds codes and asks not to hard-code logic on them, so what is not here is simply `OTHER`.

use crate::{
    delivery::vendor::{ErrorClass, ErrorMeaning},
    extensions::vendors::code_table::{self, Code},
};

use ErrorClass::{
    Account, BadNumber, Filtered, OptedOut, Other, RateLimited, Text, Unreachable, Unregistered,
};

/// Code, what happened, what to do, what follows.
const CODES: [Code; 38] = [
    (
        20003,
        "Twilio does not accept the credentials.",
        "Enter the account's SID and token anew.",
        Account,
    ),
    (
        20008,
        "Twilio only took it as a test: the credentials are test credentials.",
        "Enter the live credentials.",
        Account,
    ),
    (
        20404,
        "The account or messaging service does not exist.",
        "Check the SIDs in the settings.",
        Account,
    ),
    (
        20429,
        "Too many requests at once.",
        "Nothing: it is sent again by itself, more slowly.",
        RateLimited,
    ),
    (
        21211,
        "The number is not a telephone number.",
        "Correct the list.",
        BadNumber,
    ),
    (
        21212,
        "The number to send from is not valid.",
        "Check the numbers of the messaging service.",
        Unregistered,
    ),
    (
        21265,
        "The number cannot receive texts from here.",
        "Correct the list.",
        BadNumber,
    ),
    (
        21408,
        "Texts to this region are not permitted.",
        "Allow the region in Twilio's geographic permissions.",
        Account,
    ),
    (
        21601,
        "The number to send from cannot send texts.",
        "Take it out of the messaging service.",
        Unregistered,
    ),
    (21602, "The text is empty.", "Correct the script.", Text),
    (
        21606,
        "The number to send from is not the account's.",
        "Check the numbers of the messaging service.",
        Unregistered,
    ),
    (
        21610,
        "The contact has opted out with the carrier.",
        "Nothing: the contact is opted out here too.",
        OptedOut,
    ),
    (
        21611,
        "The sending queue of the number is full.",
        "Nothing: it is sent again by itself, more slowly.",
        RateLimited,
    ),
    (
        21612,
        "The number cannot be texted from here.",
        "Correct the list.",
        BadNumber,
    ),
    (
        21614,
        "The number is not a mobile number.",
        "Leave landlines out of the list.",
        BadNumber,
    ),
    (21617, "The text is too long.", "Shorten the script.", Text),
    (
        21620,
        "The address of the picture is not valid.",
        "Correct the script.",
        Text,
    ),
    (
        21703,
        "The messaging service has no numbers to send from.",
        "Add numbers to the messaging service.",
        Unregistered,
    ),
    (
        30001,
        "The sending queue is full.",
        "Nothing: it is sent again by itself, more slowly.",
        RateLimited,
    ),
    (30002, "The account is suspended.", "Talk to Twilio.", Account),
    (
        30003,
        "The phone cannot be reached.",
        "Nothing: it is off, out of reach or takes no texts.",
        Unreachable,
    ),
    (30004, "The contact blocks such texts.", "", BadNumber),
    (
        30005,
        "The number does not exist.",
        "Correct the list.",
        BadNumber,
    ),
    (
        30006,
        "The number is a landline, or its carrier cannot be reached.",
        "Leave landlines out of the list.",
        BadNumber,
    ),
    (
        30007,
        "The carrier filtered the text as unwanted.",
        "Reword the script, avoid shortened links, and check the registration.",
        Filtered,
    ),
    (30008, "The carrier gave no reason.", "", Other),
    (30009, "A part of the text was lost on the way.", "", Unreachable),
    (
        30010,
        "The text costs more than the account's limit.",
        "Raise the limit in Twilio.",
        Account,
    ),
    (
        30011,
        "The carrier does not take pictures.",
        "Send without the picture.",
        Text,
    ),
    (
        30022,
        "More texts per second than the registration allows.",
        "Nothing: sending slows down by itself.",
        RateLimited,
    ),
    (
        30023,
        "More texts today than the registration allows.",
        "Nothing: sending goes on tomorrow. A higher trust score raises the limit.",
        RateLimited,
    ),
    (
        30024,
        "The number is not set up for texting yet.",
        "Wait a day after buying it, or talk to Twilio.",
        Unregistered,
    ),
    (
        30027,
        "More texts today than T-Mobile allows.",
        "Nothing: sending goes on after midnight, Pacific time.",
        RateLimited,
    ),
    (
        30032,
        "The toll-free number is not verified.",
        "Have it verified at Twilio.",
        Unregistered,
    ),
    (
        30034,
        "The sending number is not registered.",
        "Register the campaign and add the number to it (A2P 10DLC).",
        Unregistered,
    ),
    (30036, "The text could not be delivered in time.", "", Unreachable),
    (30410, "The carrier did not answer in time.", "", Unreachable),
    (
        63017,
        "More texts per second than the account allows.",
        "Nothing: sending slows down by itself.",
        RateLimited,
    ),
];

/// What a code means; none when it is not in the table.
pub fn meaning(code: i32) -> Option<ErrorMeaning> {
    code_table::meaning(&CODES, code)
}

/// The carrier whose daily cap a code says is used up. Both codes are T-Mobile's: no other carrier counts by the day
/// (<https://www.twilio.com/docs/api/errors/30023>, <https://www.twilio.com/docs/api/errors/30027>).
pub fn capped_carrier(code: i32) -> Option<&'static str> {
    matches!(code, 30023 | 30027).then_some("T-Mobile")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_stand_once_and_in_order() {
        code_table::assert_in_order(&CODES);
        assert_eq!(meaning(21610).unwrap().class, OptedOut);
        assert_eq!(meaning(1), None);
    }
}
