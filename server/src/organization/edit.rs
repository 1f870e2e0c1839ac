//! Settings that an organization has for itself instead of the instance's.

use bellwether_db::organization::OrganizationRow;
use serde_json::{Map, Value, json};

use crate::{
    app::App,
    error::{OpError, OpResult},
    organization::features,
    permissions::Permission,
    requester::Requester,
};

/// Characters of JSON in one setting at most.
pub const MAX_JSON: usize = 20_000;
/// Handlers of one kind at most.
pub const MAX_HANDLERS: usize = 50;
/// Largest batch of contacts that a texter gets at once.
pub const MAX_BATCH: i64 = 100_000;
/// Longest time in which a reply should be answered, in hours: a year.
pub const MAX_RESPONSE_WINDOW: f64 = 8_760.0;
/// In `OWNER_CONFIGURABLE`: every setting of [`CONFIGURABLE`].
const ALL: &str = "ALL";
const MESSAGE_HANDLERS: &str = "MESSAGE_HANDLERS";
const ACTION_HANDLERS: &str = "ACTION_HANDLERS";

/// Settings that can be changed for an organization, and what they are.
const CONFIGURABLE: [(&str, Kind); 6] = [
    ("ALLOW_SEND_ALL_ENABLED", Kind::Flag),
    ("DEFAULT_BATCHSIZE", Kind::Whole(MAX_BATCH)),
    ("DEFAULT_RESPONSEWINDOW", Kind::Hours),
    ("MAX_CONTACTS_PER_TEXTER", Kind::Whole(i32::MAX as i64)),
    ("MAX_MESSAGE_LENGTH", Kind::Whole(i32::MAX as i64)),
    // What a segment costs, in millionths of a dollar: for estimates.
    ("SEGMENT_PRICE_MICROS", Kind::Whole(1_000_000)),
];

#[derive(Clone, Copy)]
enum Kind {
    Flag,
    /// 1 to this.
    Whole(i64),
    Hours,
}

/// What is to be changed; what is none stays as it is.
#[derive(Debug, Default)]
pub struct OrganizationEdit {
    /// The texter's page where a campaign says nothing: a JSON object.
    pub texter_ui_options: Option<String>,
    /// Names of message handlers; none of them: the instance's.
    pub message_handlers: Option<Vec<String>>,
    /// Names of action handlers; none of them: the instance's.
    pub action_handlers: Option<Vec<String>>,
    /// Settings by name: a JSON object. Those in `unset_features` are passed over.
    pub features_json: Option<String>,
    /// Settings that go back to the instance's.
    pub unset_features: Vec<String>,
}

/// The settings of an organization as its owner sees them.
pub struct Settings {
    /// Message handlers of its own.
    pub message_handlers: Vec<String>,
    /// Action handlers of its own.
    pub action_handlers: Vec<String>,
    /// What the requester may change, with the values that hold.
    pub features: Value,
    /// Those of it that are the instance's.
    pub unset_features: Vec<String>,
}

/// Changes settings of an organization; all of it or nothing.
pub async fn edit_organization(
    app: &App,
    requester: &Requester,
    organization_id: i64,
    edit: OrganizationEdit,
) -> OpResult<OrganizationRow> {
    requester.permit(Permission::EditOrganization, organization_id)?;
    let mut set = Map::new();
    let mut unset = edit.unset_features;
    for name in &unset {
        kind_of(app, requester, name)?;
    }
    for (name, value) in given(edit.features_json.as_deref())? {
        let kind = kind_of(app, requester, &name)?;
        if unset.contains(&name) {
            continue;
        }
        match checked(app, &name, kind, &value)? {
            Some(value) => drop(set.insert(name, value)),
            None => unset.push(name),
        }
    }
    for (name, field, handlers) in [
        (MESSAGE_HANDLERS, "messageHandlers", edit.message_handlers),
        (ACTION_HANDLERS, "actionHandlers", edit.action_handlers),
    ] {
        let Some(handlers) = handlers else { continue };
        let may = is_listed(app, name) || requester.is_superadmin;
        match joined(field, &handlers)? {
            Some(_) if !may => return Err(forbidden(field)),
            Some(names) => drop(set.insert(name.to_owned(), json!(names))),
            None if may => unset.push(name.to_owned()),
            None => {}
        }
    }
    if let Some(options) = edit.texter_ui_options {
        if !options.trim().is_empty() {
            object("texterUIConfig.options", &options)?;
        }
        set.insert("TEXTER_UI_SETTINGS".to_owned(), json!(options));
    }
    let mut conn = app.db().await?;
    Ok(
        bellwether_db::organization::merge_features(&mut conn, organization_id, &Value::Object(set), &unset)
            .await?,
    )
}

/// The settings that the requester may change; for whoever may read them.
pub fn settings(app: &App, requester: &Requester, organization: &OrganizationRow) -> Settings {
    let mut shown = Map::new();
    let mut unset = Vec::new();
    for (name, _) in CONFIGURABLE {
        if kind_of(app, requester, name).is_err() {
            continue;
        }
        let value = features::value(organization, name).cloned().unwrap_or_else(|| {
            unset.push(name.to_owned());
            match name {
                "MAX_CONTACTS_PER_TEXTER" => {
                    app.config.max_contacts_per_texter.map_or(json!(""), |n| json!(n))
                }
                "MAX_MESSAGE_LENGTH" => json!(app.config.max_message_length),
                _ => json!(""),
            }
        });
        shown.insert(name.to_owned(), value);
    }
    let handlers = |name| {
        features::text(organization, name)
            .map(crate::config::words)
            .unwrap_or_default()
    };
    Settings {
        message_handlers: handlers(MESSAGE_HANDLERS),
        action_handlers: handlers(ACTION_HANDLERS),
        features: Value::Object(shown),
        unset_features: unset,
    }
}

fn is_listed(app: &App, name: &str) -> bool {
    app.config.owner_configurable.iter().any(|listed| listed == name)
}

/// What a setting is; refused by name where the requester may not change it or there is no such setting.
fn kind_of(app: &App, requester: &Requester, name: &str) -> OpResult<Kind> {
    let may = requester.is_superadmin || is_listed(app, ALL) || is_listed(app, name);
    CONFIGURABLE
        .iter()
        .find(|(known, _)| *known == name && may)
        .map(|(_, kind)| *kind)
        .ok_or_else(|| forbidden(name))
}

fn forbidden(name: &str) -> OpError {
    OpError::bad_input(format!(
        "{name}: is not a setting that you can change; ask whoever runs this instance"
    ))
}

fn given(text: Option<&str>) -> OpResult<Map<String, Value>> {
    match text.filter(|text| !text.trim().is_empty()) {
        Some(text) => object("featuresJSON", text),
        None => Ok(Map::new()),
    }
}

fn object(field: &str, text: &str) -> OpResult<Map<String, Value>> {
    let wrong = || {
        OpError::bad_input(format!(
            "{field}: must be a JSON object of {MAX_JSON} characters at most"
        ))
    };
    if text.chars().count() > MAX_JSON {
        return Err(wrong());
    }
    serde_json::from_str(text).ok().ok_or_else(wrong)
}

/// A value as it is stored; none for an empty one. Forms send numbers as text, so both are taken.
fn checked(app: &App, name: &str, kind: Kind, value: &Value) -> OpResult<Option<Value>> {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.trim().to_owned(),
        other => other.to_string(),
    };
    if text.is_empty() {
        return Ok(None);
    }
    let max = match (name, kind) {
        ("MAX_MESSAGE_LENGTH", _) => app.config.max_message_length.into(),
        (_, Kind::Whole(max)) => max,
        _ => 0,
    };
    let stored = match kind {
        Kind::Flag => match text.to_ascii_lowercase().as_str() {
            "true" | "1" => Some(json!(true)),
            "false" | "0" => Some(json!(false)),
            _ => None,
        },
        Kind::Whole(_) => text
            .parse::<i64>()
            .ok()
            .filter(|number| (1..=max).contains(number))
            .map(|number| json!(number)),
        Kind::Hours => text
            .parse::<f64>()
            .ok()
            .filter(|hours| *hours > 0.0 && *hours <= MAX_RESPONSE_WINDOW)
            .map(|hours| json!(hours)),
    };
    stored.map(Some).ok_or_else(|| {
        OpError::bad_input(match kind {
            Kind::Flag => format!("{name}: must be true or false"),
            Kind::Whole(_) => format!("{name}: must be a whole number from 1 to {max}"),
            Kind::Hours => format!("{name}: must be hours, more than 0 and at most {MAX_RESPONSE_WINDOW}"),
        })
    })
}

/// Names with commas between; none for no names.
fn joined(field: &str, names: &[String]) -> OpResult<Option<String>> {
    let is_name = |name: &String| {
        !name.is_empty()
            && name.len() <= 100
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    if names.len() > MAX_HANDLERS || !names.iter().all(is_name) {
        return Err(OpError::bad_input(format!(
            "{field}: at most {MAX_HANDLERS} names of small letters, digits and dashes"
        )));
    }
    Ok((!names.is_empty()).then(|| names.join(",")))
}
