//! Who opted out and came back.

use bellwether_db::opt_out_history::{self, OptOutEventRow};

use super::add::parse_cell;
use crate::{app::App, error::OpResult, permissions::Permission, requester::Requester};

/// A page of an organization's history, newest first, of one cell or of all; for admins.
pub async fn opt_out_events(
    app: &App,
    requester: &Requester,
    organization_id: i64,
    cell: Option<&str>,
    after: Option<i64>,
    limit: i64,
) -> OpResult<Vec<OptOutEventRow>> {
    requester.permit(Permission::OptOutEventsConnection, organization_id)?;
    let cell = cell.map(|cell| parse_cell(app, cell)).transpose()?;
    let mut conn = app.db().await?;
    Ok(opt_out_history::page(&mut conn, organization_id, cell.as_deref(), after, limit).await?)
}
