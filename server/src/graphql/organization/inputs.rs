//! Inputs of organizations, and how they become an operation's input.

use async_graphql::InputObject;

use crate::{graphql::texter_ui::TexterUiConfigInput, organization::edit::OrganizationEdit};

/// What is to be changed of an organization; what is not given stays.
#[derive(InputObject, Default)]
pub struct OrganizationInput {
    /// What texters see besides the conversation where a campaign says nothing.
    #[graphql(name = "texterUIConfig")]
    pub texter_ui_config: Option<TexterUiConfigInput>,
    /// Settings of the organization's own.
    pub settings: Option<OrgSettingsInput>,
}

/// Settings of an organization's own.
#[derive(InputObject, Default)]
pub struct OrgSettingsInput {
    /// Message handlers; an empty list brings the instance's back.
    pub message_handlers: Option<Vec<Option<String>>>,
    /// Action handlers; an empty list brings the instance's back.
    pub action_handlers: Option<Vec<Option<String>>>,
    /// Settings by name: a JSON object as text.
    #[graphql(name = "featuresJSON")]
    pub features_json: Option<String>,
    /// Settings that go back to the instance's, whatever `featuresJSON` says of them.
    pub unset_features: Option<Vec<Option<String>>>,
}

impl OrganizationInput {
    /// The edit in the words of the operation.
    pub fn into_edit(self) -> OrganizationEdit {
        let settings = self.settings.unwrap_or_default();
        let names = |list: Vec<Option<String>>| list.into_iter().flatten().collect();
        OrganizationEdit {
            texter_ui_options: self.texter_ui_config.and_then(|config| config.options),
            message_handlers: settings.message_handlers.map(names),
            action_handlers: settings.action_handlers.map(names),
            features_json: settings.features_json,
            unset_features: settings.unset_features.map(names).unwrap_or_default(),
        }
    }
}
