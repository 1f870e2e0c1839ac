//! What carries an organization's texts, and what could be done elsewhere: services, managers, actions, numbers.

use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};
use bellwether_db::organization::OrganizationRow;

use crate::{
    delivery::accounts,
    extensions::{action_handlers, service_managers},
    graphql::{
        app,
        campaign::{Campaign, settings::state_of},
        error::GqlResult,
        loaders::{CampaignKey, Load, OrganizationKey},
        organization::Organization,
        requester,
        scalars::Json,
        stats::int,
    },
    organization::vendor_config,
    permissions::Permission,
    phone_number::{buy, inventory},
};

/// Something that can be done when an answer is given.
#[derive(SimpleObject)]
pub struct Action {
    /// Its name in `answerActions`.
    pub name: Option<String>,
    /// Its name for people.
    pub display_name: Option<String>,
    /// What an admin must know to choose it.
    pub instructions: Option<String>,
    /// What can be chosen.
    pub client_choice_data: Option<Vec<Option<ActionChoice>>>,
}

/// A choice of an action.
#[derive(SimpleObject)]
pub struct ActionChoice {
    /// Its name for people.
    pub name: String,
    /// What is stored with the answer.
    pub details: String,
}

/// The service that carries an organization's texts.
#[derive(SimpleObject)]
pub struct ServiceVendor {
    /// Its id: the organization's and its name.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What owners entered for it, without secrets; null when there is nothing to enter.
    pub config: Option<Json>,
    /// Whether owners enter something for it.
    #[graphql(name = "supportsOrgConfig")]
    pub supports_org_config: bool,
}

impl ServiceVendor {
    /// Of an organization.
    pub fn of(app: &crate::app::App, organization: &OrganizationRow) -> Self {
        let name = inventory::service_name(app, organization);
        let service = inventory::service(app, organization);
        Self {
            id: format!("{}-{name}", organization.id),
            name: name.to_owned(),
            config: vendor_config::shown(app, organization).map(Json),
            supports_org_config: service.is_some_and(|service| accounts::may_be_own(app, service)),
        }
    }
}

/// Something that takes part in the life of campaigns and organizations.
pub struct ServiceManager {
    manager: &'static dyn service_managers::ServiceManager,
    organization_id: i64,
    campaign_id: Option<i64>,
}

impl ServiceManager {
    /// All that are built in, for an organization or one of its campaigns.
    pub fn built_in(organization_id: i64, campaign_id: Option<i64>) -> Vec<Option<Self>> {
        let managers = service_managers::BUILT_IN.iter();
        managers
            .map(|manager| {
                Some(Self {
                    manager: *manager,
                    organization_id,
                    campaign_id,
                })
            })
            .collect()
    }

    /// One of them.
    pub fn new(
        manager: &'static dyn service_managers::ServiceManager,
        organization_id: i64,
        campaign_id: Option<i64>,
    ) -> Self {
        Self {
            manager,
            organization_id,
            campaign_id,
        }
    }
}

/// Something that takes part in the life of campaigns and organizations.
#[Object]
impl ServiceManager {
    /// Its id: the organization's, the campaign's and its name.
    async fn id(&self) -> String {
        let campaign = self.campaign_id.map(|id| id.to_string()).unwrap_or_default();
        format!("{}-{campaign}-{}", self.organization_id, self.manager.name())
    }
    /// Its name.
    async fn name(&self) -> String {
        self.manager.name().to_owned()
    }
    /// Its name for people.
    async fn display_name(&self) -> String {
        self.manager.display_name().to_owned()
    }
    /// What its form shows.
    async fn data(&self) -> Option<Json> {
        None
    }
    /// Whether owners set it up.
    async fn supports_org_config(&self) -> bool {
        self.manager.supports_org_config()
    }
    /// Whether it is set up per campaign.
    async fn supports_campaign_config(&self) -> bool {
        self.manager.supports_campaign_config()
    }
    /// Whether nothing of it is missing; null: it has nothing to set up.
    async fn fully_configured(&self) -> Option<bool> {
        None
    }
    /// Whether its page should ask again soon.
    async fn start_polling(&self) -> Option<bool> {
        Some(false)
    }
    /// Whether it keeps a campaign from coming back.
    async fn un_archiveable(&self) -> Option<bool> {
        Some(false)
    }
    /// Whose it is.
    async fn organization(&self, ctx: &Context<'_>) -> GqlResult<Option<Organization>> {
        let load = ctx.data_unchecked::<Load>();
        let row = load.load_one(OrganizationKey(self.organization_id)).await?;
        Ok(row.map(Organization::new))
    }
    /// The campaign it is set up for.
    async fn campaign(&self, ctx: &Context<'_>) -> GqlResult<Option<Campaign>> {
        let Some(id) = self.campaign_id else {
            return Ok(None);
        };
        let row = ctx.data_unchecked::<Load>().load_one(CampaignKey(id)).await?;
        Ok(row.map(Campaign::new))
    }
}

/// A purchase of numbers that is under way or failed.
#[derive(SimpleObject)]
pub struct BuyPhoneNumbersJobRequest {
    /// The job's id.
    pub id: String,
    /// Whether a worker has it.
    pub assigned: bool,
    /// Percent done.
    pub status: Option<i32>,
    /// Why it failed, or what it says meanwhile.
    pub result_message: Option<String>,
    /// Where.
    pub area_code: String,
    /// How many.
    pub limit: i32,
}

/// An organization's numbers of one area code.
#[derive(SimpleObject)]
pub struct PhoneNumberCounts {
    /// Three digits.
    pub area_code: String,
    /// The state it belongs to, two letters; N/A when that is not known.
    pub state: String,
    /// Free numbers.
    pub available_count: i32,
    /// Numbers in use.
    pub allocated_count: i32,
}

/// What carries an organization's texts.
pub struct OrganizationVendors(pub Arc<OrganizationRow>);

/// What carries an organization's texts.
#[Object]
impl OrganizationVendors {
    /// What can be done when an answer is given; for supervisors. None is built in yet.
    async fn available_actions(&self, ctx: &Context<'_>) -> GqlResult<Option<Vec<Option<Action>>>> {
        requester(ctx)?.permit(Permission::OrganizationAvailableActions, self.0.id)?;
        let actions = action_handlers::BUILT_IN.iter().map(|handler| {
            let choices = handler.choices().into_iter();
            Some(Action {
                name: Some(handler.name().to_owned()),
                display_name: Some(handler.display_name().to_owned()),
                instructions: Some(handler.instructions().to_owned()),
                client_choice_data: Some(
                    choices
                        .map(|(name, details)| Some(ActionChoice { name, details }))
                        .collect(),
                ),
            })
        });
        Ok(Some(actions.collect()))
    }
    /// The service that carries the texts; for owners, else null.
    async fn service_vendor(&self, ctx: &Context<'_>) -> GqlResult<Option<ServiceVendor>> {
        let allowed = requester(ctx)?.may(Permission::OrganizationServiceVendor, self.0.id);
        Ok(allowed.then(|| ServiceVendor::of(app(ctx), &self.0)))
    }
    /// What takes part in the life of campaigns; for owners, else empty. None is built in yet.
    async fn service_managers(&self, ctx: &Context<'_>) -> GqlResult<Option<Vec<Option<ServiceManager>>>> {
        let allowed = requester(ctx)?.may(Permission::OrganizationServiceManagers, self.0.id);
        Ok(Some(if allowed {
            ServiceManager::built_in(self.0.id, None)
        } else {
            Vec::new()
        }))
    }
    /// Whether the service has all it needs to send.
    async fn fully_configured(&self, ctx: &Context<'_>) -> Option<bool> {
        let service = inventory::service(app(ctx), &self.0);
        Some(service.is_some_and(|service| {
            accounts::of_row(app(ctx), service, &self.0)
                .missing(service.settings())
                .is_empty()
        }))
    }
    /// Whether the organization keeps an inventory of telephone numbers; for supervisors.
    async fn phone_inventory_enabled(&self, ctx: &Context<'_>) -> GqlResult<bool> {
        requester(ctx)?.permit(Permission::OrganizationPhoneInventoryEnabled, self.0.id)?;
        Ok(inventory::is_enabled(app(ctx), &self.0))
    }
    /// Whether campaigns can have numbers of their own; for supervisors.
    async fn campaign_phone_numbers_enabled(&self, ctx: &Context<'_>) -> GqlResult<bool> {
        requester(ctx)?.permit(Permission::OrganizationCampaignPhoneNumbersEnabled, self.0.id)?;
        Ok(inventory::campaigns_have_numbers(app(ctx), &self.0))
    }
    /// Purchases of numbers that are under way or failed; for admins, else empty.
    async fn pending_phone_number_jobs(
        &self,
        ctx: &Context<'_>,
    ) -> GqlResult<Option<Vec<Option<BuyPhoneNumbersJobRequest>>>> {
        let jobs = buy::pending(app(ctx), requester(ctx)?, self.0.id).await?;
        let jobs = jobs.into_iter().filter_map(|job| {
            let order: buy::Order = serde_json::from_value(job.payload).ok()?;
            Some(Some(BuyPhoneNumbersJobRequest {
                id: job.id.to_string(),
                assigned: job.locked_by.is_some(),
                status: Some(job.status),
                result_message: Some(job.result_message),
                area_code: order.area_code,
                limit: i32::try_from(order.limit).unwrap_or(i32::MAX),
            }))
        });
        Ok(Some(jobs.collect()))
    }
    /// Telephone numbers per area code; for admins, else empty.
    async fn phone_number_counts(
        &self,
        ctx: &Context<'_>,
    ) -> GqlResult<Option<Vec<Option<PhoneNumberCounts>>>> {
        let counts = inventory::counts(app(ctx), requester(ctx)?, &self.0).await?;
        Ok(Some(
            counts
                .into_iter()
                .map(|count| {
                    Some(PhoneNumberCounts {
                        state: state_of(&count.area_code),
                        area_code: count.area_code,
                        available_count: int(count.available),
                        allocated_count: int(count.allocated),
                    })
                })
                .collect(),
        ))
    }
}
