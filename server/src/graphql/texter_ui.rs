//! `TexterUIConfig`: what texters see besides the conversation.

use async_graphql::{InputObject, SimpleObject};

/// What texters see besides the conversation.
#[derive(SimpleObject)]
#[graphql(name = "TexterUIConfig")]
pub struct TexterUiConfig {
    /// Which sideboxes are shown and how: a JSON object as text, or empty.
    pub options: Option<String>,
    /// Sideboxes that there are.
    pub sidebox_choices: Option<Vec<Option<String>>>,
}

/// What texters are to see besides the conversation.
#[derive(InputObject, Default)]
#[graphql(name = "TexterUIConfigInput")]
pub struct TexterUiConfigInput {
    /// Which sideboxes are shown and how: a JSON object as text.
    pub options: Option<String>,
    /// Not read: which sideboxes there are is the instance's setting.
    pub sidebox_choices: Option<Vec<Option<String>>>,
}
