//! Finds and replaces in the scripts and saved replies of an organization's campaigns, letter by letter, all at once.

use bellwether_db::{
    AsyncConnection, campaign,
    campaign_copy::{ReplacedText, Replacement},
};
use bellwether_domain::script;

use super::save_interaction_steps::MAX_SCRIPT_LENGTH;
use crate::{
    app::App,
    error::{OpError, OpResult},
    permissions::Permission,
    requester::Requester,
};

/// Beginnings of titles in one request at most.
pub const MAX_PREFIXES: usize = 100;
/// Texts changed in one request at most.
pub const MAX_CHANGES: usize = 5_000;

/// What is to be replaced, and where.
#[derive(Debug, Default)]
pub struct BulkUpdate {
    /// What is looked for.
    pub search: String,
    /// What is put in its place.
    pub replace: String,
    /// Archived campaigns too.
    pub include_archived: bool,
    /// Beginnings of titles; none: all campaigns.
    pub title_prefixes: Vec<String>,
    /// `interactionStep`, `cannedResponse`, or both.
    pub targets: Vec<String>,
}

/// A text that was changed.
#[derive(Debug)]
pub struct Changed {
    /// What was changed.
    pub text: ReplacedText,
    /// `interactionStep` or `cannedResponse`.
    pub target: &'static str,
}

/// Replaces, all or nothing.
pub async fn bulk_update_script(
    app: &App,
    requester: &Requester,
    organization_id: i64,
    input: &BulkUpdate,
) -> OpResult<Vec<Changed>> {
    requester.permit(Permission::BulkUpdateScript, organization_id)?;
    if input.search.is_empty() || input.search.contains('\0') || input.replace.contains('\0') {
        return Err(OpError::bad_input(
            "findAndReplace.searchString: must not be empty",
        ));
    }
    if input.title_prefixes.len() > MAX_PREFIXES {
        return Err(OpError::bad_input(format!(
            "findAndReplace.campaignTitlePrefixes: {MAX_PREFIXES} at most"
        )));
    }
    if let Some(unknown) = input
        .targets
        .iter()
        .find(|target| !["interactionStep", "cannedResponse"].contains(&target.as_str()))
    {
        return Err(OpError::bad_input(format!(
            "findAndReplace.targetObject: {unknown:?} is neither interactionStep nor cannedResponse"
        )));
    }
    let replacement = Replacement {
        organization_id,
        search: &input.search,
        replace: &input.replace,
        include_archived: input.include_archived,
        title_prefixes: &input.title_prefixes,
    };
    let wants = |target: &str| input.targets.iter().any(|wanted| wanted == target);
    let changed = app
        .db()
        .await?
        .transaction::<_, OpError, _>(async |conn| {
            let mut changed = Vec::new();
            if wants("interactionStep") {
                for text in replacement.in_scripts(conn).await? {
                    if text.is_initial {
                        let parts = script::parse(&text.replaced).parts();
                        campaign::set_initial_script(conn, text.campaign_id, &parts).await?;
                    }
                    changed.push(Changed {
                        text,
                        target: "interactionStep",
                    });
                }
            }
            if wants("cannedResponse") {
                let texts = replacement.in_canned_responses(conn).await?;
                changed.extend(texts.into_iter().map(|text| Changed {
                    text,
                    target: "cannedResponse",
                }));
            }
            if changed.len() > MAX_CHANGES {
                return Err(OpError::bad_input(format!(
                    "findAndReplace: {} texts would change; {MAX_CHANGES} are allowed at once",
                    changed.len()
                )));
            }
            if changed
                .iter()
                .any(|change| change.text.replaced.chars().count() > MAX_SCRIPT_LENGTH)
            {
                return Err(OpError::bad_input(format!(
                    "findAndReplace.replaceString: a text would be longer than {MAX_SCRIPT_LENGTH} characters"
                )));
            }
            Ok(changed)
        })
        .await?;
    for change in &changed {
        app.events.campaign_changed(change.text.campaign_id);
    }
    Ok(changed)
}
