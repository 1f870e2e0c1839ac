//! Texts that belong to no conversation: read, moved into one, or put aside.

use bellwether_db::unmatched_text::{self, Attached, UnmatchedTextRow};
use bellwether_domain::error_codes::ErrorCode;

use crate::{
    app::App,
    delivery::record,
    error::{OpError, OpResult},
    permissions::Permission,
    requester::Requester,
};

/// A page of an organization's unmatched texts, newest first, for admins; of no organization: those that nobody can
/// place, for superadmins.
pub async fn unmatched_texts(
    app: &App,
    requester: &Requester,
    organization_id: Option<i64>,
    is_open: bool,
    after: Option<i64>,
    limit: i64,
) -> OpResult<Vec<UnmatchedTextRow>> {
    permit(requester, Permission::UnmatchedTextsConnection, organization_id)?;
    let mut conn = app.db().await?;
    Ok(unmatched_text::page(&mut conn, organization_id, is_open, after, limit).await?)
}

/// Moves a text into the conversation of a contact of its organization, who then waits for an answer. A STOP that nobody
/// could place takes effect now.
pub async fn attach_unmatched_text(
    app: &App,
    requester: &Requester,
    id: i64,
    contact_id: i64,
) -> OpResult<UnmatchedTextRow> {
    let mut conn = app.db().await?;
    find(&mut conn, requester, Permission::AttachUnmatchedText, id).await?;
    match unmatched_text::attach(&mut conn, id, contact_id, requester.user_id).await? {
        Attached::Done(changed) => record::tell(&app.events, &changed),
        Attached::Gone => return Err(gone()),
        Attached::NotFound => return Err(OpError::not_found()),
    }
    find(&mut conn, requester, Permission::AttachUnmatchedText, id).await
}

/// Notes that a text needs nothing.
pub async fn dismiss_unmatched_text(app: &App, requester: &Requester, id: i64) -> OpResult<UnmatchedTextRow> {
    let mut conn = app.db().await?;
    find(&mut conn, requester, Permission::DismissUnmatchedText, id).await?;
    if !unmatched_text::dismiss(&mut conn, id, requester.user_id).await? {
        return Err(gone());
    }
    find(&mut conn, requester, Permission::DismissUnmatchedText, id).await
}

fn gone() -> OpError {
    OpError::refused_because(ErrorCode::Conflict, "Somebody has seen to this text already.")
}

async fn find(
    conn: &mut bellwether_db::Conn,
    requester: &Requester,
    permission: Permission,
    id: i64,
) -> OpResult<UnmatchedTextRow> {
    let row = unmatched_text::find(conn, id)
        .await?
        .ok_or_else(OpError::not_found)?;
    permit(requester, permission, row.organization_id)?;
    Ok(row)
}

fn permit(requester: &Requester, permission: Permission, organization_id: Option<i64>) -> OpResult<()> {
    match organization_id {
        Some(organization_id) => requester.permit(permission, organization_id),
        None if requester.is_superadmin => Ok(()),
        None => Err(OpError::not_found()),
    }
}
