//! Opts a cell out by hand, whether or not it is anybody's contact.

use bellwether_db::{
    AsyncConnection,
    opt_out::{self, NewOptOut, Source},
};
use bellwether_domain::phone::Cell;

use crate::{
    app::App,
    conversation::opt_out::MAX_REASON,
    delivery::record,
    error::{OpError, OpResult},
    permissions::Permission,
    requester::Requester,
};

/// Opts a cell out of the organization, for admins. One that has opted out stays so. Returns the cell in E.164.
pub async fn add_opt_out(
    app: &App,
    requester: &Requester,
    organization_id: i64,
    cell: &str,
    reason: &str,
) -> OpResult<String> {
    requester.permit(Permission::AddOptOut, organization_id)?;
    let cell = parse_cell(app, cell)?;
    let reason = parse_reason(reason)?;
    let new = NewOptOut {
        organization_id,
        cell: &cell,
        assignment_id: None,
        reason: &reason,
        source: Source::Admin,
        user_id: Some(requester.user_id),
        keep_message: None,
    };
    let mut conn = app.db().await?;
    let changed = conn
        .transaction(async |conn| Ok::<_, OpError>(opt_out::opt_out(conn, &new).await?))
        .await?;
    drop(conn);
    record::tell(&app.events, &changed);
    Ok(cell)
}

/// A cell as people write it, in E.164.
pub(super) fn parse_cell(app: &App, cell: &str) -> OpResult<String> {
    Cell::parse(cell, &app.config.phone_number_country)
        .map(String::from)
        .map_err(|error| OpError::bad_input(format!("cell: {error}")))
}

/// A reason without what cannot be stored; not too long.
pub(super) fn parse_reason(reason: &str) -> OpResult<String> {
    let reason = reason.replace('\0', "").trim().to_owned();
    if reason.chars().count() > MAX_REASON {
        return Err(OpError::bad_input(format!(
            "reason: {MAX_REASON} characters at most"
        )));
    }
    Ok(reason)
}
