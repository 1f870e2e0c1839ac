//! The confirmation that an opted-out contact gets.

use bellwether_db::organization::OrganizationRow;

use crate::permissions::Permission;
use crate::{app::App, error::OpResult, organization::read, requester::Requester};

/// An organization's own confirmation, or the instance's.
pub fn opt_out_message(app: &App, organization: &OrganizationRow) -> String {
    organization
        .features
        .get("opt_out_message")
        .and_then(serde_json::Value::as_str)
        .filter(|text| !text.trim().is_empty())
        .unwrap_or(&app.config.opt_out_message)
        .to_owned()
}

/// The confirmation for a contact of an organization; without one named, what the caller gives, or the instance's.
pub async fn get_opt_out_message(
    app: &App,
    requester: &Requester,
    organization_id: Option<i64>,
    default_message: Option<String>,
) -> OpResult<String> {
    match organization_id {
        Some(id) => {
            requester.permit(Permission::GetOptOutMessage, id)?;
            Ok(opt_out_message(
                app,
                &read::organization(app, requester, id).await?,
            ))
        }
        None => Ok(default_message.unwrap_or_else(|| app.config.opt_out_message.clone())),
    }
}
