//! Copies a campaign: what it is, its script and its saved replies; not its contacts, texters, numbers and state.

use std::collections::HashMap;

use bellwether_db::{
    AsyncConnection,
    campaign::CampaignRow,
    campaign_copy, canned_response,
    interaction_step::{self, StepText},
};

use super::edit::MAX_TITLE;
use crate::{
    app::App,
    campaign::read,
    error::{OpError, OpResult},
    permissions::Permission,
    requester::Requester,
};

/// Copies a campaign.
pub async fn copy_campaign(app: &App, requester: &Requester, id: i64) -> OpResult<CampaignRow> {
    let row = read::required(app, requester, id, Permission::CopyCampaign).await?;
    let title = copied_title(&row.title);
    app.db()
        .await?
        .transaction::<_, OpError, _>(async |conn| {
            let copy = campaign_copy::copy(conn, id, &title, requester.user_id).await?;
            let steps = interaction_step::of_campaigns(conn, &[id]).await?;
            let mut ids: HashMap<i64, i64> = HashMap::new();
            // Parents may come after their children in the list: go round until none is left.
            let mut left: Vec<_> = steps.iter().collect();
            while !left.is_empty() {
                let before = left.len();
                let mut next = Vec::new();
                for step in left {
                    let parent_id = match step.parent_interaction_id {
                        None => None,
                        Some(parent) => match ids.get(&parent) {
                            Some(copied) => Some(*copied),
                            None => {
                                next.push(step);
                                continue;
                            }
                        },
                    };
                    let text = StepText {
                        parent_id,
                        question: &step.question,
                        script: &step.script,
                        answer_option: &step.answer_option,
                        answer_actions: &step.answer_actions,
                        answer_actions_data: step.answer_actions_data.as_deref(),
                        position: step.position,
                    };
                    ids.insert(step.id, text.insert(conn, copy.id).await?.id);
                }
                // What hangs off a deleted step is not reachable.
                if next.len() == before {
                    break;
                }
                left = next;
            }
            for reply in canned_response::of_campaigns(conn, &[id]).await? {
                let text = canned_response::CannedResponseText {
                    title: &reply.title,
                    text: &reply.text,
                    answer_actions: reply.answer_actions.as_deref(),
                    answer_actions_data: reply.answer_actions_data.as_deref(),
                    tag_ids: &reply.tag_ids,
                };
                text.insert(conn, copy.id, None).await?;
            }
            Ok(copy)
        })
        .await
}

/// Spoke's rule: "COPY - " and the title, without the word "template".
fn copied_title(title: &str) -> String {
    let lower = title.to_lowercase();
    let plain = match lower.find("template") {
        // Letters whose lower case is longer would shift what is found.
        Some(at) if lower.len() == title.len() => {
            let start = title.get(..at).unwrap_or_default();
            let end = title.get(at + "template".len()..).unwrap_or_default();
            format!("{} {}", start.trim(), end.trim())
        }
        _ => title.to_owned(),
    };
    let copied = format!("COPY - {}", plain.trim());
    copied.chars().take(MAX_TITLE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_says_so_and_is_no_template() {
        assert_eq!(copied_title("Vote"), "COPY - Vote");
        assert_eq!(copied_title("Template: Vote"), "COPY - : Vote");
        assert_eq!(copied_title("Vote TEMPLATE 2"), "COPY - Vote 2");
        assert_eq!(copied_title("template"), "COPY - ");
        assert_eq!(copied_title(&"x".repeat(300)).chars().count(), MAX_TITLE);
    }
}
