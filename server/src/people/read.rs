//! Reading one member.

use bellwether_db::user::UserRow;

use crate::{
    app::App,
    error::{OpError, OpResult},
    people::manage::role_of,
    permissions::Permission,
    requester::Requester,
};

/// Oneself, or for admins a member of the organization.
pub async fn user(
    app: &App,
    requester: &Requester,
    organization_id: i64,
    user_id: Option<i64>,
) -> OpResult<UserRow> {
    let id = user_id.unwrap_or(requester.user_id);
    requester.permit_account(Permission::User, Some(organization_id), id)?;
    let mut conn = app.db().await?;
    if id != requester.user_id && role_of(&mut conn, organization_id, id).await?.is_none() {
        return Err(OpError::not_found());
    }
    bellwether_db::user::by_ids(&mut conn, &[id])
        .await?
        .pop()
        .ok_or_else(OpError::not_found)
}
