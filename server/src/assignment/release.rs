//! A texter gives contacts back.

use bellwether_db::{AsyncConnection, assignment::OwnedAssignment, hand_over};

use crate::{
    app::App,
    error::{OpError, OpResult},
    permissions::Permission,
    requester::Requester,
};

/// Gives back the contacts that were not texted, or the conversations too.
pub async fn release_contacts(
    app: &App,
    requester: &Requester,
    assignment_id: i64,
    conversations_too: bool,
) -> OpResult<OwnedAssignment> {
    let (found, released) = app
        .db()
        .await?
        .transaction::<_, OpError, _>(async |conn| {
            let locked = hand_over::lock_assignment(conn, assignment_id)
                .await?
                .ok_or_else(OpError::not_found)?;
            let found = OwnedAssignment {
                organization_id: locked.organization_id,
                assignment: locked.assignment,
            };
            let texter = Some(found.assignment.user_id);
            requester.permit_assignment(Permission::ReleaseContacts, found.organization_id, texter)?;
            let released = hand_over::release(conn, assignment_id, conversations_too).await?;
            Ok((found, released))
        })
        .await?;
    super::batch::tell(app, &found, &released);
    Ok(found)
}
