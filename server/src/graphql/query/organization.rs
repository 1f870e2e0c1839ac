//! People and their organizations.

use async_graphql::{Context, Object};
use bellwether_db::user::PeopleFilter;
use bellwether_domain::role::Role;

use crate::{
    error::OpError,
    graphql::{
        app,
        campaign_inputs::{CampaignsFilter, FilterPeopleBy, OffsetLimitCursor, SortPeopleBy},
        error::GqlResult,
        organization::{MAX_PEOPLE, Organization},
        parse_id, requester,
        user::{PageInfo, PaginatedUsers, User, UsersList, UsersReturn},
        viewer,
    },
    organization::read as organization_read,
};

/// What can be read of people and organizations.
#[derive(Default)]
pub struct OrganizationQueries;

/// What can be read of people and organizations.
#[Object]
impl OrganizationQueries {
    /// The signed-in person; null for nobody.
    async fn current_user(&self, ctx: &Context<'_>) -> GqlResult<Option<User>> {
        Ok(viewer(ctx).map(|viewer| User::own(viewer.user_id)))
    }
    /// An organization, for its members.
    async fn organization(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] id: String,
        #[graphql(desc = "Any text; Spoke's clients use it to get around their cache.")] utc: Option<String>,
    ) -> GqlResult<Option<Organization>> {
        let _ = utc;
        Ok(Some(Organization::new(
            organization_read::organization(app(ctx), requester(ctx)?, parse_id(&id)?).await?,
        )))
    }
    /// The requester's organizations; all of them for superadmins.
    async fn organizations(&self, ctx: &Context<'_>) -> GqlResult<Option<Vec<Option<Organization>>>> {
        let rows = organization_read::organizations(app(ctx), requester(ctx)?, Role::Texter).await?;
        Ok(Some(
            rows.into_iter().map(|row| Some(Organization::new(row))).collect(),
        ))
    }
    /// Members of an organization, for supervisors. A page with a cursor, else a list.
    #[expect(clippy::too_many_arguments, reason = "the arguments are the contract's")]
    async fn people(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: String,
        #[graphql(desc = "Which page.")] cursor: Option<OffsetLimitCursor>,
        #[graphql(desc = "Only texters of this campaign.")] campaigns_filter: Option<CampaignsFilter>,
        #[graphql(desc = "Only with this role; ANY includes suspended members.")] role: Option<String>,
        #[graphql(desc = "In which order.")] sort_by: Option<SortPeopleBy>,
        #[graphql(desc = "Part of a name or address.")] filter_string: Option<String>,
        #[graphql(desc = "What the search looks at.")] filter_by: Option<FilterPeopleBy>,
    ) -> GqlResult<Option<UsersReturn>> {
        let _ = filter_by;
        let organization_id = parse_id(&organization_id)?;
        let campaign_id = campaigns_filter.and_then(|filter| filter.campaign_id);
        if campaign_id.is_some_and(|id| id <= 0) {
            return Err(OpError::not_found().into());
        }
        let (offset, limit) = cursor.map_or(Ok((0, MAX_PEOPLE)), OffsetLimitCursor::parse)?;
        let filter = PeopleFilter {
            role: role.as_deref().filter(|role| !role.is_empty()),
            campaign_id: campaign_id.map(i64::from),
            search: filter_string
                .as_deref()
                .map(str::trim)
                .filter(|text| !text.is_empty()),
            sort: sort_by.unwrap_or(SortPeopleBy::FirstName).as_str(),
            limit,
            offset,
        };
        let rows = organization_read::people(app(ctx), requester(ctx)?, organization_id, &filter).await?;
        let total = rows.first().map_or(0, |row| row.total);
        let users = Some(
            rows.into_iter()
                .map(|row| Some(User::in_organization(row.user, organization_id)))
                .collect(),
        );
        Ok(Some(match cursor {
            Some(_) => UsersReturn::PaginatedUsers(PaginatedUsers {
                users,
                page_info: Some(PageInfo::new(limit, offset, total)),
            }),
            None => UsersReturn::UsersList(UsersList { users }),
        }))
    }
}
