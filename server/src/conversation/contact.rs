//! A contact for whoever may act on it: its texter or a supervisor.

use bellwether_db::{Conn, campaign_contact::ContactOwner};

use crate::{
    error::{OpError, OpResult},
    permissions::Permission,
    requester::Requester,
};

/// The contact, its row locked until the caller's transaction ends.
pub async fn lock_for(
    conn: &mut Conn,
    requester: &Requester,
    permission: Permission,
    id: i64,
) -> OpResult<ContactOwner> {
    let contact = bellwether_db::campaign_contact::owner(conn, id, true)
        .await?
        .ok_or_else(OpError::not_found)?;
    requester.permit_assignment(permission, contact.organization_id, contact.texter_id)?;
    Ok(contact)
}

/// Refuses who may not act on the contact, and locks nothing.
pub async fn check(conn: &mut Conn, requester: &Requester, permission: Permission, id: i64) -> OpResult<()> {
    let contact = bellwether_db::campaign_contact::owner(conn, id, false)
        .await?
        .ok_or_else(OpError::not_found)?;
    requester.permit_assignment(permission, contact.organization_id, contact.texter_id)
}
