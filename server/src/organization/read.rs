//! Reading organizations and their members.

use bellwether_db::{
    opt_out::OptOutRow,
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

/// Instead of a role: everybody, suspended members too.
pub const ANY: &str = "ANY";
/// Opt-outs listed at most.
pub const MAX_OPT_OUTS: i64 = 1_000;

/// A page of people and how many there are in all.
pub struct People {
    /// The page.
    pub rows: Vec<CountedUser>,
    /// All that match, on other pages too.
    pub total: i64,
}

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
) -> OpResult<People> {
    requester.permit(Permission::People, organization_id)?;
    if let Some(role) = filter.role
        && role != ANY
        && role.parse::<Role>().is_err()
    {
        return Err(OpError::bad_input(format!(
            "role: {role:?} is neither a role nor {ANY}"
        )));
    }
    let mut conn = app.db().await?;
    let rows = bellwether_db::user::people(&mut conn, organization_id, filter).await?;
    let total = match rows.first() {
        Some(row) => row.total,
        None if filter.offset == 0 => 0,
        // Past the end: no row of the page tells.
        None => {
            let first = PeopleFilter {
                limit: 1,
                offset: 0,
                ..*filter
            };
            let rows = bellwether_db::user::people(&mut conn, organization_id, &first).await?;
            rows.first().map_or(0, |row| row.total)
        }
    };
    Ok(People { rows, total })
}

/// Cells that have opted out of an organization, newest first, for admins; a bounded number.
pub async fn opt_outs(app: &App, requester: &Requester, organization_id: i64) -> OpResult<Vec<OptOutRow>> {
    requester.permit(Permission::OrganizationOptOuts, organization_id)?;
    let mut conn = app.db().await?;
    Ok(bellwether_db::opt_out::page(&mut conn, organization_id, None, MAX_OPT_OUTS).await?)
}
