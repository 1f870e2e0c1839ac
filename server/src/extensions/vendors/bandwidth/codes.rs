//! Bandwidth's error codes. Source: <https://dev.bandwidth.com/docs/messaging/errors> (read for this table: November
//! 2026). Of four digits: 4 is the sender's fault, 5 a fault of the network, 9 nobody knows; the second is 7 where the
//! carrier says so.

use ErrorClass::{
    Account, BadNumber, Filtered, OptedOut, Other, RateLimited, Text, Unreachable, Unregistered,
};

use crate::{
    delivery::vendor::{ErrorClass, ErrorMeaning},
    extensions::vendors::code_table::{self, Code},
};

const CODES: [Code; 36] = [
    (
        4001,
        "The account may not send this.",
        "Check what the account is allowed at Bandwidth.",
        Account,
    ),
    (
        4301,
        "The text has characters that cannot be sent.",
        "Reword it.",
        Text,
    ),
    (
        4302,
        "The number to send from is not valid.",
        "Check the organization's numbers.",
        Unregistered,
    ),
    (
        4303,
        "The number is not a telephone number.",
        "Correct the list.",
        BadNumber,
    ),
    (
        4350,
        "The number cannot receive this.",
        "Correct the list.",
        BadNumber,
    ),
    (4360, "It could not be sent in time.", "", Unreachable),
    (
        4401,
        "There is no way to the number.",
        "Correct the list.",
        BadNumber,
    ),
    (
        4403,
        "The number to send from may not send texts.",
        "Check the number at Bandwidth.",
        Unregistered,
    ),
    (
        4404,
        "The number may not be texted.",
        "Correct the list.",
        BadNumber,
    ),
    (4405, "The number is not in use.", "Correct the list.", BadNumber),
    (
        4406,
        "The number to send from is not in use.",
        "Check the number at Bandwidth.",
        Unregistered,
    ),
    (
        4407,
        "The account may not send to this country.",
        "Ask Bandwidth to allow it.",
        Account,
    ),
    (
        4432,
        "The account may not send to this country.",
        "Ask Bandwidth to allow it.",
        BadNumber,
    ),
    (
        4433,
        "The number is a landline that cannot be texted.",
        "Correct the list.",
        BadNumber,
    ),
    (
        4470,
        "Bandwidth took it for spam.",
        "Reword it, drop shortened links, and write to Bandwidth.",
        Filtered,
    ),
    (
        4476,
        "The sending number is not registered.",
        "Register the campaign and add the number (A2P 10DLC).",
        Unregistered,
    ),
    (
        4481,
        "The toll-free number is not verified.",
        "Have it verified at Bandwidth.",
        Unregistered,
    ),
    (4700, "The carrier does not take this kind of text.", "", Other),
    (4701, "The number cannot be reached by texts.", "", Unreachable),
    (4702, "The phone is off or out of reach.", "", Unreachable),
    (4711, "The picture is too large.", "Use a smaller one.", Text),
    (
        4712,
        "The picture cannot be shown.",
        "Use a JPEG, PNG or GIF.",
        Text,
    ),
    (
        4720,
        "The carrier says that the number is not valid.",
        "Correct the list.",
        BadNumber,
    ),
    (
        4721,
        "The carrier says that the number is not valid.",
        "Correct the list.",
        BadNumber,
    ),
    (4730, "The carrier has no way to the number.", "", Unreachable),
    (
        4740,
        "The carrier does not take the number to send from.",
        "Check the number at Bandwidth.",
        Unregistered,
    ),
    (4750, "The carrier refused it and does not say why.", "", Other),
    (4751, "The carrier says that it is too long.", "Shorten it.", Text),
    (4753, "The phone refused it.", "", Unreachable),
    (
        4770,
        "The carrier took it for spam.",
        "Reword it, drop shortened links, and write to Bandwidth.",
        Filtered,
    ),
    (
        4771,
        "The carrier refuses its shortened link.",
        "Use a link of your own domain.",
        Filtered,
    ),
    (
        4772,
        "The carrier blocks one of the numbers.",
        "Write to Bandwidth.",
        Filtered,
    ),
    (4775, "The contact told the carrier to stop.", "", OptedOut),
    (
        4780,
        "More texts than the carrier allows.",
        "Nothing: sending slows down by itself.",
        RateLimited,
    ),
    (
        4795,
        "The toll-free number is not verified.",
        "Have it verified at Bandwidth.",
        Unregistered,
    ),
    (
        9902,
        "The carrier did not say in time what became of it.",
        "",
        Other,
    ),
];

/// What a code means; of one that is not in the table, what its first digits say.
pub fn meaning(code: i32) -> Option<ErrorMeaning> {
    code_table::meaning(&CODES, code).or(match code {
        4700..=4799 => Some(ErrorMeaning {
            text: "The carrier refused it.",
            advice: "",
            class: Other,
        }),
        5000..=5999 => Some(ErrorMeaning {
            text: "The network failed.",
            advice: "",
            class: Unreachable,
        }),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_stand_once_and_in_order() {
        code_table::assert_in_order(&CODES);
        assert_eq!(meaning(4775).unwrap().class, OptedOut);
        assert_eq!(meaning(5620).unwrap().class, Unreachable);
        assert_eq!(meaning(1), None);
    }
}
