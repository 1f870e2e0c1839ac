//! Saves a campaign's own saved replies: the whole set at once, as Spoke does. Texters' own stay as they are.

use bellwether_db::{
    Conn,
    canned_response::{self, CannedResponseText},
};

use crate::error::{OpError, OpResult};

/// Saved replies of one campaign at most.
pub const MAX_CANNED_RESPONSES: usize = 1_000;
/// Characters in a title at most.
pub const MAX_TITLE: usize = 500;
/// Characters in a reply at most.
pub const MAX_TEXT: usize = 10_000;
/// Tags of one reply at most.
pub const MAX_TAGS: usize = 50;

/// A saved reply as it is given.
#[derive(Debug, Default, Clone)]
pub struct CannedResponseEdit {
    /// A number for one that exists; anything else makes one.
    pub id: Option<String>,
    /// Its name in lists.
    pub title: String,
    /// Its words.
    pub text: String,
    /// Tags that it puts on the contact.
    pub tag_ids: Vec<i64>,
    /// Name of an action handler.
    pub answer_actions: Option<String>,
    /// Its data.
    pub answer_actions_data: Option<String>,
}

impl CannedResponseEdit {
    /// Its words for the database.
    pub fn as_text(&self) -> CannedResponseText<'_> {
        CannedResponseText {
            title: self.title.trim(),
            text: self.text.trim(),
            answer_actions: self.answer_actions.as_deref(),
            answer_actions_data: self.answer_actions_data.as_deref(),
            tag_ids: &self.tag_ids,
        }
    }
}

/// Refuses replies that cannot be right, by name.
pub fn validate(replies: &[CannedResponseEdit]) -> OpResult<()> {
    if replies.len() > MAX_CANNED_RESPONSES {
        return Err(OpError::bad_input(format!(
            "cannedResponses: {MAX_CANNED_RESPONSES} at most"
        )));
    }
    for reply in replies {
        for (field, text, max) in [
            ("title", &reply.title, MAX_TITLE),
            ("text", &reply.text, MAX_TEXT),
        ] {
            if text.trim().is_empty() {
                return Err(OpError::bad_input(format!("cannedResponses.{field}: missing")));
            }
            if text.chars().count() > max || text.contains('\0') {
                return Err(OpError::bad_input(format!(
                    "cannedResponses.{field}: {max} characters at most, none of them NUL"
                )));
            }
        }
        if reply.tag_ids.len() > MAX_TAGS {
            return Err(OpError::bad_input(format!(
                "cannedResponses.tagIds: {MAX_TAGS} at most"
            )));
        }
    }
    Ok(())
}

/// Saves the replies in the caller's transaction: those with a known id are changed, others made, and the rest go.
pub async fn save(
    conn: &mut Conn,
    (campaign_id, organization_id): (i64, i64),
    replies: &[CannedResponseEdit],
) -> OpResult<()> {
    check_tags(conn, organization_id, replies).await?;
    let mut kept = Vec::new();
    for reply in replies {
        let text = reply.as_text();
        let id = reply.id.as_deref().and_then(|id| id.trim().parse::<i64>().ok());
        let id = match id {
            Some(id) if text.update(conn, campaign_id, id).await? > 0 => id,
            // An id of another campaign is no id here: scripts copy replies from one to the other.
            _ => text.insert(conn, campaign_id, None).await?.id,
        };
        kept.push(id);
    }
    canned_response::delete_others(conn, campaign_id, &kept).await?;
    Ok(())
}

/// Refuses tags of other organizations, and such as do not exist.
pub async fn check_tags(
    conn: &mut Conn,
    organization_id: i64,
    replies: &[CannedResponseEdit],
) -> OpResult<()> {
    let mut ids: Vec<i64> = replies
        .iter()
        .flat_map(|reply| reply.tag_ids.iter().copied())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() || bellwether_db::tag::known(conn, organization_id, &ids).await? == ids.len() {
        Ok(())
    } else {
        Err(OpError::bad_input(
            "cannedResponses.tagIds: the organization has no such tag",
        ))
    }
}
