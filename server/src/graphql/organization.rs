//! `Organization`: a tenant.

pub mod inputs;
pub mod sending;
pub mod settings;
pub mod tags;
pub mod vendors;

use std::sync::Arc;

use async_graphql::{Context, ID, MergedObject, Object};
use bellwether_db::{organization::OrganizationRow, user::PeopleFilter};

use super::{
    app,
    campaign::CampaignsReturn,
    campaign_inputs::{CampaignsFilter, OffsetLimitCursor, SortCampaignsBy, SortPeopleBy, campaigns},
    error::GqlResult,
    loaders::{CampaignsCountKey, Load},
    parse_optional_id, requester,
    user::User,
};
use crate::organization::{opt_out_message::opt_out_message, read};
use crate::permissions::Permission;

/// Members listed without a cursor at most.
pub const MAX_PEOPLE: i64 = 1_000;

/// An organization: a campaign, a union local, a party.
#[derive(MergedObject)]
pub struct Organization(
    OrganizationBasics,
    sending::OrganizationSending,
    settings::OrganizationSettings,
    tags::OrganizationTags,
    vendors::OrganizationVendors,
);

impl Organization {
    /// Wraps a row of an organization that the requester belongs to.
    pub fn new(row: OrganizationRow) -> Self {
        let row = Arc::new(row);
        Self(
            OrganizationBasics(Arc::clone(&row)),
            sending::OrganizationSending(Arc::clone(&row)),
            settings::OrganizationSettings(Arc::clone(&row)),
            tags::OrganizationTags(Arc::clone(&row)),
            vendors::OrganizationVendors(row),
        )
    }
}

/// What an organization is.
pub struct OrganizationBasics(Arc<OrganizationRow>);

/// What an organization is.
#[Object]
impl OrganizationBasics {
    /// The organization's id.
    async fn id(&self) -> Option<ID> {
        Some(self.0.id.into())
    }
    /// Secret of the join link; for supervisors.
    async fn uuid(&self, ctx: &Context<'_>) -> GqlResult<Option<&str>> {
        requester(ctx)?.permit(Permission::OrganizationUuid, self.0.id)?;
        Ok(Some(&self.0.uuid))
    }
    /// Its name.
    async fn name(&self) -> Option<&str> {
        Some(&self.0.name)
    }
    /// Its campaigns; for supervisors. A page with a cursor, else a list.
    async fn campaigns(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which page.")] cursor: Option<OffsetLimitCursor>,
        #[graphql(desc = "Which campaigns.")] campaigns_filter: Option<CampaignsFilter>,
        #[graphql(desc = "In which order.")] sort_by: Option<SortCampaignsBy>,
    ) -> GqlResult<Option<CampaignsReturn>> {
        campaigns(ctx, self.0.id, cursor, campaigns_filter, sort_by).await
    }
    /// How many campaigns it has; for owners.
    async fn campaigns_count(&self, ctx: &Context<'_>) -> GqlResult<Option<i32>> {
        requester(ctx)?.permit(Permission::OrganizationCampaignsCount, self.0.id)?;
        let load = ctx.data_unchecked::<Load>();
        let count = load.load_one(CampaignsCountKey(self.0.id)).await?;
        Ok(Some(
            count.map_or(0, |row| i32::try_from(row.count).unwrap_or(i32::MAX)),
        ))
    }
    /// Its members; for supervisors.
    async fn people(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only with exactly this role; ANY: everybody, suspended members too.")] role: Option<
            String,
        >,
        #[graphql(desc = "Only texters of this campaign.")] campaign_id: Option<String>,
        #[graphql(desc = "In which order.")] sort_by: Option<SortPeopleBy>,
    ) -> GqlResult<Option<Vec<Option<User>>>> {
        requester(ctx)?.permit(Permission::OrganizationPeople, self.0.id)?;
        let filter = PeopleFilter {
            role: role.as_deref().filter(|role| !role.is_empty()),
            campaign_id: parse_optional_id(campaign_id.as_deref())?,
            sort: sort_by.unwrap_or(SortPeopleBy::FirstName).as_str(),
            limit: MAX_PEOPLE,
            ..PeopleFilter::default()
        };
        let people = read::people(app(ctx), requester(ctx)?, self.0.id, &filter).await?;
        Ok(Some(
            people
                .rows
                .into_iter()
                .map(|row| Some(User::in_organization(row.user, self.0.id)))
                .collect(),
        ))
    }
    /// The confirmation that an opted-out contact gets.
    async fn opt_out_message(&self, ctx: &Context<'_>) -> Option<String> {
        Some(opt_out_message(app(ctx), &self.0))
    }
    /// Whether texting hours are enforced.
    async fn texting_hours_enforced(&self) -> Option<bool> {
        Some(self.0.texting_hours_enforced)
    }
    /// First hour of texting in the contact's own zone, 0 to 23.
    async fn texting_hours_start(&self) -> Option<i32> {
        Some(self.0.texting_hours_start.into())
    }
    /// Hour at which texting ends in the contact's own zone, 1 to 24.
    async fn texting_hours_end(&self) -> Option<i32> {
        Some(self.0.texting_hours_end.into())
    }
}
