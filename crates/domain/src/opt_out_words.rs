//! What counts as a request to stop, in short: [`is_opt_out`]. The rules are in [`crate::opt_out_rules`].

use crate::opt_out_rules::{InboundIntent, OptOutRules};

/// Texts that are a request to stop when nothing else is said, lower case, one space between words.
///
/// Sources: FCC 24-18 (in force since 11 April 2025): stop, quit, end, revoke, opt out, cancel, unsubscribe. Twilio:
/// also STOPALL and OPTOUT. Telnyx: also STOP ALL. AWS: also ARRET and REMOVE. Spoke: also stop2quit.
pub const OPT_OUT_KEYWORDS: [&str; 14] = [
    "stop",
    "stopall",
    "stop all",
    "stop2quit",
    "unsubscribe",
    "cancel",
    "end",
    "quit",
    "revoke",
    "optout",
    "opt out",
    "remove",
    "arret",
    "arrêt",
];

/// Is this incoming text a request to stop, where an organization has no rules of its own?
///
/// Yes if, apart from case, punctuation and "please", it is one of [`OPT_OUT_KEYWORDS`]; if its first word is "stop"
/// (so "Stop by any time" counts too, as in Spoke: a contact lost is the smaller harm); if "stopall" is one of its
/// words; if it ends in "remove me"; or if it has a phrase such as "don't text me" or "take me off your list". See
/// [`OptOutRules`], which organizations extend.
///
/// FCC 24-18 honours *any reasonable means*, which no list covers: a texter still reads what this lets through.
pub fn is_opt_out(text: &str) -> bool {
    OptOutRules::built_in().decide(text).intent == InboundIntent::Stop
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn requests_to_stop() {
        let texts = [
            "STOP",
            "stop",
            " Stop. ",
            "Stop!!",
            "\"STOP\"",
            "stop 🛑",
            "STOP\n",
            "STOPALL",
            "Stop all",
            "stop-all",
            "UNSUBSCRIBE",
            "Cancel.",
            "End",
            "QUIT",
            "revoke",
            "Revoke!",
            "OPTOUT",
            "opt out",
            "Opt-out",
            "OPT  OUT",
            "remove",
            "ARRET",
            "Arrêt",
            "arre\u{302}t",
            "stop2quit",
            "please stop",
            "Stop please",
            "Please stop, thanks",
            "pls unsubscribe",
            "stop texting me",
            "Stop it",
            "stop, I do not want this",
            "STOP.I said so",
            "please remove me",
            "Remove me.",
            "you can remove me now",
            "Remove my name from this",
            "take me off this list",
            "Take me off the list!!",
            "please take me off your list",
            "take me off these lists",
            "lose my number",
            "Hey, lose my number",
            "don't contact me",
            "Don’t contact me again",
            "dont contact me",
            "don t contact me",
            "do not contact me",
            "delete my number",
            "I opt out",
            "ok i opt out.",
            "no STOPALL now",
        ];
        for text in texts {
            assert!(is_opt_out(text), "{text:?}");
        }
    }

    #[test]
    fn other_texts() {
        let texts = [
            "",
            " ",
            "!!!",
            "don't stop",
            "Don’t stop!",
            "stopping by",
            "the end is near",
            "I will quit my job",
            "unstoppable",
            "nonstop",
            "When does it end?",
            "I had to cancel my plans",
            "cancel culture",
            "Can you remove the sign?",
            "don't remove me yet, I'm in",
            "I want to opt in",
            "the bus stop is far",
            "weekend",
            "End of June works",
            "quite",
            "Stopwatch",
            "lose my numbers game? no, lost",
            "he wants to take me off roading",
            "take me off guard",
            "take me off the hook",
            "Liked “Reply STOP to opt out”",
            "Loved “Hi, this is Ann. Text STOP to end”",
            "yes",
            "contact me",
            "please",
            "thanks",
            "revoked",
            "who are you?",
        ];
        for text in texts {
            // "lose my numbers" begins like Spoke's phrase, which has no end boundary.
            assert_eq!(is_opt_out(text), text.starts_with("lose my"), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,80}") {
            is_opt_out(&text);
        }

        #[test]
        fn keywords_count_in_any_dress(
            index in 0..OPT_OUT_KEYWORDS.len(), upper: bool, before in "[ .!\"\n]{0,3}", after in "[ .!?🙏\n]{0,3}"
        ) {
            let keyword = OPT_OUT_KEYWORDS[index];
            let keyword = if upper { keyword.to_uppercase() } else { keyword.to_owned() };
            let text = format!("{before}{keyword}{after}");
            prop_assert!(is_opt_out(&text));
        }
    }
}
