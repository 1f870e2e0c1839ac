//! Opting out and coming back, as admins see it.

use async_graphql::{Context, Enum, InputObject, MaybeUndefined, SimpleObject};
use bellwether_db::{
    opt_out_history::OptOutEventRow, opt_out_list::TransferRow, organization::OrganizationRow,
    unmatched_text::UnmatchedTextRow,
};
use bellwether_domain::opt_out_rules::{self, Language, OwnRules, Phrase};

use super::{
    app,
    contact::CampaignContact,
    error::GqlResult,
    loaders::{ContactKey, Load, UserKey},
    scalars::{Date, Json},
    user::User,
};
use crate::{
    error::OpError,
    opt_out::{
        settings::{OptOutSettings as Settings, OptOutSettingsEdit},
        test_rules::Tested,
        transfer,
    },
    organization::opt_out_message::opt_out_message,
};

/// What a contact's text asks for.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "opt_out_rules::InboundIntent")]
pub enum InboundIntent {
    /// To be texted no more.
    Stop,
    /// To be texted again; counts only from a cell that has opted out.
    Start,
    /// To be told who this is.
    Help,
    /// Something for a texter to read.
    Other,
}

/// How a phrase is compared with a text; whole words always, without case, accents, punctuation and emoji.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "opt_out_rules::MatchKind")]
pub enum OptOutMatch {
    /// The text says this and nothing else but "please" and the like.
    Exact,
    /// The text begins with it.
    StartsWith,
    /// The text ends with it.
    EndsWith,
    /// The text has it somewhere.
    Contains,
}

/// Where a rule comes from.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "opt_out_rules::Origin")]
pub enum OptOutRuleOrigin {
    /// Everybody has it.
    BuiltIn,
    /// The organization's own.
    Own,
    /// The organization's own exception.
    Exception,
}

/// A phrase of an organization.
#[derive(SimpleObject)]
pub struct OptOutPhrase {
    /// How it is compared.
    #[graphql(name = "match")]
    pub kind: OptOutMatch,
    /// Its words.
    pub text: String,
}

/// What an organization adds to the rules that are built in.
#[derive(SimpleObject)]
pub struct OptOutRules {
    /// Languages besides English whose words count: es, fr, pt, zh.
    pub languages: Vec<String>,
    /// More that asks to stop.
    pub stop: Vec<OptOutPhrase>,
    /// More that asks to come back.
    pub start: Vec<OptOutPhrase>,
    /// More that asks for help.
    pub help: Vec<OptOutPhrase>,
    /// What asks for nothing of the kind, such as "stop by".
    pub exceptions: Vec<OptOutPhrase>,
}

impl OptOutRules {
    fn new(rules: &OwnRules) -> Self {
        let phrases = |phrases: &[Phrase]| {
            phrases
                .iter()
                .map(|phrase| OptOutPhrase {
                    kind: phrase.kind.into(),
                    text: phrase.text.clone(),
                })
                .collect()
        };
        Self {
            languages: rules
                .languages
                .iter()
                .map(|language| language.code().to_owned())
                .collect(),
            stop: phrases(&rules.stop),
            start: phrases(&rules.start),
            help: phrases(&rules.help),
            exceptions: phrases(&rules.exceptions),
        }
    }
}

/// A phrase.
#[derive(InputObject)]
pub struct OptOutPhraseInput {
    /// How it is compared.
    #[graphql(name = "match")]
    pub kind: OptOutMatch,
    /// Its words, 100 characters at most.
    pub text: String,
}

/// All rules of an organization; what is left out is none.
#[derive(InputObject)]
pub struct OptOutRulesInput {
    /// Languages besides English whose words count: es, fr, pt, zh.
    #[graphql(default)]
    pub languages: Vec<String>,
    /// More that asks to stop; 200 phrases at most, as in each list.
    #[graphql(default)]
    pub stop: Vec<OptOutPhraseInput>,
    /// More that asks to come back.
    #[graphql(default)]
    pub start: Vec<OptOutPhraseInput>,
    /// More that asks for help.
    #[graphql(default)]
    pub help: Vec<OptOutPhraseInput>,
    /// What asks for nothing of the kind. STOP and the other words that the law names count all the same.
    #[graphql(default)]
    pub exceptions: Vec<OptOutPhraseInput>,
}

impl OptOutRulesInput {
    /// As the domain has them.
    pub fn parse(self) -> GqlResult<OwnRules> {
        let mut languages = Vec::new();
        for code in &self.languages {
            let language = Language::parse(code).ok_or_else(|| {
                OpError::bad_input(format!("rules.languages: {code:?} is none of es, fr, pt and zh"))
            })?;
            if !languages.contains(&language) {
                languages.push(language);
            }
        }
        let phrases = |phrases: Vec<OptOutPhraseInput>| {
            phrases
                .into_iter()
                .map(|phrase| Phrase {
                    kind: phrase.kind.into(),
                    text: phrase.text.replace('\0', ""),
                })
                .collect()
        };
        Ok(OwnRules {
            languages,
            stop: phrases(self.stop),
            start: phrases(self.start),
            help: phrases(self.help),
            exceptions: phrases(self.exceptions),
        })
    }
}

/// What an organization has set about opting out.
#[derive(SimpleObject)]
pub struct OptOutSettings {
    /// Rules of its own, besides those that are built in.
    pub rules: OptOutRules,
    /// Whether STOP is answered; null: as usual, that is always but where the service answers by itself.
    pub answers_stop: Option<bool>,
    /// Whether START is answered; null: as usual.
    pub answers_start: Option<bool>,
    /// Whether HELP is answered; null: as usual.
    pub answers_help: Option<bool>,
    /// The confirmation of an opt-out that holds; set by updateOptOutMessage.
    pub stop_message: String,
    /// The answer to START that holds.
    pub start_message: String,
    /// The answer to HELP that holds.
    pub help_message: String,
    /// How people reach the organization; part of the answer to HELP that is made where it has none of its own.
    pub help_contact: Option<String>,
    /// Whether opt-outs count for every organization of this instance.
    pub is_shared: bool,
}

impl OptOutSettings {
    /// Of an organization.
    pub fn new(ctx: &Context<'_>, organization: &OrganizationRow) -> Self {
        let settings = Settings::of(&organization.features);
        Self {
            rules: OptOutRules::new(&settings.rules),
            answers_stop: settings.answers_stop,
            answers_start: settings.answers_start,
            answers_help: settings.answers_help,
            stop_message: opt_out_message(app(ctx), organization),
            start_message: settings.start_answer(&organization.name),
            help_message: settings.help_answer(&organization.name),
            help_contact: settings.help_contact,
            is_shared: app(ctx).config.opt_outs_share_all_orgs,
        }
    }
}

/// What is to be changed; what is left out stays. Null brings the usual answer back, an empty text the usual text.
#[derive(InputObject)]
pub struct OptOutSettingsInput {
    /// All rules: those that were there before go.
    pub rules: Option<OptOutRulesInput>,
    /// Whether STOP is answered.
    pub answers_stop: MaybeUndefined<bool>,
    /// Whether START is answered.
    pub answers_start: MaybeUndefined<bool>,
    /// Whether HELP is answered.
    pub answers_help: MaybeUndefined<bool>,
    /// The answer to START.
    pub start_message: Option<String>,
    /// The answer to HELP.
    pub help_message: Option<String>,
    /// How people reach the organization.
    pub help_contact: Option<String>,
}

impl OptOutSettingsInput {
    /// As the operation takes it.
    pub fn parse(self) -> GqlResult<OptOutSettingsEdit> {
        let flag = |given: MaybeUndefined<bool>| match given {
            MaybeUndefined::Undefined => None,
            MaybeUndefined::Null => Some(None),
            MaybeUndefined::Value(yes) => Some(Some(yes)),
        };
        Ok(OptOutSettingsEdit {
            rules: self.rules.map(OptOutRulesInput::parse).transpose()?,
            answers_stop: flag(self.answers_stop),
            answers_start: flag(self.answers_start),
            answers_help: flag(self.answers_help),
            start_message: self.start_message,
            help_message: self.help_message,
            help_contact: self.help_contact,
        })
    }
}

/// The rule that decided.
#[derive(SimpleObject)]
pub struct OptOutRuleMatch {
    /// Where it comes from.
    pub origin: OptOutRuleOrigin,
    /// How it was compared.
    #[graphql(name = "match")]
    pub kind: OptOutMatch,
    /// Its words, in the form that texts are compared in.
    pub words: String,
}

/// What would become of a text.
#[derive(SimpleObject)]
pub struct OptOutRuleTest {
    /// The text.
    pub sample: String,
    /// What it asks for.
    pub intent: InboundIntent,
    /// What would be done, in words.
    pub effect: String,
    /// The rule that says so; null when none fits.
    pub rule: Option<OptOutRuleMatch>,
    /// What would be said to it; null: nothing.
    pub answer: Option<String>,
}

impl OptOutRuleTest {
    /// Wraps what the operation found.
    pub fn new(tested: Tested) -> Self {
        Self {
            sample: tested.sample,
            intent: tested.intent.into(),
            effect: tested.effect.to_owned(),
            rule: tested.rule.map(|rule| OptOutRuleMatch {
                origin: rule.origin.into(),
                kind: rule.kind.into(),
                words: rule.words,
            }),
            answer: tested.answer,
        }
    }
}

/// Something that became of a cell. Never changed, never deleted.
#[derive(SimpleObject)]
pub struct OptOutEvent {
    /// Its id; later ones are greater.
    pub id: String,
    /// The cell, E.164.
    pub cell: String,
    /// `OPTED_OUT` or LIFTED.
    pub what: String,
    /// Who said or did it: contact, texter, vendor, import, admin or unknown.
    pub source: String,
    /// The account that did it.
    pub user: Option<User>,
    /// Why, in the words that were given.
    pub reason: String,
    /// The id of the text that said it.
    pub message_id: Option<String>,
    /// When.
    pub created_at: Date,
}

impl OptOutEvent {
    /// Wraps a row.
    pub async fn new(ctx: &Context<'_>, row: OptOutEventRow) -> GqlResult<Self> {
        let user = match row.user_id {
            Some(id) => account(ctx, id, row.organization_id).await?,
            None => None,
        };
        Ok(Self {
            id: row.id.to_string(),
            cell: row.cell,
            what: row.what,
            source: row.source,
            user,
            reason: row.reason,
            message_id: row.message_id.map(|id| id.to_string()),
            created_at: Date(row.created_at),
        })
    }
}

/// Where a list stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "transfer::TransferStatus")]
pub enum OptOutTransferStatus {
    /// Waiting or under way.
    Running,
    /// Done.
    Done,
    /// Given up; the message says why.
    Failed,
    /// Somebody stopped it; what it did stays.
    Cancelled,
}

/// A list of opt-outs that is or was taken in or given out.
#[derive(SimpleObject)]
pub struct OptOutTransfer {
    /// Its id.
    pub id: String,
    /// IMPORT or EXPORT.
    pub kind: String,
    /// Where it stands.
    pub status: OptOutTransferStatus,
    /// Percent done.
    pub percent: i32,
    /// Rows read or written so far.
    pub rows: i32,
    /// Of an import: cells that had not opted out before.
    pub added: i32,
    /// Of an import: cells that had opted out before, or stood in the list twice.
    pub already: i32,
    /// Of an import: rows without a cell.
    pub invalid: i32,
    /// Why it failed or is tried again.
    pub message: String,
    /// Where the file is fetched for a day, below the server's address: an export's list, or the rows of an import that
    /// had no cell, with their lines and reasons.
    pub file_path: Option<String>,
    /// When it was asked for.
    pub created_at: Date,
    /// When it was done.
    pub finished_at: Option<Date>,
}

impl OptOutTransfer {
    /// Wraps a row.
    pub fn new(row: TransferRow) -> Self {
        let int = |number: i64| i32::try_from(number).unwrap_or(i32::MAX);
        let file = row.file_token.as_ref().zip(row.file_name.as_ref());
        Self {
            id: row.id.to_string(),
            status: transfer::status(&row).into(),
            percent: row.percent,
            rows: int(row.rows),
            added: int(row.added),
            already: int(row.already),
            invalid: int(row.invalid),
            file_path: file.map(|(token, name)| format!("/downloads/{token}/{name}")),
            created_at: Date(row.created_at),
            finished_at: row.finished_at.map(Date),
            kind: row.kind,
            message: row.result_message,
        }
    }
}

/// A text that belonged to no conversation when it came.
#[derive(SimpleObject)]
pub struct UnmatchedText {
    /// Its id.
    pub id: String,
    /// The cell that sent it.
    pub contact_number: String,
    /// The number that it came to.
    pub user_number: String,
    /// What it says.
    pub text: String,
    /// Pictures and the like, as they are stored.
    pub media: Option<Json>,
    /// Whether it was a request to stop.
    pub is_stop: bool,
    /// When it came.
    pub received_at: Date,
    /// ATTACHED, DISMISSED or `OPTED_OUT`; null: nobody has seen to it.
    pub resolution: Option<String>,
    /// When somebody saw to it.
    pub resolved_at: Option<Date>,
    /// Who saw to it; null: the server itself.
    pub resolved_by: Option<User>,
    /// The contact that it was given to.
    pub contact: Option<CampaignContact>,
}

impl UnmatchedText {
    /// Wraps a row.
    pub async fn new(ctx: &Context<'_>, row: UnmatchedTextRow) -> GqlResult<Self> {
        let resolved_by = match (row.resolved_by, row.organization_id) {
            (Some(id), Some(organization_id)) => account(ctx, id, organization_id).await?,
            _ => None,
        };
        let contact = match row.campaign_contact_id {
            Some(id) => ctx.data_unchecked::<Load>().load_one(ContactKey(id)).await?,
            None => None,
        };
        Ok(Self {
            id: row.id.to_string(),
            contact_number: row.contact_number,
            user_number: row.user_number,
            text: row.body,
            media: row.media.map(Json),
            is_stop: row.is_stop,
            received_at: Date(row.received_at),
            resolution: row.resolution,
            resolved_at: row.resolved_at.map(Date),
            resolved_by,
            contact: contact.map(CampaignContact::new),
        })
    }
}

/// An account as members of an organization see it.
pub async fn account(ctx: &Context<'_>, id: i64, organization_id: i64) -> GqlResult<Option<User>> {
    let found = ctx.data_unchecked::<Load>().load_one(UserKey(id)).await?;
    Ok(found.map(|row| User::in_organization(row, organization_id)))
}
