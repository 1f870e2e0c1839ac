//! Opting out and coming back: settings, by hand, lists, and texts that belong to no conversation.

use async_graphql::{Context, ID, Object};

use crate::{
    graphql::{
        app,
        error::GqlResult,
        opt_out::{OptOutSettings, OptOutSettingsInput, OptOutTransfer, UnmatchedText},
        parse_id, requester,
        scalars::Phone,
    },
    opt_out::{add, export, import, lift, settings, transfer, unmatched},
};

/// What can be done about opting out.
#[derive(Default)]
pub struct OptOutMutations;

/// What can be done about opting out.
#[Object]
impl OptOutMutations {
    /// Changes an organization's rules and answers; for owners.
    async fn update_opt_out_settings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: ID,
        #[graphql(desc = "What is to be changed.")] settings: OptOutSettingsInput,
    ) -> GqlResult<OptOutSettings> {
        let id = parse_id(&organization_id)?;
        let edit = settings.parse()?;
        let row = settings::update_opt_out_settings(app(ctx), requester(ctx)?, id, edit).await?;
        Ok(OptOutSettings::new(ctx, &row))
    }
    /// Opts a cell out of an organization, whether or not it is anybody's contact; for admins. Answers it in E.164.
    async fn add_opt_out(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: ID,
        #[graphql(desc = "The cell, in any usual form.")] cell: Phone,
        #[graphql(desc = "Why; 500 characters at most.")] reason: String,
    ) -> GqlResult<Phone> {
        let id = parse_id(&organization_id)?;
        let cell = add::add_opt_out(app(ctx), requester(ctx)?, id, &cell.0, &reason).await?;
        Ok(Phone(cell))
    }
    /// Takes the opt-out of a cell back: it may be texted again; for admins. Answers it in E.164.
    async fn lift_opt_out(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: ID,
        #[graphql(desc = "The cell, in any usual form.")] cell: Phone,
        #[graphql(desc = "Why it may be texted again; stays on record. 500 characters at most.")]
        reason: String,
    ) -> GqlResult<Phone> {
        let id = parse_id(&organization_id)?;
        let cell = lift::lift_opt_out(app(ctx), requester(ctx)?, id, &cell.0, &reason).await?;
        Ok(Phone(cell))
    }
    /// Takes a list of opted-out cells in, in the background; for admins. The same list again changes nothing.
    async fn import_opt_outs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: ID,
        #[graphql(desc = "What POST /uploads/opt-outs answered.")] upload_id: ID,
    ) -> GqlResult<OptOutTransfer> {
        let (id, upload) = (parse_id(&organization_id)?, parse_id(&upload_id)?);
        let row = import::import_opt_outs_of(app(ctx), requester(ctx)?, id, upload).await?;
        Ok(OptOutTransfer::new(row))
    }
    /// Writes an organization's opt-outs to a CSV file, in the background; for admins.
    async fn export_opt_outs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: ID,
    ) -> GqlResult<OptOutTransfer> {
        let id = parse_id(&organization_id)?;
        let row = export::export_opt_outs_of(app(ctx), requester(ctx)?, id).await?;
        Ok(OptOutTransfer::new(row))
    }
    /// Stops a list that is taken in or given out; for admins. What it did stays.
    async fn cancel_opt_out_transfer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The list.")] id: ID,
    ) -> GqlResult<OptOutTransfer> {
        let id = parse_id(&id)?;
        let row = transfer::cancel_opt_out_transfer(app(ctx), requester(ctx)?, id).await?;
        Ok(OptOutTransfer::new(row))
    }
    /// Moves a text that belonged to no conversation into that of a contact, who then waits for an answer; for admins.
    async fn attach_unmatched_text(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The text.")] id: ID,
        #[graphql(desc = "The contact, of the text's organization.")] campaign_contact_id: ID,
    ) -> GqlResult<UnmatchedText> {
        let (id, contact) = (parse_id(&id)?, parse_id(&campaign_contact_id)?);
        let row = unmatched::attach_unmatched_text(app(ctx), requester(ctx)?, id, contact).await?;
        UnmatchedText::new(ctx, row).await
    }
    /// Puts a text that belonged to no conversation aside; for admins.
    async fn dismiss_unmatched_text(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The text.")] id: ID,
    ) -> GqlResult<UnmatchedText> {
        let id = parse_id(&id)?;
        let row = unmatched::dismiss_unmatched_text(app(ctx), requester(ctx)?, id).await?;
        UnmatchedText::new(ctx, row).await
    }
}
