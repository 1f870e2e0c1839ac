//! How the texter's page is set up: side panels and their options.

use async_graphql::{InputObject, SimpleObject};

/// Side panels of the texter's page. Those whose names start with `default-` are on unless they are switched off.
#[derive(SimpleObject)]
pub struct TexterUIConfig {
    /// What is on and how it is worded: a text that holds a JSON object; empty: nothing was changed.
    pub options: Option<String>,
    /// Names of the panels that there are.
    pub sidebox_choices: Option<Vec<Option<String>>>,
}

/// Side panels of the texter's page.
#[derive(InputObject)]
pub struct TexterUIConfigInput {
    /// What is on and how it is worded: a text that holds a JSON object.
    pub options: Option<String>,
    /// Names of the panels that there are; the server's setting `TEXTER_SIDEBOXES` decides.
    pub sidebox_choices: Option<Vec<Option<String>>>,
}
