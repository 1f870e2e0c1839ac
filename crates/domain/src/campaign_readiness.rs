//! What still keeps a campaign from starting.

use serde::{Deserialize, Serialize};

text_enum! {
    /// A section of the campaign builder, by its title in Spoke.
    pub enum Section ("section") {
        /// Title, description, due date.
        Basics => "Basics",
        /// The list of contacts.
        Contacts => "Contacts",
        /// Who texts whom.
        Texters => "Texters",
        /// The script.
        Interactions => "Interactions",
    }
}

text_enum! {
    /// Why a section is not complete; stable, for programs.
    pub enum StartBlockerCode ("start blocker code") {
        /// The title is empty.
        TitleMissing => "TITLE_MISSING",
        /// The description is empty.
        DescriptionMissing => "DESCRIPTION_MISSING",
        /// There is no due date.
        DueByMissing => "DUE_BY_MISSING",
        /// The due date has passed.
        DueByPassed => "DUE_BY_PASSED",
        /// There are no contacts.
        ContactsMissing => "CONTACTS_MISSING",
        /// Contacts without a texter, and texters do not ask for contacts themselves. A warning only.
        ContactsUnassigned => "CONTACTS_UNASSIGNED",
        /// The first step has no text.
        InitialScriptMissing => "INITIAL_SCRIPT_MISSING",
        /// A script has a token that nothing would fill in.
        UnknownToken => "UNKNOWN_TOKEN",
        /// The steps are not a tree.
        ScriptInvalid => "SCRIPT_INVALID",
    }
}

/// The due date as seen at the instant of asking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DueBy {
    /// None is set.
    #[default]
    Missing,
    /// It has passed.
    Passed,
    /// It is still to come.
    Ahead,
}

/// What there is of a campaign.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CampaignFacts {
    /// Its title.
    pub title: String,
    /// Its description.
    pub description: String,
    /// Its due date.
    pub due_by: DueBy,
    /// How many contacts it has.
    pub contacts_count: u64,
    /// How many of them have a texter.
    pub assigned_count: u64,
    /// Do texters ask for contacts themselves (dynamic assignment)?
    pub dynamic: bool,
    /// Has the first step a text?
    pub has_initial_script: bool,
    /// From [`Script::unknown_tokens`](crate::script::Script::unknown_tokens), over all scripts.
    pub unknown_tokens: Vec<String>,
    /// From [`InteractionTree::new`](crate::interaction_tree::InteractionTree::new), in words.
    pub tree_errors: Vec<String>,
}

/// One thing to do before the campaign starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartBlocker {
    /// Where to do it.
    pub section: Section,
    /// What it is, for programs.
    pub code: StartBlockerCode,
    /// What it is, for people.
    pub message: String,
}

/// Everything that keeps the campaign from starting; empty if it is ready.
///
/// Spoke asks for title, description and due date, contacts, and a script. Ours adds that tokens are known and that
/// steps are a tree, because a literal `{ask}` was once sent to contacts. Texters never block, as in Spoke: see
/// [`start_warnings`].
pub fn start_blockers(facts: &CampaignFacts) -> Vec<StartBlocker> {
    use Section::{Basics, Contacts, Interactions};
    use StartBlockerCode as Code;

    let mut blockers = Vec::new();
    let mut block = |section, code, message: String| {
        blockers.push(StartBlocker {
            section,
            code,
            message,
        })
    };
    if facts.title.trim().is_empty() {
        block(
            Basics,
            Code::TitleMissing,
            "Give the campaign a title.".to_owned(),
        );
    }
    if facts.description.trim().is_empty() {
        block(
            Basics,
            Code::DescriptionMissing,
            "Describe the campaign.".to_owned(),
        );
    }
    match facts.due_by {
        DueBy::Missing => block(Basics, Code::DueByMissing, "Set a due date.".to_owned()),
        DueBy::Passed => block(
            Basics,
            Code::DueByPassed,
            "Set a due date in the future.".to_owned(),
        ),
        DueBy::Ahead => {}
    }
    if facts.contacts_count == 0 {
        block(Contacts, Code::ContactsMissing, "Upload contacts.".to_owned());
    }
    if !facts.has_initial_script {
        block(
            Interactions,
            Code::InitialScriptMissing,
            "Write the first message.".to_owned(),
        );
    }
    for token in &facts.unknown_tokens {
        let message = format!("The script uses {{{token}}}, which is neither a variable nor a custom field.");
        block(Interactions, Code::UnknownToken, message);
    }
    for error in &facts.tree_errors {
        block(
            Interactions,
            Code::ScriptInvalid,
            format!("The script is not in order: {error}."),
        );
    }
    blockers
}

/// What is worth a look before the start but does not prevent it: contacts that nobody would text.
pub fn start_warnings(facts: &CampaignFacts) -> Vec<StartBlocker> {
    let unassigned = facts.contacts_count.saturating_sub(facts.assigned_count);
    if facts.dynamic || unassigned == 0 {
        return Vec::new();
    }
    let contacts = if unassigned == 1 {
        "1 contact has".to_owned()
    } else {
        format!("{unassigned} contacts have")
    };
    vec![StartBlocker {
        section: Section::Texters,
        code: StartBlockerCode::ContactsUnassigned,
        message: format!("{contacts} no texter."),
    }]
}

#[cfg(test)]
mod tests {
    use super::{StartBlockerCode::*, *};

    fn ready() -> CampaignFacts {
        CampaignFacts {
            title: "Get out the vote".to_owned(),
            description: "Saturday".to_owned(),
            due_by: DueBy::Ahead,
            contacts_count: 3,
            assigned_count: 3,
            dynamic: false,
            has_initial_script: true,
            unknown_tokens: vec![],
            tree_errors: vec![],
        }
    }

    fn codes(facts: &CampaignFacts) -> Vec<StartBlockerCode> {
        start_blockers(facts).iter().map(|blocker| blocker.code).collect()
    }

    #[test]
    fn a_complete_campaign_is_ready() {
        assert_eq!(start_blockers(&ready()), []);
        assert_eq!(start_warnings(&ready()), []);
    }

    #[test]
    fn a_new_campaign_lacks_everything() {
        let expected = [
            TitleMissing,
            DescriptionMissing,
            DueByMissing,
            ContactsMissing,
            InitialScriptMissing,
        ];
        assert_eq!(codes(&CampaignFacts::default()), expected);
    }

    #[test]
    fn each_gap_blocks_alone() {
        type Gap = (fn(&mut CampaignFacts), StartBlockerCode, Section);
        let gaps: [Gap; 8] = [
            (
                |facts| facts.title = " ".to_owned(),
                TitleMissing,
                Section::Basics,
            ),
            (
                |facts| facts.description.clear(),
                DescriptionMissing,
                Section::Basics,
            ),
            (
                |facts| facts.due_by = DueBy::Missing,
                DueByMissing,
                Section::Basics,
            ),
            (|facts| facts.due_by = DueBy::Passed, DueByPassed, Section::Basics),
            (
                |facts| facts.contacts_count = 0,
                ContactsMissing,
                Section::Contacts,
            ),
            (
                |facts| facts.has_initial_script = false,
                InitialScriptMissing,
                Section::Interactions,
            ),
            (
                |facts| facts.unknown_tokens.push("ask".to_owned()),
                UnknownToken,
                Section::Interactions,
            ),
            (
                |facts| facts.tree_errors.push("step 1: …".to_owned()),
                ScriptInvalid,
                Section::Interactions,
            ),
        ];
        for (make_gap, code, section) in gaps {
            let mut facts = ready();
            make_gap(&mut facts);
            let blockers = start_blockers(&facts);
            assert_eq!(blockers.len(), 1, "{code}");
            assert_eq!((blockers[0].code, blockers[0].section), (code, section));
        }
    }

    #[test]
    fn the_token_is_named() {
        let facts = CampaignFacts {
            unknown_tokens: vec!["ask".to_owned()],
            ..ready()
        };
        assert!(start_blockers(&facts)[0].message.contains("{ask}"));
    }

    #[test]
    fn texters_only_warn() {
        let mut facts = CampaignFacts {
            assigned_count: 1,
            ..ready()
        };
        assert_eq!(start_blockers(&facts), []);
        assert_eq!(start_warnings(&facts)[0].message, "2 contacts have no texter.");
        assert_eq!(start_warnings(&facts)[0].code, ContactsUnassigned);
        facts.dynamic = true;
        assert_eq!(start_warnings(&facts), []);
    }
}
