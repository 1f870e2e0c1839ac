//! Records the answers of a contact: the whole set at once, as Spoke does.

use bellwether_db::AsyncConnection;

use crate::{
    app::App,
    conversation::contact,
    error::{OpError, OpResult},
    permissions::Permission,
    requester::Requester,
};

/// Answers of one contact at most.
pub const MAX_ANSWERS: usize = 500;

/// An answer to the question of a step.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The step whose question was answered.
    pub interaction_step_id: i64,
    /// One of its answers.
    pub value: String,
}

/// Makes these the contact's answers; what is not named is taken back.
pub async fn update_question_responses(
    app: &App,
    requester: &Requester,
    contact_id: i64,
    answers: &[Answer],
) -> OpResult<()> {
    if answers.len() > MAX_ANSWERS {
        return Err(OpError::bad_input(format!(
            "questionResponses: {MAX_ANSWERS} at most"
        )));
    }
    let contact = app
        .db()
        .await?
        .transaction(async |conn| {
            let contact =
                contact::lock_for(conn, requester, Permission::UpdateQuestionResponses, contact_id).await?;
            let steps = bellwether_db::interaction_step::of_campaigns(conn, &[contact.campaign_id]).await?;
            let mut ids = Vec::new();
            let mut values = Vec::new();
            for answer in answers {
                if !steps.iter().any(|step| step.id == answer.interaction_step_id) {
                    return Err(OpError::bad_input(format!(
                        "questionResponses: the campaign has no question {}",
                        answer.interaction_step_id
                    )));
                }
                let offered = steps.iter().any(|step| {
                    step.parent_interaction_id == Some(answer.interaction_step_id)
                        && step.answer_option == answer.value
                });
                if !offered {
                    return Err(OpError::bad_input(format!(
                        "questionResponses: {:?} is not an answer of question {}",
                        answer.value, answer.interaction_step_id
                    )));
                }
                if ids.contains(&answer.interaction_step_id) {
                    return Err(OpError::bad_input(format!(
                        "questionResponses: question {} is answered twice",
                        answer.interaction_step_id
                    )));
                }
                ids.push(answer.interaction_step_id);
                values.push(answer.value.as_str());
            }
            bellwether_db::question_response::replace(conn, contact_id, &ids, &values).await?;
            Ok(contact)
        })
        .await?;
    app.events
        .contact_changed(contact.campaign_id, contact.assignment_id, contact.id);
    Ok(())
}

/// Takes back a contact's answers to these questions.
pub async fn delete_question_responses(
    app: &App,
    requester: &Requester,
    contact_id: i64,
    step_ids: &[i64],
) -> OpResult<()> {
    if step_ids.len() > MAX_ANSWERS {
        return Err(OpError::bad_input(format!(
            "interactionStepIds: {MAX_ANSWERS} at most"
        )));
    }
    let contact = app
        .db()
        .await?
        .transaction::<_, OpError, _>(async |conn| {
            let permission = Permission::DeleteQuestionResponses;
            let contact = contact::lock_for(conn, requester, permission, contact_id).await?;
            let steps = bellwether_db::interaction_step::of_campaigns(conn, &[contact.campaign_id]).await?;
            if !step_ids.iter().all(|id| steps.iter().any(|step| step.id == *id)) {
                return Err(OpError::not_found());
            }
            bellwether_db::question_response::delete(conn, contact_id, step_ids).await?;
            Ok(contact)
        })
        .await?;
    app.events
        .contact_changed(contact.campaign_id, contact.assignment_id, contact.id);
    Ok(())
}
