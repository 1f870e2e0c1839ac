//! What an organization has set about texts that ask to stop, to come back or for help: rules and answers.

use bellwether_db::{inbound_rules::InboundRules, organization::OrganizationRow};
use bellwether_domain::opt_out_rules::{InboundIntent, OptOutRules, OwnRules, is_carrier_keyword};
use serde_json::{Map, Value, json};

use crate::{
    app::App,
    error::{OpError, OpResult},
    organization::{features, settings::MAX_OPT_OUT_MESSAGE},
    permissions::Permission,
    requester::Requester,
};

/// Key of an organization's own rules in `organization.features`.
pub const RULES: &str = "opt_out_rules";
/// Key of its confirmation of an opt-out, Spoke's name.
pub const STOP_MESSAGE: &str = "opt_out_message";
/// Key of what it says to who comes back.
pub const START_MESSAGE: &str = "opt_in_message";
/// Key of what it says to HELP.
pub const HELP_MESSAGE: &str = "help_message";
/// Key of how people reach it, for the answer to HELP that is made where it has none of its own.
pub const HELP_CONTACT: &str = "help_contact";
/// Keys that say whether STOP, START and HELP are answered.
pub const ANSWERS: [(&str, InboundIntent); 3] = [
    ("answer_stop", InboundIntent::Stop),
    ("answer_start", InboundIntent::Start),
    ("answer_help", InboundIntent::Help),
];
/// Characters in a contact address at most.
pub const MAX_HELP_CONTACT: usize = 200;

/// Services that answer STOP, START and HELP by themselves when the text is one of the carriers' words alone, so that a
/// second answer of ours would be one too many.
///
/// Sources: Twilio, "Twilio support for opt-out keywords (SMS STOP filtering)",
/// <https://help.twilio.com/articles/223134027>; Telnyx, "Advanced Opt-In/Out",
/// <https://developers.telnyx.com/docs/messaging/messages/advanced-opt-in-out>. Bandwidth and Vonage answer on toll-free
/// numbers and shared short codes only, where the network does.
pub const ANSWER_THEMSELVES: [&str; 2] = ["twilio", "telnyx"];

/// What an organization has set, as far as it can be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OptOutSettings {
    /// Rules of its own.
    pub rules: OwnRules,
    /// Whether STOP, START and HELP are answered; none: as usual (see [`answer`]).
    pub answers_stop: Option<bool>,
    /// See `answers_stop`.
    pub answers_start: Option<bool>,
    /// See `answers_stop`.
    pub answers_help: Option<bool>,
    /// The confirmation of an opt-out; none: the instance's.
    pub stop_message: Option<String>,
    /// The answer to START; none: one made from the name.
    pub start_message: Option<String>,
    /// The answer to HELP; none: one made from the name and `help_contact`.
    pub help_message: Option<String>,
    /// How people reach it.
    pub help_contact: Option<String>,
}

impl OptOutSettings {
    /// Reads what is stored. Rules that cannot be read count as none, and are logged.
    pub fn of(features: &Value) -> Self {
        let text = |key: &str| {
            let text = features.get(key).and_then(Value::as_str).map(str::trim);
            text.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let flag = |key: &str| {
            features
                .get(key)
                .filter(|value| !value.is_null())
                .map(features::is_yes)
        };
        let [(stop, _), (start, _), (help, _)] = ANSWERS;
        Self {
            rules: rules_of(features),
            answers_stop: flag(stop),
            answers_start: flag(start),
            answers_help: flag(help),
            stop_message: text(STOP_MESSAGE),
            start_message: text(START_MESSAGE),
            help_message: text(HELP_MESSAGE),
            help_contact: text(HELP_CONTACT),
        }
    }

    /// The answer to START.
    pub fn start_answer(&self, name: &str) -> String {
        self.start_message.clone().unwrap_or_else(|| {
            format!(
                "{}: you will get texts from us again. Reply STOP to stop, HELP for help.",
                name.trim()
            )
        })
    }

    /// The answer to HELP.
    pub fn help_answer(&self, name: &str) -> String {
        self.help_message.clone().unwrap_or_else(|| {
            let reach = match &self.help_contact {
                Some(contact) => format!("reach us at {contact}, or reply with your question"),
                None => "reply with your question and one of us will answer".to_owned(),
            };
            format!(
                "{}: for help, {reach}. Message and data rates may apply. Reply STOP to stop.",
                name.trim()
            )
        })
    }
}

fn rules_of(features: &Value) -> OwnRules {
    let Some(stored) = features.get(RULES).filter(|stored| !stored.is_null()) else {
        return OwnRules::default();
    };
    serde_json::from_value(stored.clone()).unwrap_or_else(|error| {
        tracing::error!(%error, "an organization's opt-out rules cannot be read; the built-in ones hold");
        OwnRules::default()
    })
}

/// What a text asks for, and what is said to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// What it asks for.
    pub intent: InboundIntent,
    /// The answer, if it comes to one.
    pub answer: Option<String>,
}

/// Judges a text by an organization's rules, or by the built-in ones where nobody knows whose it is.
pub fn judge(rules: &InboundRules, service: &str, text: &str) -> Judged {
    let features = rules.features.as_ref().filter(|features| {
        // Reading and compiling rules is for those who have some.
        features.get(RULES).is_some_and(|stored| !stored.is_null())
    });
    let intent = match features {
        Some(features) => OptOutRules::new(&rules_of(features)).decide(text).intent,
        None => OptOutRules::built_in().decide(text).intent,
    };
    Judged {
        answer: answer(rules, service, text, intent),
        intent,
    }
}

/// What is said to a text by itself. An organization's own setting decides; for STOP then
/// `SEND_AUTO_OPT_OUT_RESPONSE`; else everything is answered but what the service answers itself.
fn answer(rules: &InboundRules, service: &str, text: &str, intent: InboundIntent) -> Option<String> {
    if intent == InboundIntent::Other {
        return None;
    }
    let settings = OptOutSettings::of(rules.features.as_ref()?);
    let name = rules.name.as_deref().unwrap_or_default();
    let (own, said) = match intent {
        InboundIntent::Stop => {
            let message = settings.stop_message.as_ref().unwrap_or(&rules.opt_out_message);
            (settings.answers_stop.or(rules.answers_stop), message.clone())
        }
        InboundIntent::Start => (settings.answers_start, settings.start_answer(name)),
        InboundIntent::Help => (settings.answers_help, settings.help_answer(name)),
        InboundIntent::Other => return None,
    };
    let is_answered = ANSWER_THEMSELVES.contains(&service) && is_carrier_keyword(text);
    let said = bellwether_domain::segments::replace_gsm_lookalikes(said.trim());
    (own.unwrap_or(!is_answered) && !said.is_empty()).then_some(said)
}

/// What is to be changed; what is none stays, and an empty text brings the usual one back.
#[derive(Debug, Clone, Default)]
pub struct OptOutSettingsEdit {
    /// All of its rules.
    pub rules: Option<OwnRules>,
    /// Whether STOP is answered; the inner none: as usual.
    pub answers_stop: Option<Option<bool>>,
    /// Whether START is answered.
    pub answers_start: Option<Option<bool>>,
    /// Whether HELP is answered.
    pub answers_help: Option<Option<bool>>,
    /// The answer to START.
    pub start_message: Option<String>,
    /// The answer to HELP.
    pub help_message: Option<String>,
    /// How people reach it.
    pub help_contact: Option<String>,
}

/// Changes what an organization has set.
pub async fn update_opt_out_settings(
    app: &App,
    requester: &Requester,
    organization_id: i64,
    edit: OptOutSettingsEdit,
) -> OpResult<OrganizationRow> {
    requester.permit(Permission::UpdateOptOutSettings, organization_id)?;
    let (mut set, mut unset) = (Map::new(), Vec::new());
    if let Some(rules) = edit.rules {
        rules
            .check()
            .map_err(|error| OpError::bad_input(format!("rules.{error}")))?;
        set.insert(RULES.to_owned(), json!(rules));
    }
    let flags = [edit.answers_stop, edit.answers_start, edit.answers_help];
    for ((key, _), flag) in ANSWERS.into_iter().zip(flags) {
        match flag {
            Some(Some(yes)) => drop(set.insert(key.to_owned(), json!(yes))),
            Some(None) => unset.push(key.to_owned()),
            None => {}
        }
    }
    for (key, field, text, most) in [
        (
            START_MESSAGE,
            "startMessage",
            edit.start_message,
            MAX_OPT_OUT_MESSAGE,
        ),
        (
            HELP_MESSAGE,
            "helpMessage",
            edit.help_message,
            MAX_OPT_OUT_MESSAGE,
        ),
        (HELP_CONTACT, "helpContact", edit.help_contact, MAX_HELP_CONTACT),
    ] {
        let Some(text) = text else { continue };
        let text = text.replace('\0', "").trim().to_owned();
        if text.chars().count() > most {
            return Err(OpError::bad_input(format!("{field}: {most} characters at most")));
        }
        if text.is_empty() {
            unset.push(key.to_owned());
        } else {
            set.insert(key.to_owned(), json!(text));
        }
    }
    let mut conn = app.db().await?;
    Ok(
        bellwether_db::organization::merge_features(&mut conn, organization_id, &Value::Object(set), &unset)
            .await?,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(features: Value, answers_stop: Option<bool>) -> InboundRules {
        InboundRules {
            known_organization_id: Some(1),
            organization_id: Some(1),
            name: Some("Org".to_owned()),
            features: Some(features),
            answers_stop,
            opt_out_message: "Bye.".to_owned(),
        }
    }

    #[test]
    fn what_the_service_answers_itself_is_not_answered_twice() {
        let usual = rules(json!({}), None);
        let said = |rules: &InboundRules, service, text| judge(rules, service, text).answer;
        assert_eq!(said(&usual, "fakeservice", "STOP").as_deref(), Some("Bye."));
        assert_eq!(said(&usual, "twilio", "STOP"), None);
        assert_eq!(said(&usual, "telnyx", "Help"), None);
        // The service knows its own words only.
        assert_eq!(
            said(&usual, "twilio", "please take me off your list").as_deref(),
            Some("Bye.")
        );
        assert_eq!(said(&usual, "bandwidth", "stop").as_deref(), Some("Bye."));
        for (own, instance, expected) in [
            (json!({}), Some(false), None),
            (json!({}), Some(true), Some("Bye.")),
            (json!({"answer_stop": true}), Some(false), Some("Bye.")),
            (json!({"answer_stop": false}), Some(true), None),
            (
                json!({"answer_stop": "true", "opt_out_message": " Ours "}),
                None,
                Some("Ours"),
            ),
        ] {
            assert_eq!(
                said(&rules(own.clone(), instance), "twilio", "STOP").as_deref(),
                expected,
                "{own}"
            );
        }
        assert_eq!(said(&usual, "fakeservice", "Who is this?"), None);
        assert_eq!(
            said(&InboundRules::default(), "fakeservice", "STOP"),
            None,
            "nobody to answer"
        );
    }

    #[test]
    fn help_is_made_from_the_name_and_the_contact() {
        let said = |features| {
            judge(&rules(features, None), "fakeservice", "HELP")
                .answer
                .unwrap()
        };
        assert_eq!(
            said(json!({})),
            "Org: for help, reply with your question and one of us will answer. Message and data rates may apply. \
             Reply STOP to stop."
        );
        assert!(said(json!({"help_contact": "help@org.example"})).contains("reach us at help@org.example"));
        assert_eq!(said(json!({"help_message": "Own words."})), "Own words.");
    }

    #[test]
    fn rules_that_cannot_be_read_leave_the_built_in_ones() {
        let broken = rules(json!({"opt_out_rules": {"stop": "all of it"}}), None);
        assert_eq!(judge(&broken, "fakeservice", "Stop.").intent, InboundIntent::Stop);
        let own = json!({"opt_out_rules": {"exceptions": [{"match": "starts_with", "text": "stop by"}]}});
        assert_eq!(
            judge(&rules(own, None), "fakeservice", "Stop by later!").intent,
            InboundIntent::Other
        );
    }
}
