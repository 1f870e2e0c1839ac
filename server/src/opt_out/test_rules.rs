//! Tries an organization's rules on texts: what would be done, by which rule, and what would be said.

use bellwether_db::inbound_rules;
use bellwether_domain::opt_out_rules::{InboundIntent, Matched, OptOutRules, OwnRules};
use serde_json::json;

use super::settings::{self, OptOutSettings, RULES};
use crate::{
    app::App,
    error::{OpError, OpResult},
    organization::read,
    permissions::Permission,
    phone_number::inventory,
    requester::Requester,
};

/// Texts tried at once at most.
pub const MAX_SAMPLES: usize = 100;
/// Characters of a text at most: the longest that carriers deliver.
pub const MAX_SAMPLE: usize = 1_600;

/// What would become of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tested {
    /// The text.
    pub sample: String,
    /// What it asks for.
    pub intent: InboundIntent,
    /// What would be done, in words.
    pub effect: &'static str,
    /// The rule that says so.
    pub rule: Option<Matched>,
    /// What would be said to it.
    pub answer: Option<String>,
}

/// Tries texts: with the organization's own rules, or with `rules` before they are saved. Changes nothing.
pub async fn test_opt_out_rules(
    app: &App,
    requester: &Requester,
    organization_id: i64,
    samples: Vec<String>,
    rules: Option<OwnRules>,
) -> OpResult<Vec<Tested>> {
    requester.permit(Permission::TestOptOutRules, organization_id)?;
    if samples.len() > MAX_SAMPLES {
        return Err(OpError::bad_input(format!(
            "samples: {MAX_SAMPLES} texts at most"
        )));
    }
    if samples.iter().any(|sample| sample.chars().count() > MAX_SAMPLE) {
        return Err(OpError::bad_input(format!(
            "samples: {MAX_SAMPLE} characters a text at most"
        )));
    }
    if let Some(rules) = &rules {
        rules
            .check()
            .map_err(|error| OpError::bad_input(format!("rules.{error}")))?;
    }
    let organization = read::organization(app, requester, organization_id).await?;
    let service = inventory::service_name(app, &organization);
    let mut judged = {
        let mut conn = app.db().await?;
        let found = inbound_rules::for_organizations(&mut conn, &[organization_id]).await?;
        found.into_iter().next().ok_or_else(OpError::not_found)?
    };
    if let (Some(rules), Some(features)) = (
        &rules,
        judged
            .features
            .as_mut()
            .and_then(serde_json::Value::as_object_mut),
    ) {
        features.insert(RULES.to_owned(), json!(rules));
    }
    let features = judged.features.clone().unwrap_or_default();
    let compiled = OptOutRules::new(&OptOutSettings::of(&features).rules);
    Ok(samples
        .into_iter()
        .map(|sample| {
            let decision = compiled.decide(&sample);
            Tested {
                effect: effect(decision.intent),
                answer: settings::judge(&judged, service, &sample).answer,
                intent: decision.intent,
                rule: decision.rule,
                sample,
            }
        })
        .collect())
}

const fn effect(intent: InboundIntent) -> &'static str {
    match intent {
        InboundIntent::Stop => {
            "The cell is opted out at once, what waits to be sent to it is taken back, and its conversations are closed. \
             The answer goes out once, unless the cell had opted out before."
        }
        InboundIntent::Start => {
            "If the cell has opted out, it may be texted again, and the answer goes out once. Else this is a text like \
             any other, for a texter to read."
        }
        InboundIntent::Help => {
            "The answer goes out, once a day at most, unless the cell has opted out. A texter sees the text too."
        }
        InboundIntent::Other => "A texter reads it.",
    }
}
