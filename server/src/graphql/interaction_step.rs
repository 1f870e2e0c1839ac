//! The script as texters and admins see it: steps, questions, answers.

use crate::permissions::Permission;
use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use bellwether_db::interaction_step::InteractionStepRow;

use super::{
    contact::CampaignContact,
    error::GqlResult,
    loaders::{AnswerCountsKey, CampaignKey, Load, ResponsesKey},
    parse_id, requester,
};

type Steps = Arc<Vec<InteractionStepRow>>;

/// A step of a script within its tree.
#[derive(Clone)]
pub struct InteractionStep {
    steps: Steps,
    row: InteractionStepRow,
}

/// The steps of a campaign as the contract lists them: one after another, each naming its parent.
pub async fn of_campaign(
    ctx: &Context<'_>,
    campaign_id: i64,
) -> GqlResult<Option<Vec<Option<InteractionStep>>>> {
    let steps = ctx
        .data_unchecked::<Load>()
        .load_one(super::loaders::StepsKey(campaign_id))
        .await?
        .unwrap_or_default();
    Ok(Some(
        steps
            .iter()
            .map(|row| {
                Some(InteractionStep {
                    steps: Arc::clone(&steps),
                    row: row.clone(),
                })
            })
            .collect(),
    ))
}

/// A step of a script: what to say, then what to ask.
#[Object]
impl InteractionStep {
    /// The step's id.
    async fn id(&self) -> ID {
        self.row.id.into()
    }
    /// Its question and the answers; null when it asks nothing.
    async fn question(&self) -> Option<Question> {
        Some(Question(self.clone()))
    }
    /// The question's words, for the texter.
    async fn question_text(&self) -> Option<&str> {
        Some(&self.row.question)
    }
    /// The text for the contact, with its variables.
    async fn script(&self) -> Option<&str> {
        Some(&self.row.script)
    }
    /// The answer of the parent's question that leads here.
    async fn answer_option(&self) -> Option<&str> {
        Some(&self.row.answer_option)
    }
    /// The parent's id; null for the first message.
    async fn parent_interaction_id(&self) -> Option<String> {
        self.row.parent_interaction_id.map(|id| id.to_string())
    }
    /// Whether the step was taken out.
    async fn is_deleted(&self) -> Option<bool> {
        Some(self.row.is_deleted)
    }
    /// Name of the action handler that runs when the answer is given.
    async fn answer_actions(&self) -> Option<&str> {
        Some(&self.row.answer_actions)
    }
    /// Data of the action handler; for supervisors.
    async fn answer_actions_data(&self, ctx: &Context<'_>) -> GqlResult<Option<&str>> {
        let campaign = ctx
            .data_unchecked::<Load>()
            .load_one(CampaignKey(self.row.campaign_id))
            .await?;
        let allowed = match (campaign, requester(ctx)) {
            (Some(campaign), Ok(requester)) => {
                requester.may(Permission::StepAnswerActionsData, campaign.organization_id)
            }
            _ => false,
        };
        Ok(self.row.answer_actions_data.as_deref().filter(|_| allowed))
    }
    /// A contact's answer to this step's question.
    async fn question_response(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The contact.")] campaign_contact_id: Option<String>,
    ) -> GqlResult<Option<QuestionResponse>> {
        let Some(contact_id) = campaign_contact_id else {
            return Ok(None);
        };
        let contact_id = parse_id(&contact_id)?;
        let mut conn = super::app(ctx).db().await?;
        let owner = bellwether_db::campaign_contact::owner(&mut conn, contact_id, false).await?;
        let Some(owner) = owner.filter(|owner| owner.campaign_id == self.row.campaign_id) else {
            return Ok(None);
        };
        drop(conn);
        requester(ctx)?.permit_assignment(
            Permission::StepQuestionResponse,
            owner.organization_id,
            owner.texter_id,
        )?;
        let answers = ctx
            .data_unchecked::<Load>()
            .load_one(ResponsesKey(contact_id))
            .await?
            .unwrap_or_default();
        Ok(answers
            .iter()
            .find(|answer| answer.interaction_step_id == self.row.id)
            .map(|answer| QuestionResponse {
                id: answer.id,
                value: answer.value.clone(),
                step: self.clone(),
            }))
    }
}

/// A question of a script.
pub struct Question(InteractionStep);

/// A question of a script.
#[Object]
impl Question {
    /// Its words, for the texter.
    async fn text(&self) -> Option<&str> {
        Some(&self.0.row.question)
    }
    /// The answers to choose from.
    async fn answer_options(&self) -> Option<Vec<Option<AnswerOption>>> {
        let children = self
            .0
            .steps
            .iter()
            .filter(|step| step.parent_interaction_id == Some(self.0.row.id));
        Some(
            children
                .map(|child| {
                    Some(AnswerOption {
                        question_step: self.0.clone(),
                        value: child.answer_option.clone(),
                        next: Some(child.clone()),
                    })
                })
                .collect(),
        )
    }
    /// The step that asks it.
    async fn interaction_step(&self) -> Option<&InteractionStep> {
        Some(&self.0)
    }
}

/// An answer of a question.
pub struct AnswerOption {
    question_step: InteractionStep,
    value: String,
    next: Option<InteractionStepRow>,
}

impl AnswerOption {
    /// The answer that was recorded for a contact.
    pub fn recorded(steps: &Steps, step_id: i64, value: &str) -> Option<Self> {
        let row = steps.iter().find(|step| step.id == step_id)?.clone();
        let next = steps
            .iter()
            .find(|step| step.parent_interaction_id == Some(step_id) && step.answer_option == value);
        Some(Self {
            question_step: InteractionStep {
                steps: Arc::clone(steps),
                row,
            },
            value: value.to_owned(),
            next: next.cloned(),
        })
    }
}

/// An answer of a question.
#[Object]
impl AnswerOption {
    /// The step that asks the question.
    async fn interaction_step_id(&self) -> Option<i32> {
        i32::try_from(self.question_step.row.id).ok()
    }
    /// The answer's words.
    async fn value(&self) -> Option<&str> {
        Some(&self.value)
    }
    /// Name of the action handler that runs when the answer is given.
    async fn action(&self) -> Option<&str> {
        self.next.as_ref().map(|next| next.answer_actions.as_str())
    }
    /// What follows the answer.
    async fn next_interaction_step(&self) -> Option<InteractionStep> {
        self.next.clone().map(|row| InteractionStep {
            steps: Arc::clone(&self.question_step.steps),
            row,
        })
    }
    /// Contacts who gave the answer, 100 at most; for supervisors.
    async fn responders(&self, ctx: &Context<'_>) -> GqlResult<Option<Vec<Option<CampaignContact>>>> {
        let campaign = ctx
            .data_unchecked::<Load>()
            .load_one(CampaignKey(self.question_step.row.campaign_id))
            .await?;
        let organization_id = campaign
            .ok_or_else(crate::error::OpError::not_found)?
            .organization_id;
        requester(ctx)?.permit(Permission::AnswerResponders, organization_id)?;
        let app = super::app(ctx);
        let mut conn = app.db().await?;
        let ids = bellwether_db::question_response::responders(
            &mut conn,
            self.question_step.row.id,
            &self.value,
            100,
        )
        .await?;
        let rows = bellwether_db::campaign_contact::by_ids(&mut conn, &ids, app.now()).await?;
        Ok(Some(
            rows.into_iter()
                .map(|row| Some(CampaignContact::new(row)))
                .collect(),
        ))
    }
    /// How many contacts gave the answer.
    async fn responder_count(&self, ctx: &Context<'_>) -> GqlResult<Option<i32>> {
        let key = AnswerCountsKey(self.question_step.row.id);
        let counts = ctx
            .data_unchecked::<Load>()
            .load_one(key)
            .await?
            .unwrap_or_default();
        let count = counts
            .iter()
            .find(|count| count.value == self.value)
            .map_or(0, |count| count.count);
        Ok(Some(i32::try_from(count).unwrap_or(i32::MAX)))
    }
    /// The question.
    async fn question(&self) -> Option<Question> {
        Some(Question(self.question_step.clone()))
    }
}

/// A contact's answer.
pub struct QuestionResponse {
    id: i64,
    value: String,
    step: InteractionStep,
}

/// A contact's answer.
#[Object]
impl QuestionResponse {
    /// The answer's id.
    async fn id(&self) -> Option<String> {
        Some(self.id.to_string())
    }
    /// Its words.
    async fn value(&self) -> Option<&str> {
        Some(&self.value)
    }
    /// The question.
    async fn question(&self) -> Option<Question> {
        Some(Question(self.step.clone()))
    }
}
