//! How a campaign is set up, beyond what it is: batches, numbers, side panels, loaders.

use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};
use bellwether_db::{
    campaign::{CampaignRow, TEXTER_UI_SETTINGS},
    owned_phone_number::{self, CampaignNumber},
};
use bellwether_domain::us_state;

use super::IngestMethod;
use crate::{
    campaign::{edit, editors},
    error::OpError,
    graphql::{
        app,
        error::GqlResult,
        loaders::{CampaignNumbersKey, Load, OrganizationKey},
        organization::vendors::ServiceManager,
        requester,
        stats::int,
        texter_ui::TexterUiConfig,
    },
    organization::features,
    permissions::Permission,
};

/// How a campaign is set up.
pub struct CampaignSettings(pub Arc<CampaignRow>);

/// Contacts of one area code.
#[derive(SimpleObject)]
pub struct CampaignContactsAreaCodeCount {
    /// Three digits.
    pub area_code: String,
    /// The state it belongs to, two letters; N/A when that is not known.
    pub state: String,
    /// Contacts whose cells have it.
    pub count: i32,
}

/// Numbers of one area code that are reserved for a campaign.
#[derive(SimpleObject)]
pub struct CampaignPhoneNumberCount {
    /// Three digits.
    pub area_code: String,
    /// Numbers.
    pub count: i32,
}

/// The state of an area code, as the contract tells it.
pub fn state_of(area_code: &str) -> String {
    us_state::state_for_area_code(area_code)
        .unwrap_or("N/A")
        .to_owned()
}

impl CampaignSettings {
    fn permit(&self, ctx: &Context<'_>, permission: Permission) -> GqlResult<()> {
        Ok(requester(ctx)?.permit(permission, self.0.organization_id)?)
    }

    async fn numbers(&self, ctx: &Context<'_>) -> GqlResult<Arc<Vec<CampaignNumber>>> {
        let load = ctx.data_unchecked::<Load>();
        Ok(load
            .load_one(CampaignNumbersKey(self.0.id))
            .await?
            .unwrap_or_default())
    }
}

/// How a campaign is set up.
#[Object]
impl CampaignSettings {
    /// Secret of the link by which texters join; for supervisors.
    async fn join_token(&self, ctx: &Context<'_>) -> GqlResult<Option<&str>> {
        self.permit(ctx, Permission::CampaignJoinToken)?;
        Ok(Some(&self.0.join_token))
    }
    /// Contacts that a texter gets at once.
    async fn batch_size(&self) -> Option<i32> {
        Some(self.0.batch_size)
    }
    /// Policies by which texters get more contacts; empty: the organization's.
    async fn batch_policies(&self) -> Option<Vec<Option<String>>> {
        Some(self.0.batch_policies().into_iter().map(Some).collect())
    }
    /// Hours within which a reply should be answered.
    async fn response_window(&self) -> Option<f64> {
        Some(self.0.response_window)
    }
    /// Whether its telephone numbers were released, so that it cannot come back.
    async fn is_archived_permanently(&self) -> Option<bool> {
        Some(self.0.is_archived_permanently())
    }
    /// Contacts per area code of their cells, most first; for supervisors.
    async fn contacts_area_code_counts(
        &self,
        ctx: &Context<'_>,
    ) -> GqlResult<Option<Vec<Option<CampaignContactsAreaCodeCount>>>> {
        self.permit(ctx, Permission::CampaignContactsAreaCodeCounts)?;
        let mut conn = app(ctx).db().await?;
        let counts = owned_phone_number::contacts_per_area_code(&mut conn, self.0.id).await?;
        Ok(Some(
            counts
                .into_iter()
                .map(|(area_code, count)| {
                    Some(CampaignContactsAreaCodeCount {
                        state: state_of(&area_code),
                        area_code,
                        count: int(count),
                    })
                })
                .collect(),
        ))
    }
    /// Side panels of the texter's page: the campaign's, or else the organization's; for members.
    #[graphql(name = "texterUIConfig")]
    async fn texter_ui_config(&self, ctx: &Context<'_>) -> GqlResult<Option<TexterUiConfig>> {
        self.permit(ctx, Permission::CampaignTexterUiConfig)?;
        let load = ctx.data_unchecked::<Load>();
        let organization = load.load_one(OrganizationKey(self.0.organization_id)).await?;
        let organization = organization.ok_or_else(OpError::not_found)?;
        let own = self.0.feature_text(TEXTER_UI_SETTINGS).map(str::to_owned);
        let choices = features::sidebox_choices(app(ctx), &organization);
        Ok(Some(TexterUiConfig {
            options: Some(own.unwrap_or_else(|| features::texter_ui_options(&organization))),
            sidebox_choices: Some(choices.into_iter().map(Some).collect()),
        }))
    }
    /// Ways to load contacts; for admins, else empty.
    async fn ingest_methods_available(
        &self,
        ctx: &Context<'_>,
    ) -> GqlResult<Option<Vec<Option<IngestMethod>>>> {
        let allowed = requester(ctx)?.may(Permission::CampaignIngestMethodsAvailable, self.0.organization_id);
        if !allowed {
            return Ok(Some(Vec::new()));
        }
        let mut conn = app(ctx).db().await?;
        let methods = edit::ingest_methods(app(ctx), &mut conn, self.0.organization_id).await?;
        Ok(Some(
            methods
                .into_iter()
                .map(|(name, display_name)| Some(IngestMethod::available(name, display_name)))
                .collect(),
        ))
    }
    /// Names of the others who changed something within two minutes, with commas between; for supervisors.
    async fn editors(&self, ctx: &Context<'_>) -> GqlResult<Option<String>> {
        self.permit(ctx, Permission::CampaignEditors)?;
        Ok(Some(
            editors::editors(app(ctx), requester(ctx)?, self.0.id).await?,
        ))
    }
    /// Whether counts come from a cache; false: they are always current.
    async fn cacheable(&self) -> Option<bool> {
        Some(false)
    }
    /// What takes part in the life of the campaign; for supervisors. None is built in yet.
    async fn service_managers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whether the page of statistics asks.")] from_campaign_stats_page: Option<bool>,
    ) -> GqlResult<Option<Vec<Option<ServiceManager>>>> {
        let _ = from_campaign_stats_page;
        self.permit(ctx, Permission::CampaignServiceManagers)?;
        let organization_id = self.0.organization_id;
        Ok(Some(ServiceManager::built_in(organization_id, Some(self.0.id))))
    }
    /// The vendor's id of the campaign's group of numbers.
    async fn messageservice_sid(&self) -> Option<&str> {
        self.0.messageservice_sid.as_deref().filter(|sid| !sid.is_empty())
    }
    /// Whether the campaign has a group of numbers of its own.
    async fn use_own_messaging_service(&self) -> Option<bool> {
        Some(self.0.use_own_messaging_service)
    }
    /// Where the vendor shows that group; for supervisors. Null: the vendor has no such page.
    async fn message_service_link(&self, ctx: &Context<'_>) -> GqlResult<Option<String>> {
        self.permit(ctx, Permission::CampaignMessageServiceLink)?;
        Ok(None)
    }
    /// Telephone numbers reserved for the campaign, E.164; for supervisors.
    async fn phone_numbers(&self, ctx: &Context<'_>) -> GqlResult<Option<Vec<Option<String>>>> {
        self.permit(ctx, Permission::CampaignPhoneNumbers)?;
        let numbers = self.numbers(ctx).await?;
        Ok(Some(
            numbers
                .iter()
                .map(|number| Some(number.phone_number.clone()))
                .collect(),
        ))
    }
    /// Numbers reserved for the campaign, per area code; for supervisors.
    async fn inventory_phone_number_counts(
        &self,
        ctx: &Context<'_>,
    ) -> GqlResult<Option<Vec<Option<CampaignPhoneNumberCount>>>> {
        self.permit(ctx, Permission::CampaignInventoryPhoneNumberCounts)?;
        let numbers = self.numbers(ctx).await?;
        let counts = numbers
            .chunk_by(|a, b| a.area_code == b.area_code)
            .filter_map(|group| {
                Some(Some(CampaignPhoneNumberCount {
                    area_code: group.first()?.area_code.clone(),
                    count: i32::try_from(group.len()).unwrap_or(i32::MAX),
                }))
            });
        Ok(Some(counts.collect()))
    }
    /// Whether texters may take over conversations by a link.
    async fn use_dynamic_replies(&self) -> Option<bool> {
        Some(self.0.uses_dynamic_replies())
    }
    /// Conversations that one visit of that link hands over.
    async fn reply_batch_size(&self) -> Option<i32> {
        self.0.reply_batch_size()
    }
}
