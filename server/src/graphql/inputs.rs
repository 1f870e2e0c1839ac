//! Types that stand in Spoke's listing and that no field of it takes or gives. Generated clients name them.

use async_graphql::{InputObject, SimpleObject};

/// An answer of a question; no field takes it: scripts are saved by `InteractionStepInput`.
#[derive(InputObject)]
pub struct AnswerOptionInput {
    /// Name of an action handler.
    pub action: Option<String>,
    /// The answer's words.
    pub value: String,
    /// The step that follows.
    pub next_interaction_step_id: Option<String>,
}

/// A contact; no field takes it: contacts are loaded by editCampaign(contactData).
#[derive(InputObject)]
pub struct CampaignContactInput {
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// Telephone.
    pub cell: String,
    /// ZIP code.
    pub zip: Option<String>,
    /// The contact's id in the list's own system.
    #[graphql(name = "external_id")]
    pub external_id: Option<String>,
    /// The list's own columns, a text that holds a JSON object.
    pub custom_fields: Option<String>,
}

/// A text; no field gives it.
#[derive(SimpleObject)]
pub struct ReturnString {
    /// The text.
    pub data: String,
}
