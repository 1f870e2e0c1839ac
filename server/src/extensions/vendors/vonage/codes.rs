//! Vonage's codes: of reports as Vonage gives them; of answers to a request to send with [`SENDING`] added, since the
//! two count from one. Sources: <https://developer.vonage.com/en/messaging/sms/guides/troubleshooting-sms> and
//! <https://developer.vonage.com/en/messaging/sms/guides/delivery-receipts> (read for this table: November 2026).

use ErrorClass::{
    Account, BadNumber, Filtered, OptedOut, Other, RateLimited, Text, Unreachable, Unregistered,
};

use crate::{
    delivery::vendor::{ErrorClass, ErrorMeaning},
    extensions::vendors::code_table::{self, Code},
};

/// Added to the status of an answer to a request to send.
pub const SENDING: i32 = 1_000;

const CODES: [Code; 39] = [
    (
        1,
        "The carrier did not deliver it and does not say why.",
        "",
        Other,
    ),
    (2, "The phone is off or out of reach.", "", Unreachable),
    (
        3,
        "The number is not in use any more.",
        "Correct the list.",
        BadNumber,
    ),
    (4, "The contact does not take texts from here.", "", OptedOut),
    (5, "The number has moved to another carrier.", "", Unreachable),
    (
        6,
        "The carrier took it for spam.",
        "Reword it and drop shortened links.",
        Filtered,
    ),
    (7, "The phone was busy.", "", Unreachable),
    (8, "The network failed.", "", Unreachable),
    (
        9,
        "The number is blocked for texts of this kind.",
        "Correct the list.",
        BadNumber,
    ),
    (10, "The text is not acceptable.", "Reword it.", Text),
    (
        11,
        "There is no way to the number.",
        "Correct the list.",
        BadNumber,
    ),
    (12, "The phone cannot be reached.", "", Unreachable),
    (
        13,
        "The carrier does not allow it for the contact's age.",
        "",
        Other,
    ),
    (
        14,
        "The carrier blocks the sending number.",
        "Write to Vonage.",
        Filtered,
    ),
    (15, "The contact's prepaid account is empty.", "", Unreachable),
    (
        16,
        "More texts than the carrier allows.",
        "Nothing: sending slows down by itself.",
        RateLimited,
    ),
    (
        50,
        "The carrier took it for spam.",
        "Register the sender.",
        Filtered,
    ),
    (
        51,
        "The carrier took it for spam.",
        "Register the sender.",
        Filtered,
    ),
    (
        52,
        "The carrier took it for spam.",
        "Reword it and drop shortened links.",
        Filtered,
    ),
    (53, "The contact told the carrier to stop.", "", OptedOut),
    (54, "The law of the country does not allow it.", "", Other),
    (99, "It was not delivered, and nobody knows why.", "", Other),
    (
        1_001,
        "Too many texts a second.",
        "Nothing: it is sent again by itself, more slowly.",
        RateLimited,
    ),
    (1_002, "The request lacks something.", "", Other),
    (
        1_003,
        "The number or the sender is not valid.",
        "Correct the list.",
        BadNumber,
    ),
    (
        1_004,
        "Vonage does not accept the credentials.",
        "Check NEXMO_API_KEY and NEXMO_API_SECRET.",
        Account,
    ),
    (
        1_005,
        "Vonage failed.",
        "Nothing: it is sent again by itself.",
        Other,
    ),
    (1_006, "The text is not acceptable.", "Reword it.", Text),
    (1_007, "The number is barred.", "Correct the list.", BadNumber),
    (1_008, "The account is barred.", "Write to Vonage.", Account),
    (
        1_009,
        "The account has no money left.",
        "Add money at Vonage.",
        Account,
    ),
    (
        1_011,
        "The account may not send this way.",
        "Turn the SMS API on at Vonage.",
        Account,
    ),
    (1_012, "The text is too long.", "Shorten it.", Text),
    (
        1_014,
        "Vonage does not accept the signature.",
        "Check the API secret.",
        Account,
    ),
    (
        1_015,
        "The sender is not allowed.",
        "Check the organization's numbers.",
        Unregistered,
    ),
    (1_022, "The carrier is not known.", "Correct the list.", BadNumber),
    (
        1_023,
        "The address for reports is not valid.",
        "Check BASE_URL.",
        Other,
    ),
    (
        1_029,
        "The number is not on the list of a test account.",
        "Add money at Vonage.",
        Account,
    ),
    (
        1_033,
        "The number is not in use any more.",
        "Correct the list.",
        BadNumber,
    ),
];

/// What a code means; none when it is not in the table.
pub fn meaning(code: i32) -> Option<ErrorMeaning> {
    code_table::meaning(&CODES, code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_stand_once_and_in_order() {
        code_table::assert_in_order(&CODES);
        assert_eq!(meaning(53).unwrap().class, OptedOut);
        assert_eq!(meaning(SENDING + 1).unwrap().class, RateLimited);
        assert_eq!(meaning(500), None);
    }
}
