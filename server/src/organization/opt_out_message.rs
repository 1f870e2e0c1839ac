//! The confirmation that an opted-out contact gets.

use bellwether_db::organization::OrganizationRow;
use bellwether_domain::us_state::state_for_zip;

use crate::permissions::Permission;
use crate::{
    app::App,
    error::OpResult,
    organization::{features, read},
    requester::Requester,
};

/// An organization's own confirmation, or the instance's.
pub fn opt_out_message(app: &App, organization: &OrganizationRow) -> String {
    features::text(organization, "opt_out_message")
        .unwrap_or(&app.config.opt_out_message)
        .to_owned()
}

/// The confirmation for a contact of an organization: that of the state of the contact's ZIP code, where the instance
/// goes by states and the organization has one. Without an organization, what the caller gives, or the instance's.
pub async fn get_opt_out_message(
    app: &App,
    requester: &Requester,
    organization_id: Option<i64>,
    zip: Option<&str>,
    default_message: Option<String>,
) -> OpResult<String> {
    let Some(id) = organization_id else {
        return Ok(default_message.unwrap_or_else(|| app.config.opt_out_message.clone()));
    };
    requester.permit(Permission::GetOptOutMessage, id)?;
    if app.config.opt_out_per_state
        && let Some(state) = zip.and_then(state_for_zip)
        && let Some(text) = bellwether_db::opt_out_message::find(&mut *app.db().await?, id, state).await?
    {
        return Ok(text);
    }
    Ok(opt_out_message(
        app,
        &read::organization(app, requester, id).await?,
    ))
}
