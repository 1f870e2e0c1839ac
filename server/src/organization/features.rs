//! What an organization has set for itself. Where it has not, the instance's setting holds. An empty text counts as
//! not set, and "false" and "0" are no, wherever they come from.

use bellwether_db::organization::OrganizationRow;
use serde_json::{Value, json};

use crate::{app::App, config::words};

/// Palette colours of a theme, in Spoke's words.
pub const COLORS: [&str; 6] = ["primary", "secondary", "info", "success", "warning", "error"];

/// A profile field that members fill in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileField {
    /// Its key in the account's `extra`.
    pub name: String,
    /// Its name for people.
    pub label: String,
}

/// A value that is set.
pub fn value<'a>(organization: &'a OrganizationRow, key: &str) -> Option<&'a Value> {
    organization
        .features
        .get(key)
        .filter(|value| !value.is_null() && value.as_str().is_none_or(|text| !text.trim().is_empty()))
}

/// A text that is set.
pub fn text<'a>(organization: &'a OrganizationRow, key: &str) -> Option<&'a str> {
    value(organization, key).and_then(Value::as_str)
}

/// Yes or no; no where nothing is set.
pub fn flag(organization: &OrganizationRow, key: &str) -> bool {
    value(organization, key).is_some_and(is_yes)
}

/// Yes or no; the instance's where nothing is set.
pub fn flag_or(organization: &OrganizationRow, key: &str, otherwise: bool) -> bool {
    value(organization, key).map_or(otherwise, is_yes)
}

/// Whether a value means yes.
pub fn is_yes(value: &Value) -> bool {
    match value {
        Value::Bool(yes) => *yes,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !matches!(text.trim().to_ascii_lowercase().as_str(), "" | "0" | "false"),
        _ => false,
    }
}

/// A whole number that is set, as one or as its digits.
pub fn whole(organization: &OrganizationRow, key: &str) -> Option<i32> {
    let value = value(organization, key)?;
    match value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_i64().and_then(|number| number.try_into().ok()),
    }
}

/// Words with commas between, or a list of words; else the instance's.
fn list(organization: &OrganizationRow, key: &str, otherwise: &[String]) -> Vec<String> {
    match value(organization, key) {
        Some(Value::String(text)) => words(text),
        Some(Value::Array(items)) => items
            .iter()
            .filter_map(|item| item.as_str().map(str::to_owned))
            .collect(),
        _ => otherwise.to_vec(),
    }
}

/// Ways to give out contacts, the usual one first.
pub fn batch_policies(app: &App, organization: &OrganizationRow) -> Vec<String> {
    list(
        organization,
        "DYNAMICASSIGNMENT_BATCHES",
        &app.config.dynamicassignment_batches,
    )
}

/// Sideboxes that campaigns may show.
pub fn sidebox_choices(app: &App, organization: &OrganizationRow) -> Vec<String> {
    list(organization, "TEXTER_SIDEBOXES", &app.config.texter_sideboxes)
}

/// The texter's page where a campaign says nothing: a JSON object as text, or empty.
pub fn texter_ui_options(organization: &OrganizationRow) -> String {
    text(organization, "TEXTER_UI_SETTINGS")
        .unwrap_or_default()
        .to_owned()
}

/// Whether sending to many at once is on, here and for the instance.
pub fn allow_send_all(app: &App, organization: &OrganizationRow) -> bool {
    app.config.allow_send_all && flag(organization, "ALLOW_SEND_ALL_ENABLED")
}

/// Contacts for a texter who came by a join link; none: no limit.
pub fn max_contacts_per_texter(app: &App, organization: &OrganizationRow) -> Option<i32> {
    whole(organization, "MAX_CONTACTS_PER_TEXTER").or(app.config.max_contacts_per_texter)
}

/// Texters that a campaign's join link lets in; none: no limit.
pub fn max_texters_per_campaign(app: &App, organization: &OrganizationRow) -> Option<i32> {
    whole(organization, "MAX_TEXTERS_PER_CAMPAIGN").or(app.config.max_texters_per_campaign)
}

/// Whether a campaign's join link lets in members of the organization alone.
pub fn campaign_invites_members_only(app: &App, organization: &OrganizationRow) -> bool {
    let key = "CAMPAIGN_INVITES_CURRENT_USERS_ONLY";
    flag_or(organization, key, app.config.campaign_invites_current_users_only)
}

/// Colours of the organization's pages, as Spoke stores them.
pub fn theme(organization: &OrganizationRow) -> Value {
    value(organization, "theme")
        .filter(|theme| theme.is_object())
        .cloned()
        .unwrap_or_else(|| json!({}))
}

/// Fields that members fill in. Spoke stores the list, or the list as JSON text.
pub fn profile_fields(organization: &OrganizationRow) -> Vec<ProfileField> {
    let stored = value(organization, "profile_fields");
    let parsed: Option<Value> = stored
        .and_then(Value::as_str)
        .and_then(|text| serde_json::from_str(text).ok());
    let fields = parsed.as_ref().or(stored).and_then(Value::as_array);
    fields
        .into_iter()
        .flatten()
        .filter_map(|field| {
            let name = field.get("name")?.as_str()?;
            let label = field.get("label").and_then(Value::as_str).unwrap_or(name);
            Some(ProfileField {
                name: name.to_owned(),
                label: label.to_owned(),
            })
        })
        .collect()
}

/// Whether an account's `extra` answers all of the organization's profile fields.
pub fn is_profile_complete(organization: &OrganizationRow, extra: Option<&Value>) -> bool {
    profile_fields(organization).iter().all(|field| {
        extra
            .and_then(|extra| extra.get(&field.name))
            .is_some_and(|answer| match answer {
                Value::Null => false,
                Value::String(text) => !text.trim().is_empty(),
                _ => true,
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn organization(features: Value) -> OrganizationRow {
        OrganizationRow {
            id: 1,
            uuid: String::new(),
            name: String::new(),
            features,
            texting_hours_enforced: true,
            texting_hours_start: 9,
            texting_hours_end: 21,
        }
    }

    #[test]
    fn false_and_nothing_are_no_wherever_they_come_from() {
        for no in [
            json!(false),
            json!("false"),
            json!("0"),
            json!(""),
            json!(0),
            json!(null),
        ] {
            assert!(!flag(&organization(json!({"KEY": no})), "KEY"), "{no}");
        }
        for yes in [json!(true), json!("true"), json!("1"), json!(1)] {
            assert!(flag(&organization(json!({"KEY": yes})), "KEY"), "{yes}");
        }
    }

    #[test]
    fn profile_fields_are_read_as_a_list_and_as_its_text() {
        let fields = json!([{"name": "county", "label": "County"}, {"name": "shirt"}, {"label": "nameless"}]);
        let expected = ["County", "shirt"];
        for stored in [fields.clone(), json!(fields.to_string())] {
            let organization = organization(json!({"profile_fields": stored}));
            let labels: Vec<String> = profile_fields(&organization)
                .into_iter()
                .map(|field| field.label)
                .collect();
            assert_eq!(labels, expected);
            assert!(!is_profile_complete(&organization, None));
            assert!(!is_profile_complete(
                &organization,
                Some(&json!({"county": "Kings", "shirt": " "}))
            ));
            assert!(is_profile_complete(
                &organization,
                Some(&json!({"county": "Kings", "shirt": "M"}))
            ));
        }
        assert!(is_profile_complete(&organization(json!({})), None));
    }
}
