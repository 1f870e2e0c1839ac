//! Reading assignments and their contacts.

use bellwether_db::{
    assignment::{OwnedAssignment, TodoRow},
    campaign_contact::CampaignContactRow,
    contact_list::{self, ContactsFilter},
};

use crate::{
    app::App,
    error::{OpError, OpResult},
    permissions::Permission,
    requester::Requester,
};

/// Contacts in one answer at most.
pub const MAX_CONTACTS: i64 = 1_000;

/// An assignment, for its texter and supervisors.
pub async fn assignment(
    app: &App,
    requester: &Requester,
    permission: Permission,
    id: i64,
) -> OpResult<OwnedAssignment> {
    let found = bellwether_db::assignment::owned(&mut *app.db().await?, id)
        .await?
        .ok_or_else(OpError::not_found)?;
    requester.permit_assignment(permission, found.organization_id, Some(found.assignment.user_id))?;
    Ok(found)
}

/// The assignment that has a contact; none when nobody has it.
pub async fn assignment_of_contact(
    app: &App,
    requester: &Requester,
    contact_id: i64,
) -> OpResult<Option<OwnedAssignment>> {
    let found = bellwether_db::assignment::of_contact(&mut *app.db().await?, contact_id).await?;
    if let Some(found) = &found {
        requester.permit_assignment(
            Permission::Assignment,
            found.organization_id,
            Some(found.assignment.user_id),
        )?;
    }
    Ok(found)
}

/// The requester's own to-dos.
pub async fn todos(app: &App, requester: &Requester, organization_id: Option<i64>) -> OpResult<Vec<TodoRow>> {
    let now = app.now();
    Ok(
        bellwether_db::assignment::todos(&mut *app.db().await?, requester.user_id, organization_id, now)
            .await?,
    )
}

/// The requester's own assignments with replies that came since they last asked; asking again tells only newer ones.
pub async fn notifications(
    app: &App,
    requester: &Requester,
    organization_id: Option<i64>,
) -> OpResult<Vec<OwnedAssignment>> {
    requester.permit_account(Permission::UserNotifications, None, requester.user_id)?;
    let mut conn = app.db().await?;
    Ok(bellwether_db::assignment::take_notifications(&mut conn, requester.user_id, organization_id).await?)
}

/// Contacts of an assignment that was checked before.
pub async fn contacts(
    app: &App,
    organization_id: i64,
    filter: &ContactsFilter,
) -> OpResult<Vec<CampaignContactRow>> {
    let now = app.now();
    let mut conn = app.db().await?;
    Ok(contact_list::to_text(&mut conn, organization_id, filter, MAX_CONTACTS, now).await?)
}

/// The contacts with these ids, in their order; none in the place of one that the assignment has no longer.
pub async fn get_assignment_contacts(
    app: &App,
    requester: &Requester,
    assignment_id: i64,
    contact_ids: &[i64],
) -> OpResult<Vec<Option<CampaignContactRow>>> {
    if contact_ids.len() as i64 > MAX_CONTACTS {
        return Err(OpError::bad_input(format!(
            "contactIds: {MAX_CONTACTS} at most in one request"
        )));
    }
    let now = app.now();
    let mut conn = app.db().await?;
    let found = bellwether_db::assignment::owned(&mut conn, assignment_id)
        .await?
        .ok_or_else(OpError::not_found)?;
    requester.permit_assignment(
        Permission::GetAssignmentContacts,
        found.organization_id,
        Some(found.assignment.user_id),
    )?;
    let rows =
        bellwether_db::campaign_contact::of_assignment_by_ids(&mut conn, assignment_id, contact_ids, now)
            .await?;
    let mut by_id: std::collections::HashMap<i64, CampaignContactRow> =
        rows.into_iter().map(|row| (row.id, row)).collect();
    Ok(contact_ids.iter().map(|id| by_id.remove(id)).collect())
}
