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
        invite::Invite,
        organization::{MAX_PEOPLE, Organization},
        parse_id, requester,
        user::{PageInfo, PaginatedUsers, User, UsersList, UsersReturn, positive},
        viewer,
    },
    organization::{invite, read as organization_read},
    people::read as people_read,
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
    /// The invitation with this secret, or none.
    async fn invite_by_hash(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The secret.")] hash: String,
    ) -> GqlResult<Option<Vec<Option<Invite>>>> {
        requester(ctx)?;
        let found = invite::invite_by_hash(app(ctx), hash).await?;
        Ok(Some(
            found.into_iter().map(|state| Some(Invite::new(state))).collect(),
        ))
    }
    /// An account: one's own, or for admins a member's.
    async fn user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: String,
        #[graphql(desc = "The account; oneself without one.")] user_id: Option<i32>,
    ) -> GqlResult<Option<User>> {
        let organization_id = parse_id(&organization_id)?;
        let user_id = user_id.map(positive).transpose()?;
        let row = people_read::user(app(ctx), requester(ctx)?, organization_id, user_id).await?;
        Ok(Some(User::in_organization(row, organization_id)))
    }
    /// Members of an organization, for supervisors. A page with a cursor, else a list.
    #[expect(clippy::too_many_arguments, reason = "the arguments are the contract's")]
    async fn people(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: String,
        #[graphql(desc = "Which page.")] cursor: Option<OffsetLimitCursor>,
        #[graphql(desc = "Only texters of this campaign.")] campaigns_filter: Option<CampaignsFilter>,
        #[graphql(desc = "Only with exactly this role; ANY: everybody, suspended members too.")] role: Option<
            String,
        >,
        #[graphql(desc = "In which order.")] sort_by: Option<SortPeopleBy>,
        #[graphql(desc = "Part of what filterBy names, any case.")] filter_string: Option<String>,
        #[graphql(desc = "What the search looks at; all of it without one.")] filter_by: Option<
            FilterPeopleBy,
        >,
    ) -> GqlResult<Option<UsersReturn>> {
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
            search_in: filter_by.unwrap_or(FilterPeopleBy::Any).as_str(),
            sort: sort_by.unwrap_or(SortPeopleBy::FirstName).as_str(),
            limit,
            offset,
        };
        let people = organization_read::people(app(ctx), requester(ctx)?, organization_id, &filter).await?;
        let users = Some(
            people
                .rows
                .into_iter()
                .map(|row| Some(User::in_organization(row.user, organization_id)))
                .collect(),
        );
        Ok(Some(match cursor {
            Some(_) => UsersReturn::PaginatedUsers(PaginatedUsers {
                users,
                page_info: Some(PageInfo::new(limit, offset, people.total)),
            }),
            None => UsersReturn::UsersList(UsersList { users }),
        }))
    }
}
