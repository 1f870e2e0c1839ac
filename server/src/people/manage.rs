//! Who may change whose account.

use bellwether_db::{Conn, user::UserRow};
use bellwether_domain::{error_codes::ErrorCode, role::Role};

use crate::{
    error::{OpError, OpResult},
    permissions::Permission,
    requester::Requester,
};

/// A member whose account the requester may change: one of the organization, of no higher role, and no superadmin
/// unless the requester is one.
pub async fn manageable(
    conn: &mut Conn,
    requester: &Requester,
    permission: Permission,
    organization_id: i64,
    user_id: i64,
) -> OpResult<UserRow> {
    requester.permit(permission, organization_id)?;
    let role = role_of(conn, organization_id, user_id)
        .await?
        .ok_or_else(OpError::not_found)?;
    let user = bellwether_db::user::by_ids(conn, &[user_id])
        .await?
        .pop()
        .ok_or_else(OpError::not_found)?;
    let is_higher = Some(role) > requester.power_in(organization_id);
    if is_higher || (user.is_superadmin && !requester.is_superadmin) {
        return Err(OpError::refused(ErrorCode::Forbidden));
    }
    Ok(user)
}

/// Refuses what would hand an account over, where it can do more than the requester in any organization: whoever sets
/// its address or password has all of it.
pub async fn permit_takeover(conn: &mut Conn, requester: &Requester, user_id: i64) -> OpResult<()> {
    for membership in bellwether_db::user::memberships_of(conn, user_id).await? {
        let role: Role = membership
            .role
            .parse()
            .map_err(|error| OpError::Unexpected(format!("membership: {error}")))?;
        if Some(role) > requester.power_in(membership.organization_id) {
            return Err(OpError::refused_because(
                ErrorCode::Forbidden,
                "This account belongs to another organization too. Only the person or whoever runs the instance can do that.",
            ));
        }
    }
    Ok(())
}

/// The role of a member as it is now; SUSPENDED is one too.
pub async fn role_of(conn: &mut Conn, organization_id: i64, user_id: i64) -> OpResult<Option<Role>> {
    let memberships = bellwether_db::user::memberships(conn, organization_id, &[user_id]).await?;
    memberships
        .first()
        .map(|membership| membership.role.parse())
        .transpose()
        .map_err(|error| OpError::Unexpected(format!("membership: {error}")))
}
