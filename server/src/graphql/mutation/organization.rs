//! Organizations: making and joining them, and their settings.

use async_graphql::{Context, Object};

use crate::{
    graphql::{
        app,
        error::GqlResult,
        invite::{Invite, InviteInput},
        organization::{Organization, inputs::OrganizationInput},
        parse_id, parse_optional_id, requester,
    },
    organization::{edit, invite, join, opt_out_message, settings},
};

/// What can be done to organizations.
#[derive(Default)]
pub struct OrganizationMutations;

/// What can be done to organizations.
#[Object]
impl OrganizationMutations {
    /// Makes an invitation to make an organization, which can be used once within 14 days. Null where only
    /// superadmins may.
    async fn create_invite(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Not read: the server decides.")] invite: InviteInput,
    ) -> GqlResult<Option<Invite>> {
        let _ = invite;
        let made = invite::create_invite(app(ctx), requester(ctx)?).await?;
        Ok(made.map(Invite::new))
    }
    /// Makes an organization that the signed-in person owns, and uses the invitation up.
    async fn create_organization(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its name.")] name: String,
        #[graphql(desc = "Oneself.")] user_id: String,
        #[graphql(desc = "The invitation's secret, which is its id too.")] invite_id: String,
    ) -> GqlResult<Option<Organization>> {
        let user_id = parse_id(&user_id)?;
        let row = invite::create_organization(app(ctx), requester(ctx)?, &name, user_id, &invite_id).await?;
        Ok(Some(Organization::new(row)))
    }
    /// Joins an organization as a texter, or a campaign of it, by a link. Joining again changes nothing.
    async fn join_organization(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The secret of the link: the organization's, or the campaign's with a campaign.")]
        organization_uuid: String,
        #[graphql(desc = "The campaign.")] campaign_id: Option<String>,
        #[graphql(desc = "What the link's address said besides; not read.")] query_params: Option<String>,
    ) -> GqlResult<Option<Organization>> {
        let _ = query_params;
        let campaign_id = parse_optional_id(campaign_id.as_deref())?;
        let row = join::join_organization(app(ctx), requester(ctx)?, &organization_uuid, campaign_id).await?;
        Ok(Some(Organization::new(row)))
    }
    /// Gives the organization's join link another secret; the old link stops working. For admins.
    async fn reset_organization_join_link(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: String,
    ) -> GqlResult<Option<Organization>> {
        let id = parse_id(&organization_id)?;
        let row = invite::reset_organization_join_link(app(ctx), requester(ctx)?, id).await?;
        Ok(Some(Organization::new(row)))
    }
    /// Changes settings of an organization, for owners: those that whoever runs the instance lets owners change.
    async fn edit_organization(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] id: String,
        #[graphql(desc = "What is to be changed.")] organization: OrganizationInput,
    ) -> GqlResult<Option<Organization>> {
        let id = parse_id(&id)?;
        let row = edit::edit_organization(app(ctx), requester(ctx)?, id, organization.into_edit()).await?;
        Ok(Some(Organization::new(row)))
    }
    /// Sets the hours, in the contact's own zone, in which contacts may be texted; for owners.
    async fn update_texting_hours(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: String,
        #[graphql(desc = "First hour, 0 to 23.")] texting_hours_start: i32,
        #[graphql(desc = "Hour of the end, 1 to 24.")] texting_hours_end: i32,
    ) -> GqlResult<Option<Organization>> {
        let id = parse_id(&organization_id)?;
        let row = settings::update_texting_hours(
            app(ctx),
            requester(ctx)?,
            id,
            texting_hours_start,
            texting_hours_end,
        )
        .await?;
        Ok(Some(Organization::new(row)))
    }
    /// Sets whether texting hours are enforced; for owners.
    async fn update_texting_hours_enforcement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: String,
        #[graphql(desc = "Whether they are enforced.")] texting_hours_enforced: bool,
    ) -> GqlResult<Option<Organization>> {
        let id = parse_id(&organization_id)?;
        let row =
            settings::update_texting_hours_enforcement(app(ctx), requester(ctx)?, id, texting_hours_enforced)
                .await?;
        Ok(Some(Organization::new(row)))
    }
    /// Sets the confirmation that an opted-out contact gets; for owners.
    async fn update_opt_out_message(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: String,
        #[graphql(desc = "The confirmation; empty brings the instance's back.")] opt_out_message: String,
    ) -> GqlResult<Option<Organization>> {
        let id = parse_id(&organization_id)?;
        let row = settings::update_opt_out_message(app(ctx), requester(ctx)?, id, &opt_out_message).await?;
        Ok(Some(Organization::new(row)))
    }
    /// Sets colours of the organization's pages, each as #rrggbb or #rgb; for owners. Colours that are not given stay.
    #[expect(clippy::too_many_arguments, reason = "the arguments are the contract's")]
    async fn update_theme(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The main colour.")] primary: Option<String>,
        #[graphql(desc = "The second colour.")] secondary: Option<String>,
        #[graphql(desc = "The colour of hints.")] info: Option<String>,
        #[graphql(desc = "The colour of what went well.")] success: Option<String>,
        #[graphql(desc = "The colour of warnings.")] warning: Option<String>,
        #[graphql(desc = "The colour of errors.")] error: Option<String>,
        #[graphql(desc = "The organization.")] organization_id: String,
    ) -> GqlResult<Option<Organization>> {
        let id = parse_id(&organization_id)?;
        let colors = [primary, secondary, info, success, warning, error];
        let row = settings::update_theme(app(ctx), requester(ctx)?, id, colors).await?;
        Ok(Some(Organization::new(row)))
    }
    /// Drops what this process remembers; for owners. Says what was done.
    async fn clear_cached_org_and_extension_caches(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: String,
    ) -> GqlResult<Option<String>> {
        let id = parse_id(&organization_id)?;
        Ok(Some(settings::clear_caches(app(ctx), requester(ctx)?, id)?))
    }
    /// The confirmation that an opted-out contact gets.
    async fn get_opt_out_message(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: Option<String>,
        #[graphql(desc = "The contact's ZIP code: its state may have a confirmation of its own.")]
        zip: Option<String>,
        #[graphql(desc = "What to answer without an organization.")] default_message: Option<String>,
    ) -> GqlResult<Option<String>> {
        let organization_id = parse_optional_id(organization_id.as_deref())?;
        let text = opt_out_message::get_opt_out_message(
            app(ctx),
            requester(ctx)?,
            organization_id,
            zip.as_deref(),
            default_message,
        )
        .await?;
        Ok(Some(text))
    }
}
