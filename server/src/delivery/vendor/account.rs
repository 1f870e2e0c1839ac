//! What a vendor needs to act for an organization: its credentials and addresses, under the names that Spoke gave them.

use std::{collections::BTreeMap, sync::Arc};

use crate::config::Secret;

/// One thing that a vendor is told: an environment variable for the instance, a key of the organization's settings for
/// an organization of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VendorSetting {
    /// As in the environment, for example `TWILIO_AUTH_TOKEN`.
    pub name: &'static str,
    /// Whether it is never shown again.
    pub is_secret: bool,
    /// Whether nothing can be sent without it.
    pub is_required: bool,
    /// What it is, for whoever enters it.
    pub label: &'static str,
}

impl VendorSetting {
    /// Whether only whoever runs the instance sets it: an organization must not send our requests elsewhere.
    pub fn is_of_instance(&self) -> bool {
        self.name.ends_with("_API_BASE_URL")
            || self.name.ends_with("_LOOKUPS_BASE_URL")
            || self.name.ends_with("_MESSAGING_BASE_URL")
    }
}

/// The values of a vendor's settings for one organization: its own where it has some, else the instance's. Never a
/// mixture: credentials of two accounts do not fit together.
#[derive(Debug, Clone, Default)]
pub struct Account {
    /// Whose texts are sent; none for the instance's own account.
    pub organization_id: Option<i64>,
    /// Whether the values are the organization's own.
    pub is_own: bool,
    values: Arc<BTreeMap<String, Secret>>,
}

impl Account {
    /// Of values that are set.
    pub fn new(organization_id: Option<i64>, is_own: bool, values: BTreeMap<String, Secret>) -> Self {
        Self {
            organization_id,
            is_own,
            values: Arc::new(values),
        }
    }

    /// The same values for another organization.
    pub fn for_organization(&self, organization_id: Option<i64>) -> Self {
        Self {
            organization_id,
            ..self.clone()
        }
    }

    /// A value that is set and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values
            .get(name)
            .map(|value| value.expose().trim())
            .filter(|value| !value.is_empty())
    }

    /// A value, or else what is missing.
    ///
    /// # Errors
    ///
    /// [`MissingSetting`], which names it.
    pub fn require(&self, name: &'static str) -> Result<&str, MissingSetting> {
        self.get(name).ok_or(MissingSetting(name))
    }

    /// Required settings of a vendor that are not set.
    pub fn missing(&self, settings: &[VendorSetting]) -> Vec<&'static str> {
        settings
            .iter()
            .filter(|setting| setting.is_required && self.get(setting.name).is_none())
            .map(|setting| setting.name)
            .collect()
    }
}

/// A vendor's setting that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not set")]
pub struct MissingSetting(pub &'static str);
