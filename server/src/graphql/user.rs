//! `User`: an account.

use std::borrow::Cow;

use async_graphql::{Context, ID, Object, SimpleObject, Union};
use bellwether_db::user::UserRow;
use bellwether_domain::role::Role;

use super::{
    app,
    assignment::Assignment,
    enums::UserRole,
    error::GqlResult,
    loaders::{AssignmentOfKey, CampaignKey, Load, MembershipKey, OrganizationKey, UserKey},
    organization::Organization,
    parse_id, parse_optional_id, requester,
    scalars::Phone,
    viewer,
};
use crate::permissions::Permission;
use crate::{
    assignment::read,
    error::OpError,
    organization::{features, read as organizations},
};

/// A person with an account.
pub struct User {
    id: i64,
    /// Loaded when a field asks for it: the to-do list alone needs none of it.
    row: Option<UserRow>,
    /// The organization the person was reached through: its supervisors see address and telephone.
    organization_id: Option<i64>,
}

impl User {
    /// Wraps a row that was reached through an organization.
    pub fn in_organization(row: UserRow, organization_id: i64) -> Self {
        Self {
            id: row.id,
            row: Some(row),
            organization_id: Some(organization_id),
        }
    }

    /// The requester, whose session was just looked up.
    pub fn own(id: i64) -> Self {
        Self {
            id,
            row: None,
            organization_id: None,
        }
    }

    /// The requester, whose row is at hand.
    pub fn with_row(row: UserRow) -> Self {
        Self {
            id: row.id,
            row: Some(row),
            organization_id: None,
        }
    }

    /// Nobody, where the contract wants a person: without an id and a name.
    pub fn nobody() -> Self {
        Self {
            id: 0,
            row: None,
            organization_id: None,
        }
    }

    /// A part of the row; none of nobody's.
    async fn told<T>(&self, ctx: &Context<'_>, tell: impl FnOnce(&UserRow) -> T) -> GqlResult<Option<T>> {
        if self.id == 0 {
            return Ok(None);
        }
        Ok(Some(tell(&*self.row(ctx).await?)))
    }

    async fn row(&self, ctx: &Context<'_>) -> GqlResult<Cow<'_, UserRow>> {
        match &self.row {
            Some(row) => Ok(Cow::Borrowed(row)),
            None => {
                let row = ctx.data_unchecked::<Load>().load_one(UserKey(self.id)).await?;
                Ok(Cow::Owned(row.ok_or_else(OpError::not_found)?))
            }
        }
    }

    fn is_self(&self, ctx: &Context<'_>) -> bool {
        viewer(ctx).is_some_and(|viewer| viewer.user_id == self.id)
    }

    /// Whether it is one's own account, or the organization it was reached through lets one.
    fn may(&self, ctx: &Context<'_>, permission: Permission) -> bool {
        self.is_self(ctx)
            || self.organization_id.is_some_and(|organization_id| {
                viewer(ctx).is_some_and(|viewer| viewer.may(permission, organization_id))
            })
    }
}

/// A person with an account.
#[Object]
impl User {
    /// The account's id.
    async fn id(&self) -> Option<ID> {
        (self.id > 0).then(|| self.id.into())
    }
    /// Given name.
    async fn first_name(&self, ctx: &Context<'_>) -> GqlResult<Option<String>> {
        self.told(ctx, |row| row.first_name.clone()).await
    }
    /// Family name.
    async fn last_name(&self, ctx: &Context<'_>) -> GqlResult<Option<String>> {
        self.told(ctx, |row| row.last_name.clone()).await
    }
    /// The name shown to contacts instead of the given name.
    async fn alias(&self, ctx: &Context<'_>) -> GqlResult<Option<String>> {
        Ok(self.told(ctx, |row| row.alias.clone()).await?.flatten())
    }
    /// Given and family name.
    async fn display_name(&self, ctx: &Context<'_>) -> GqlResult<Option<String>> {
        let name = |row: &UserRow| format!("{} {}", row.first_name, row.last_name).trim().to_owned();
        self.told(ctx, name).await
    }
    /// Address; only for oneself and supervisors, else null.
    async fn email(&self, ctx: &Context<'_>) -> GqlResult<Option<String>> {
        if !self.may(ctx, Permission::UserEmail) {
            return Ok(None);
        }
        Ok(Some(self.row(ctx).await?.email.clone()))
    }
    /// Telephone; only for oneself and supervisors, else null.
    async fn cell(&self, ctx: &Context<'_>) -> GqlResult<Option<String>> {
        if !self.may(ctx, Permission::UserCell) {
            return Ok(None);
        }
        Ok(Some(self.row(ctx).await?.cell.clone()))
    }
    /// Whether the person runs the whole instance; only for oneself and supervisors, else null.
    #[graphql(name = "is_superadmin")]
    async fn is_superadmin(&self, ctx: &Context<'_>) -> GqlResult<Option<bool>> {
        if !self.may(ctx, Permission::UserIsSuperadmin) {
            return Ok(None);
        }
        Ok(Some(self.row(ctx).await?.is_superadmin))
    }
    /// Answers to profile fields, a JSON object as text; only for oneself and supervisors, else null.
    async fn extra(&self, ctx: &Context<'_>) -> GqlResult<Option<String>> {
        if !self.may(ctx, Permission::UserExtra) {
            return Ok(None);
        }
        Ok(self.row(ctx).await?.extra.as_ref().map(ToString::to_string))
    }
    /// The number that texts of the person come from, if there is one; only for oneself and supervisors, else null.
    async fn assigned_cell(&self, ctx: &Context<'_>) -> GqlResult<Option<Phone>> {
        if !self.may(ctx, Permission::UserAssignedCell) {
            return Ok(None);
        }
        Ok(self.row(ctx).await?.assigned_cell.clone().map(Phone))
    }
    /// Whether all profile fields of an organization are filled in; only for oneself and supervisors, else null.
    async fn profile_complete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization; else the one the person was reached through.")]
        organization_id: Option<String>,
    ) -> GqlResult<Option<bool>> {
        let named = parse_optional_id(organization_id.as_deref())?;
        if !self.may(ctx, Permission::UserProfileComplete) {
            return Ok(None);
        }
        let Some(id) = named.or(self.organization_id) else {
            return Ok(Some(true));
        };
        if !requester(ctx)?.may(Permission::Organization, id) {
            return Ok(None);
        }
        let load = ctx.data_unchecked::<Load>();
        let organization = load.load_one(OrganizationKey(id)).await?;
        let row = self.row(ctx).await?;
        Ok(organization.map(|organization| features::is_profile_complete(&organization, row.extra.as_ref())))
    }
    /// Assignments with replies that came since one last asked; only for oneself, else empty.
    async fn notifications(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only of this organization.")] organization_id: Option<String>,
    ) -> GqlResult<Option<Vec<Option<Assignment>>>> {
        if !self.is_self(ctx) {
            return Ok(Some(Vec::new()));
        }
        let organization_id = parse_optional_id(organization_id.as_deref())?;
        let rows = read::notifications(app(ctx), requester(ctx)?, organization_id).await?;
        Ok(Some(
            rows.into_iter()
                .map(|row| Some(Assignment::new(row.assignment, row.organization_id)))
                .collect(),
        ))
    }
    /// Whether `notifications` tells of replies: always; null for others than oneself.
    async fn notifiable(&self, ctx: &Context<'_>) -> Option<bool> {
        self.is_self(ctx).then_some(true)
    }
    /// Whether the person has agreed to the terms of use; only for oneself and supervisors, else null.
    async fn terms(&self, ctx: &Context<'_>) -> GqlResult<Option<bool>> {
        if !self.may(ctx, Permission::UserTerms) {
            return Ok(None);
        }
        Ok(Some(self.row(ctx).await?.terms))
    }
    /// Organizations in which the person has this role or a higher one; only for oneself, else empty.
    async fn organizations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Lowest role; TEXTER without one.")] role: Option<String>,
    ) -> GqlResult<Option<Vec<Option<Organization>>>> {
        if !self.is_self(ctx) {
            return Ok(Some(Vec::new()));
        }
        let at_least = parse_role(role.as_deref())?.unwrap_or(Role::Texter);
        let rows = organizations::organizations(app(ctx), requester(ctx)?, at_least).await?;
        Ok(Some(
            rows.into_iter().map(|row| Some(Organization::new(row))).collect(),
        ))
    }
    /// What there is to text, campaign by campaign; only for oneself, else empty.
    async fn todos(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only of this organization.")] organization_id: Option<String>,
    ) -> GqlResult<Option<Vec<Option<Assignment>>>> {
        if !self.is_self(ctx) {
            return Ok(Some(Vec::new()));
        }
        let organization_id = parse_optional_id(organization_id.as_deref())?;
        let rows = read::todos(app(ctx), requester(ctx)?, organization_id).await?;
        Ok(Some(
            rows.into_iter()
                .map(|row| Some(Assignment::from_todo(row)))
                .collect(),
        ))
    }
    /// The person's role in an organization and all roles below it.
    async fn roles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: String,
    ) -> GqlResult<Option<Vec<Option<String>>>> {
        let organization_id = parse_id(&organization_id)?;
        let role = if self.is_self(ctx) {
            requester(ctx)?.role_in(organization_id)
        } else {
            requester(ctx)?.permit(Permission::UserRoles, organization_id)?;
            let key = MembershipKey {
                organization_id,
                user_id: self.id,
            };
            let role = ctx.data_unchecked::<Load>().load_one(key).await?;
            role.and_then(|role| role.parse().ok())
        };
        Ok(Some(
            role.map(Role::at_or_below)
                .unwrap_or_default()
                .into_iter()
                .map(|role| Some(role.to_string()))
                .collect(),
        ))
    }
    /// The person's role in an organization, as a type; null for who is no member.
    async fn role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: ID,
    ) -> GqlResult<Option<UserRole>> {
        let organization_id = parse_id(&organization_id)?;
        if !self.is_self(ctx) {
            requester(ctx)?.permit(Permission::UserRole, organization_id)?;
        }
        let key = MembershipKey {
            organization_id,
            user_id: self.id,
        };
        let role = ctx.data_unchecked::<Load>().load_one(key).await?;
        Ok(role.and_then(|role| role.parse::<Role>().ok()).map(Into::into))
    }
    /// The person's assignment in a campaign; for oneself and supervisors.
    async fn assignment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The campaign.")] campaign_id: Option<String>,
    ) -> GqlResult<Option<Assignment>> {
        let Some(campaign_id) = parse_optional_id(campaign_id.as_deref())? else {
            return Ok(None);
        };
        let load = ctx.data_unchecked::<Load>();
        let key = AssignmentOfKey {
            user_id: self.id,
            campaign_id,
        };
        let Some(row) = load.load_one(key).await? else {
            return Ok(None);
        };
        let campaign = load.load_one(CampaignKey(campaign_id)).await?;
        let organization_id = campaign.ok_or_else(OpError::not_found)?.organization_id;
        requester(ctx)?.permit_account(Permission::UserAssignment, Some(organization_id), self.id)?;
        Ok(Some(Assignment::new(row, organization_id)))
    }
}

/// An id given as a number: a positive one, or what it names does not exist.
pub fn positive(id: i32) -> GqlResult<i64> {
    if id > 0 {
        Ok(id.into())
    } else {
        Err(OpError::not_found().into())
    }
}

/// A role by its name.
pub fn parse_role(name: Option<&str>) -> GqlResult<Option<Role>> {
    match name.filter(|name| !name.is_empty()) {
        None => Ok(None),
        Some(name) => match name.parse() {
            Ok(role) => Ok(Some(role)),
            Err(_) => Err(OpError::bad_input(format!("role: {name:?} is not a role")).into()),
        },
    }
}

/// Where a page of a list stands in the whole.
#[derive(SimpleObject)]
pub struct PageInfo {
    /// Most rows of a page.
    pub limit: i32,
    /// Rows before the page.
    pub offset: i32,
    /// Offset of the next page; null on the last.
    pub next: Option<i32>,
    /// Offset of the page before; null on the first.
    pub previous: Option<i32>,
    /// Rows in all.
    pub total: i32,
}

impl PageInfo {
    /// Of a page and the whole.
    pub fn new(limit: i64, offset: i64, total: i64) -> Self {
        let int = |number: i64| i32::try_from(number).unwrap_or(i32::MAX);
        Self {
            limit: int(limit),
            offset: int(offset),
            next: (offset + limit < total).then(|| int(offset + limit)),
            previous: (offset > 0).then(|| int((offset - limit).max(0))),
            total: int(total),
        }
    }
}

/// A page of people.
#[derive(SimpleObject)]
pub struct PaginatedUsers {
    /// The people.
    pub users: Option<Vec<Option<User>>>,
    /// Where the page stands.
    pub page_info: Option<PageInfo>,
}

/// People, all of them.
#[derive(SimpleObject)]
pub struct UsersList {
    /// The people.
    pub users: Option<Vec<Option<User>>>,
}

/// A page when a cursor was given, else a list.
#[derive(Union)]
pub enum UsersReturn {
    /// A page.
    PaginatedUsers(PaginatedUsers),
    /// A list.
    UsersList(UsersList),
}
