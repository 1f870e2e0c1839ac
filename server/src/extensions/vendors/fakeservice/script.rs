//! What the built-in carrier does with a text: decided by the text and the cell alone.

use crate::delivery::vendor::{InboundEvent, MessageEvent, OutgoingText, ReceiptEvent, ReceiptStatus};

/// The code of cells that cannot be reached.
const UNREACHABLE: i32 = 30003;
/// Such cells end so.
const UNREACHABLE_ENDING: &str = "13";

/// What contacts answer; which, the cell's digits say.
const ANSWERS: [&str; 8] = [
    "Yes!",
    "No thanks",
    "Who is this?",
    "Yes, count me in",
    "I'm not sure yet",
    "Wrong number, sorry",
    "Maybe. Can you tell me more?",
    "I already voted",
];

/// What will happen to a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// Refused at once with this code.
    pub refusal: Option<i32>,
    /// Reported as failed with this code.
    pub failure: Option<i32>,
    /// The contact answers.
    pub answer: Option<&'static str>,
    /// All takes longer.
    pub slow: bool,
    /// All is told twice.
    pub twice: bool,
}

impl Script {
    /// Reads the keywords.
    pub fn of(text: &OutgoingText) -> Self {
        let words = text.text.to_lowercase();
        let is_unreachable = text.contact_number.ends_with(UNREACHABLE_ENDING);
        let failure = code_after(&words, "error").or(is_unreachable.then_some(UNREACHABLE));
        let answer = if failure.is_some() {
            None
        } else if words.contains("replystop") {
            Some("STOP")
        } else if words.contains("autorespond") || words.contains('?') {
            answer_of(&text.contact_number)
        } else {
            None
        };
        Self {
            refusal: code_after(&words, "refuse"),
            failure,
            answer,
            slow: words.contains("slow"),
            twice: words.contains("twice"),
        }
    }

    /// What the carrier will tell, in order.
    pub fn events(&self, text: &OutgoingText, user_number: &str) -> Vec<InboundEvent> {
        let status = if self.failure.is_some() {
            ReceiptStatus::Failed
        } else {
            ReceiptStatus::Delivered
        };
        let report = ReceiptEvent::new(service_id(text.message_id), Some(text.message_id), status);
        let mut events = vec![InboundEvent::Receipt(report.with_error(self.failure))];
        if let Some(answer) = self.answer {
            events.push(InboundEvent::Message(MessageEvent {
                service_id: format!("fake-reply-{}", text.message_id),
                from: text.contact_number.clone(),
                to: user_number.to_owned(),
                text: answer.to_owned(),
                ..MessageEvent::default()
            }));
        }
        events
    }
}

/// The carrier's id of a text.
pub fn service_id(message_id: i64) -> String {
    format!("fake-{message_id}")
}

fn answer_of(cell: &str) -> Option<&'static str> {
    let sum = cell
        .bytes()
        .fold(0_usize, |sum, byte| sum * 7 + usize::from(byte % 16));
    ANSWERS.get(sum % ANSWERS.len()).copied()
}

/// The number that follows a keyword directly, where there is one.
fn code_after(words: &str, keyword: &str) -> Option<i32> {
    words.split(keyword).skip(1).find_map(|rest| {
        let end = rest
            .find(|character: char| !character.is_ascii_digit())
            .unwrap_or(rest.len());
        rest.split_at_checked(end)?.0.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use bellwether_domain::opt_out_words::is_opt_out;

    use super::*;

    fn to(cell: &str, text: &str) -> OutgoingText {
        OutgoingText {
            message_id: 7,
            organization_id: 1,
            contact_number: cell.to_owned(),
            user_number: String::new(),
            text: text.to_owned(),
            ..OutgoingText::default()
        }
    }

    fn script(text: &str) -> Script {
        Script::of(&to("+12025550100", text))
    }

    #[test]
    fn keywords_steer_it() {
        let plain = Script {
            refusal: None,
            failure: None,
            answer: None,
            slow: false,
            twice: false,
        };
        assert_eq!(script("Hi Anna!"), plain);
        assert_eq!(script("an error, refused"), plain);
        assert_eq!(
            script("Refuse30006"),
            Script {
                refusal: Some(30006),
                ..plain.clone()
            }
        );
        assert_eq!(
            script("xERROR30007x"),
            Script {
                failure: Some(30007),
                ..plain.clone()
            }
        );
        assert_eq!(
            script("error error21610"),
            Script {
                failure: Some(21610),
                ..plain.clone()
            }
        );
        assert_eq!(
            script("slow twice"),
            Script {
                slow: true,
                twice: true,
                ..plain.clone()
            }
        );
        assert_eq!(
            script("replystop?"),
            Script {
                answer: Some("STOP"),
                ..plain.clone()
            }
        );
        assert!(script("Will you vote?").answer.is_some());
        assert!(script("autorespond").answer.is_some());
        assert_eq!(script("error99999999999"), plain);
    }

    #[test]
    fn cells_that_end_in_13_cannot_be_reached() {
        assert_eq!(Script::of(&to("+12025550113", "Hi?")).failure, Some(30003));
        assert_eq!(Script::of(&to("+12025550113", "Hi?")).answer, None);
        assert_eq!(Script::of(&to("+12025550113", "error30007")).failure, Some(30007));
    }

    #[test]
    fn answers_differ_by_cell_and_ask_for_nothing_drastic() {
        let answers: BTreeSet<_> = (100..200)
            .filter_map(|number| answer_of(&format!("+12025550{number}")))
            .collect();
        assert!(answers.len() >= 6, "{answers:?}");
        assert!(ANSWERS.iter().all(|answer| !is_opt_out(answer)));
    }

    #[test]
    fn a_report_comes_before_the_answer() {
        let text = to("+12025550100", "replystop");
        let kinds: Vec<_> = Script::of(&text)
            .events(&text, "+15005550001")
            .iter()
            .map(|e| e.kind().as_str())
            .collect();
        assert_eq!(kinds, ["receipt", "message"]);
    }
}
