//! Changing a member's role, or taking a membership back.

use bellwether_db::{AsyncConnection, Conn, user::UserRow};
use bellwether_domain::{error_codes::ErrorCode, role::Role};

use crate::{
    app::App,
    error::{OpError, OpResult},
    people::manage::role_of,
    permissions::Permission,
    requester::Requester,
};

/// Gives a member the highest of these roles and no other; with none the member leaves.
///
/// Nobody changes somebody higher, or grants more than they have; an organization keeps an owner. Memberships of an
/// organization change one by one, and what the requester may is read anew.
pub async fn edit_organization_roles(
    app: &App,
    requester: &Requester,
    organization_id: i64,
    user_id: i64,
    campaign_id: Option<i64>,
    roles: &[Role],
) -> OpResult<UserRow> {
    requester.permit(Permission::EditOrganizationRoles, organization_id)?;
    let role = roles.iter().copied().max();
    let user = app
        .db()
        .await?
        .transaction(async |conn| {
            bellwether_db::organization::lock(conn, organization_id).await?;
            if let Some(campaign_id) = campaign_id
                && bellwether_db::campaign::organization_id(conn, campaign_id).await? != Some(organization_id)
            {
                return Err(OpError::not_found());
            }
            let own = role_of(conn, organization_id, requester.user_id).await?;
            let requester = requester.with_role(organization_id, own);
            check(conn, &requester, organization_id, user_id, role).await?;
            match role {
                Some(role) => {
                    bellwether_db::user::set_role(conn, user_id, organization_id, role.as_str()).await?
                }
                None => bellwether_db::user::remove_member(conn, user_id, organization_id).await?,
            };
            bellwether_db::user::by_ids(conn, &[user_id])
                .await?
                .pop()
                .ok_or_else(OpError::not_found)
        })
        .await?;
    app.sessions.forget(None);
    Ok(user)
}

async fn check(
    conn: &mut Conn,
    requester: &Requester,
    organization_id: i64,
    user_id: i64,
    role: Option<Role>,
) -> OpResult<()> {
    requester.permit(Permission::EditOrganizationRoles, organization_id)?;
    let current = role_of(conn, organization_id, user_id)
        .await?
        .ok_or_else(OpError::not_found)?;
    let is_owner = current == Role::Owner;
    if is_owner || role == Some(Role::Owner) {
        requester.permit(Permission::EditOrganizationRolesOfOwner, organization_id)?;
    }
    let own = requester.power_in(organization_id);
    if Some(current) > own || role > own {
        return Err(OpError::refused(ErrorCode::Forbidden));
    }
    if is_owner
        && role != Some(Role::Owner)
        && bellwether_db::user::count_with_role(conn, organization_id, Role::Owner.as_str()).await? <= 1
    {
        return Err(OpError::bad_input(
            "roles: this is the last owner; make somebody else an owner first",
        ));
    }
    Ok(())
}
