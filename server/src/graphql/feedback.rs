//! Feedback on an assignment.

use async_graphql::SimpleObject;
use bellwether_db::assignment_feedback::FeedbackRow;
use serde_json::Value;

use super::scalars::Json;

/// What a supervisor tells a texter of an assignment.
#[derive(SimpleObject)]
pub struct AssignmentFeedback {
    /// In words.
    pub message: String,
    /// How often each issue came up.
    pub issue_counts: Json,
    /// How often each skill showed.
    pub skill_counts: Json,
    /// Whether the texter has read it.
    pub is_acknowledged: bool,
    /// Who wrote it.
    pub created_by: FeedbackCreatedBy,
    /// Whether all conversations were looked through.
    pub sweep_complete: bool,
}

/// Who wrote a feedback.
#[derive(SimpleObject)]
pub struct FeedbackCreatedBy {
    /// The account; null when it is gone.
    pub id: Option<i32>,
    /// Given and family name.
    pub name: Option<String>,
}

impl AssignmentFeedback {
    /// Wraps a row.
    pub fn new(row: FeedbackRow) -> Self {
        let field = |name: &str| row.feedback.get(name).cloned();
        let counts = |name: &str| Json(field(name).unwrap_or_else(|| Value::Object(Default::default())));
        Self {
            message: field("message")
                .and_then(|text| text.as_str().map(str::to_owned))
                .unwrap_or_default(),
            issue_counts: counts("issueCounts"),
            skill_counts: counts("skillCounts"),
            is_acknowledged: row.is_acknowledged,
            created_by: FeedbackCreatedBy {
                id: row.creator_id.and_then(|id| i32::try_from(id).ok()),
                name: row.creator_name,
            },
            sweep_complete: row.complete,
        }
    }
}
