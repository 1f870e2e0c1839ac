//! Small settings of an organization: texting hours, the confirmation of an opt-out, colours, caches.

use bellwether_db::organization::OrganizationRow;
use serde_json::{Map, Value, json};

use crate::{
    app::App,
    error::{OpError, OpResult},
    organization::features::COLORS,
    permissions::Permission,
    requester::Requester,
};

/// Characters in the confirmation of an opt-out at most.
pub const MAX_OPT_OUT_MESSAGE: usize = 1_600;

/// Sets the hours, in the contact's own zone, in which contacts may be texted.
pub async fn update_texting_hours(
    app: &App,
    requester: &Requester,
    organization_id: i64,
    start: i32,
    end: i32,
) -> OpResult<OrganizationRow> {
    requester.permit(Permission::UpdateTextingHours, organization_id)?;
    if !(0..=23).contains(&start) {
        return Err(OpError::bad_input("textingHoursStart: 0 to 23"));
    }
    if !(1..=24).contains(&end) {
        return Err(OpError::bad_input("textingHoursEnd: 1 to 24"));
    }
    if start >= end {
        return Err(OpError::bad_input(
            "textingHoursStart: must be before textingHoursEnd",
        ));
    }
    let hour = |hour: i32| i16::try_from(hour).unwrap_or_default();
    let mut conn = app.db().await?;
    Ok(
        bellwether_db::organization::set_texting_hours(&mut conn, organization_id, hour(start), hour(end))
            .await?,
    )
}

/// Sets whether these hours are enforced.
pub async fn update_texting_hours_enforcement(
    app: &App,
    requester: &Requester,
    organization_id: i64,
    is_enforced: bool,
) -> OpResult<OrganizationRow> {
    requester.permit(Permission::UpdateTextingHoursEnforcement, organization_id)?;
    let mut conn = app.db().await?;
    Ok(
        bellwether_db::organization::set_texting_hours_enforced(&mut conn, organization_id, is_enforced)
            .await?,
    )
}

/// Sets the confirmation of an opt-out; an empty one brings the instance's back.
pub async fn update_opt_out_message(
    app: &App,
    requester: &Requester,
    organization_id: i64,
    text: &str,
) -> OpResult<OrganizationRow> {
    requester.permit(Permission::UpdateOptOutMessage, organization_id)?;
    let text = text.trim();
    if text.chars().count() > MAX_OPT_OUT_MESSAGE {
        return Err(OpError::bad_input(format!(
            "optOutMessage: longer than {MAX_OPT_OUT_MESSAGE} characters"
        )));
    }
    let set = if text.is_empty() {
        json!({})
    } else {
        json!({"opt_out_message": text})
    };
    let unset = ["opt_out_message".to_owned()];
    let mut conn = app.db().await?;
    Ok(bellwether_db::organization::merge_features(&mut conn, organization_id, &set, &unset).await?)
}

/// Sets colours of the organization's pages, in the order of [`COLORS`]; what is none stays.
pub async fn update_theme(
    app: &App,
    requester: &Requester,
    organization_id: i64,
    colors: [Option<String>; 6],
) -> OpResult<OrganizationRow> {
    requester.permit(Permission::UpdateTheme, organization_id)?;
    let mut palette = Map::new();
    for (name, color) in COLORS.iter().zip(colors) {
        let Some(color) = color else { continue };
        if !is_color(&color) {
            return Err(OpError::bad_input(format!("{name}: must look like #1a2b3c")));
        }
        palette.insert((*name).to_owned(), json!({"main": color}));
    }
    let mut conn = app.db().await?;
    Ok(
        bellwether_db::organization::merge_palette(&mut conn, organization_id, &Value::Object(palette))
            .await?,
    )
}

/// Drops what this process remembers; says so. There is nothing else to drop: the rest is read anew each time.
pub fn clear_caches(app: &App, requester: &Requester, organization_id: i64) -> OpResult<String> {
    requester.permit(Permission::ClearCaches, organization_id)?;
    app.sessions.forget(None);
    Ok("Cleared organization and extension caches".to_owned())
}

fn is_color(text: &str) -> bool {
    text.strip_prefix('#')
        .is_some_and(|hex| matches!(hex.len(), 3 | 6) && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}
