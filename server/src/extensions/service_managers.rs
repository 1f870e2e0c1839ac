//! Service managers: what happens around vendors and in the life of campaigns (numbers per campaign, look-ups and the
//! like). None is built in yet; adding one is a file beside this one and a line in [`BUILT_IN`].

/// Something that takes part in the life of campaigns and organizations.
pub trait ServiceManager: Send + Sync {
    /// Its name in the contract.
    fn name(&self) -> &'static str;

    /// Its name for people.
    fn display_name(&self) -> &'static str;

    /// Whether owners set it up.
    fn supports_org_config(&self) -> bool;

    /// Whether it is set up per campaign.
    fn supports_campaign_config(&self) -> bool;
}

/// All that there are.
pub static BUILT_IN: &[&dyn ServiceManager] = &[];

/// The one of this name.
pub fn find(name: &str) -> Option<&'static dyn ServiceManager> {
    BUILT_IN.iter().copied().find(|manager| manager.name() == name)
}
