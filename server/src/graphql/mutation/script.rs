//! Scripts of many campaigns, and scripts from elsewhere.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use crate::{
    campaign::copy,
    error::OpError,
    graphql::{
        app,
        campaign::Campaign,
        error::GqlResult,
        loaders::{CampaignKey, Load},
        parse_id, requester,
        stats::int,
    },
    script::{
        bulk_update::{self, BulkUpdate},
        import_script,
    },
};

/// What is to be replaced, and where.
#[derive(InputObject)]
pub struct BulkUpdateScriptInput {
    /// What is looked for, letter by letter.
    search_string: String,
    /// What is put in its place.
    replace_string: String,
    /// Archived campaigns too.
    include_archived: bool,
    /// Beginnings of titles; empty: all campaigns.
    campaign_title_prefixes: Vec<Option<String>>,
    /// interactionStep, cannedResponse, or both.
    target_object: Vec<Option<String>>,
}

/// A text that was changed.
#[derive(SimpleObject)]
pub struct ScriptUpdateResult {
    /// Its campaign.
    pub campaign: Campaign,
    /// As it was.
    pub found: String,
    /// As it is now.
    pub replaced: String,
    /// interactionStep or cannedResponse.
    pub target: String,
}

/// What can be done to scripts.
#[derive(Default)]
pub struct ScriptMutations;

/// What can be done to scripts.
#[Object]
impl ScriptMutations {
    /// Copies a campaign with its script and saved replies, not its contacts, texters and numbers; for admins.
    async fn copy_campaign(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The campaign.")] id: String,
    ) -> GqlResult<Option<Campaign>> {
        let row = copy::copy_campaign(app(ctx), requester(ctx)?, parse_id(&id)?).await?;
        Ok(Some(Campaign::new(row)))
    }
    /// Finds and replaces in scripts and saved replies of an organization, all or nothing; for admins.
    async fn bulk_update_script(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: String,
        #[graphql(desc = "What is to be replaced.")] find_and_replace: BulkUpdateScriptInput,
    ) -> GqlResult<Option<Vec<Option<ScriptUpdateResult>>>> {
        let input = BulkUpdate {
            search: find_and_replace.search_string,
            replace: find_and_replace.replace_string,
            include_archived: find_and_replace.include_archived,
            title_prefixes: find_and_replace
                .campaign_title_prefixes
                .into_iter()
                .flatten()
                .collect(),
            targets: find_and_replace.target_object.into_iter().flatten().collect(),
        };
        let organization_id = parse_id(&organization_id)?;
        let changed =
            bulk_update::bulk_update_script(app(ctx), requester(ctx)?, organization_id, &input).await?;
        let load = ctx.data_unchecked::<Load>();
        let ids = changed.iter().map(|change| CampaignKey(change.text.campaign_id));
        let campaigns = load.load_many(ids).await?;
        let mut results = Vec::new();
        for change in changed {
            let campaign = campaigns
                .get(&CampaignKey(change.text.campaign_id))
                .cloned()
                .ok_or_else(OpError::not_found)?;
            results.push(Some(ScriptUpdateResult {
                campaign: Campaign::new(campaign),
                found: change.text.found,
                replaced: change.text.replaced,
                target: change.target.to_owned(),
            }));
        }
        Ok(Some(results))
    }
    /// Reads a script from a Google Doc; for admins. Refused as long as the server has no account at Google.
    async fn import_campaign_script(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The campaign.")] campaign_id: String,
        #[graphql(desc = "The document's address.")] url: String,
    ) -> GqlResult<Option<i32>> {
        let job =
            import_script::import_campaign_script(app(ctx), requester(ctx)?, parse_id(&campaign_id)?, &url)
                .await?;
        Ok(Some(int(job)))
    }
}
