//! Feedback: a supervisor writes it, the texter says that it was read.

use bellwether_db::{assignment::OwnedAssignment, assignment_feedback};
use serde_json::{Map, Value};

use super::read;
use crate::{
    app::App,
    error::{OpError, OpResult},
    permissions::Permission,
    requester::Requester,
};

/// Characters in a message at most.
pub const MAX_MESSAGE: usize = 10_000;
/// Kinds of issues or skills at most.
pub const MAX_KINDS: usize = 200;

/// Writes feedback (as Spoke's form has it: message, issueCounts, skillCounts, sweepComplete), or notes that the texter
/// has read it.
pub async fn update_feedback(
    app: &App,
    requester: &Requester,
    assignment_id: i64,
    feedback: Option<&Value>,
    acknowledge: bool,
) -> OpResult<OwnedAssignment> {
    if acknowledge {
        let permission = Permission::AcknowledgeFeedback;
        let found = read::assignment(app, requester, permission, assignment_id).await?;
        if assignment_feedback::acknowledge(&mut *app.db().await?, assignment_id).await? == 0 {
            return Err(OpError::bad_input(
                "acknowledge: there is no feedback on this assignment",
            ));
        }
        return Ok(found);
    }
    let found = read::assignment(app, requester, Permission::UpdateFeedback, assignment_id).await?;
    let feedback = parse(feedback)?;
    let complete = feedback.get("sweepComplete") == Some(&Value::Bool(true));
    let mut conn = app.db().await?;
    assignment_feedback::save(
        &mut conn,
        assignment_id,
        requester.user_id,
        &Value::Object(feedback),
        complete,
    )
    .await?;
    Ok(found)
}

/// The form's fields, checked; a text that holds JSON is taken too.
fn parse(given: Option<&Value>) -> OpResult<Map<String, Value>> {
    let parsed;
    let given = match given {
        Some(Value::String(text)) => {
            parsed = serde_json::from_str(text)
                .map_err(|error| OpError::bad_input(format!("feedback: not JSON: {error}")))?;
            Some(&parsed)
        }
        given => given,
    };
    let Some(Value::Object(given)) = given else {
        return Err(OpError::bad_input("feedback: an object is needed"));
    };
    let mut kept = Map::new();
    let message = given.get("message").map_or(Some(""), Value::as_str);
    let message = message.filter(|text| text.chars().count() <= MAX_MESSAGE && !text.contains('\0'));
    let message = message
        .ok_or_else(|| OpError::bad_input(format!("feedback.message: {MAX_MESSAGE} characters at most")))?;
    kept.insert("message".to_owned(), message.into());
    for field in ["issueCounts", "skillCounts"] {
        let counts = match given.get(field) {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(counts))
                if counts.len() <= MAX_KINDS && counts.values().all(|n| n.is_number() || n.is_null()) =>
            {
                counts.clone()
            }
            Some(_) => {
                return Err(OpError::bad_input(format!(
                    "feedback.{field}: an object of {MAX_KINDS} numbers at most"
                )));
            }
        };
        kept.insert(field.to_owned(), counts.into());
    }
    let complete = given
        .get("sweepComplete")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    kept.insert("sweepComplete".to_owned(), complete.into());
    Ok(kept)
}
