//! Reading organizations and their members.

use bellwether_db::{
    organization::OrganizationRow,
    user::{CountedUser, PeopleFilter},
};
use bellwether_domain::role::Role;

use crate::{
    app::App,
    error::{OpError, OpResult},
    permissions::Permission,
    requester::Requester,
};

/// One organization, for its members.
pub async fn organization(app: &App, requester: &Requester, id: i64) -> OpResult<OrganizationRow> {
    requester.permit(Permission::Organization, id)?;
    bellwether_db::organization::by_ids(&mut *app.db().await?, &[id])
        .await?
        .pop()
        .ok_or_else(OpError::not_found)
}

/// The requester's organizations; a superadmin's are all.
pub async fn organizations(
    app: &App,
    requester: &Requester,
    at_least: Role,
) -> OpResult<Vec<OrganizationRow>> {
    let mut conn = app.db().await?;
    Ok(if requester.is_superadmin && at_least == Role::Texter {
        bellwether_db::organization::all(&mut conn).await?
    } else {
        bellwether_db::organization::by_ids(&mut conn, &requester.organizations(at_least)).await?
    })
}

/// Members of an organization, for supervisors.
pub async fn people(
    app: &App,
    requester: &Requester,
    organization_id: i64,
    filter: &PeopleFilter<'_>,
) -> OpResult<Vec<CountedUser>> {
    requester.permit(Permission::People, organization_id)?;
    Ok(bellwether_db::user::people(&mut *app.db().await?, organization_id, filter).await?)
}
