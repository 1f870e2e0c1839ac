//! What a contact's text asks for: to stop, to come back, to be helped, or nothing of the kind.
//!
//! Words are compared without case, accents, punctuation, emoji and courtesies ([`plain_words`]). First come the
//! carriers' own words, which always count; then the organization's exceptions; then phrases, built in or the
//! organization's own. Whatever asks to stop beats whatever asks for help, and that beats coming back.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::opt_out_words::OPT_OUT_KEYWORDS;

mod built_in;
mod plain;

pub use built_in::Language;
pub use plain::plain_words;
use plain::without_courtesy;

/// Phrases of one kind that an organization may have.
pub const MAX_PHRASES: usize = 200;
/// Longest phrase, in characters.
pub const MAX_PHRASE_CHARS: usize = 100;

/// Words that always ask to stop, whatever an organization sets: those of FCC 24-18 (47 CFR 64.1200(a)(10), in force
/// since 11 April 2025) and Twilio's default keywords, which the vendor acts on by itself.
pub const ALWAYS_STOP: [&str; 10] = [
    "stop",
    "stopall",
    "stop all",
    "unsubscribe",
    "cancel",
    "end",
    "quit",
    "revoke",
    "optout",
    "opt out",
];

/// Words that ask to come back. Source: Twilio's default keywords. They count only from a cell that has opted out:
/// "yes" is an answer everywhere else.
pub const START_KEYWORDS: [&str; 3] = ["start", "unstop", "yes"];

/// Words that ask who this is. Source: CTIA Messaging Principles (2023) and Twilio's default keywords.
pub const HELP_KEYWORDS: [&str; 2] = ["help", "info"];

/// What a text asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
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

impl InboundIntent {
    /// As the SQL function `receive_message` takes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Start => "start",
            Self::Help => "help",
            Self::Other => "other",
        }
    }
}

/// How a phrase is compared with a text; whole words always.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchKind {
    /// The text says this and nothing else but "please" and the like.
    Exact,
    /// The text begins with it.
    StartsWith,
    /// The text ends with it, "please" and the like aside.
    EndsWith,
    /// The text has it somewhere.
    Contains,
}

/// A phrase of an organization.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Phrase {
    /// How it is compared.
    #[serde(rename = "match")]
    pub kind: MatchKind,
    /// Its words.
    pub text: String,
}

/// What an organization adds to the rules that are built in; stored as JSON in `organization.features`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OwnRules {
    /// Languages besides English whose words count.
    pub languages: Vec<Language>,
    /// More that asks to stop.
    pub stop: Vec<Phrase>,
    /// More that asks to come back.
    pub start: Vec<Phrase>,
    /// More that asks for help.
    pub help: Vec<Phrase>,
    /// What asks for nothing of the kind, such as "stop by". Does not hold against [`ALWAYS_STOP`].
    pub exceptions: Vec<Phrase>,
}

/// Why rules cannot be had. Names the list, the number of the phrase from 1, and the reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// Too many phrases.
    #[error("{0}: {MAX_PHRASES} phrases at most")]
    TooMany(&'static str),
    /// A phrase that is too long.
    #[error("{0}: phrase {1} is longer than {MAX_PHRASE_CHARS} characters")]
    TooLong(&'static str, usize),
    /// A phrase that has nothing to compare.
    #[error("{0}: phrase {1} has no letter and no digit")]
    Empty(&'static str, usize),
    /// An exception that would disable a word that must count.
    #[error("{0}: phrase {1} must always count as a request to stop; the law and carriers demand it")]
    Forbidden(&'static str, usize),
}

impl OwnRules {
    /// Refuses what makes no sense.
    ///
    /// # Errors
    ///
    /// The first [`RuleError`].
    pub fn check(&self) -> Result<(), RuleError> {
        let lists = [
            ("stop", &self.stop),
            ("start", &self.start),
            ("help", &self.help),
            ("exceptions", &self.exceptions),
        ];
        for (name, phrases) in lists {
            if phrases.len() > MAX_PHRASES {
                return Err(RuleError::TooMany(name));
            }
            for (phrase, number) in phrases.iter().zip(1..) {
                let words = plain_words(&phrase.text);
                if phrase.text.chars().count() > MAX_PHRASE_CHARS {
                    return Err(RuleError::TooLong(name, number));
                }
                if words.is_empty() {
                    return Err(RuleError::Empty(name, number));
                }
                if name == "exceptions" && ALWAYS_STOP.contains(&words.as_str()) {
                    return Err(RuleError::Forbidden(name, number));
                }
            }
        }
        Ok(())
    }
}

/// Where a rule comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Everybody has it.
    BuiltIn,
    /// The organization's own.
    Own,
    /// The organization's own exception.
    Exception,
}

/// The rule that decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched {
    /// Where it comes from.
    pub origin: Origin,
    /// How it was compared.
    pub kind: MatchKind,
    /// Its words.
    pub words: String,
}

/// What a text asks for, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What it asks for.
    pub intent: InboundIntent,
    /// The rule that says so; none when no rule fits.
    pub rule: Option<Matched>,
}

#[derive(Debug)]
struct Rule {
    origin: Origin,
    kind: MatchKind,
    words: String,
    /// Not when the word before it is "don't" or the like.
    unless_negated: bool,
}

impl Rule {
    fn new(origin: Origin, kind: MatchKind, text: &str) -> Self {
        Self {
            origin,
            kind,
            words: plain_words(text),
            unless_negated: false,
        }
    }

    fn fits(&self, text: &Text) -> bool {
        let words = self.words.as_str();
        if words.is_empty() {
            return false;
        }
        match self.kind {
            MatchKind::Exact => text.words == words || text.bare == words,
            MatchKind::StartsWith => starts_with(&text.words, words) || starts_with(&text.bare, words),
            MatchKind::EndsWith => ends_with(&text.words, words) || ends_with(&text.bare, words),
            MatchKind::Contains => text
                .padded
                .match_indices(&format!(" {words} "))
                .any(|(at, _)| !self.unless_negated || !is_negated(text.padded.get(..at))),
        }
    }

    fn matched(&self) -> Matched {
        Matched {
            origin: self.origin,
            kind: self.kind,
            words: self.words.clone(),
        }
    }
}

fn starts_with(text: &str, words: &str) -> bool {
    text.strip_prefix(words)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

fn ends_with(text: &str, words: &str) -> bool {
    text.strip_suffix(words)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with(' '))
}

/// Whether what stands before a phrase turns it round: "don't stop texting me".
fn is_negated(before: Option<&str>) -> bool {
    let last = before.and_then(|before| before.split(' ').next_back());
    last.is_some_and(|word| built_in::NEGATIONS.contains(&word))
}

/// A text got ready to be compared.
struct Text {
    /// Its plain words.
    words: String,
    /// The same without courtesies at both ends.
    bare: String,
    /// With a space before and after.
    padded: String,
}

impl Text {
    fn new(text: &str) -> Self {
        let words = plain::joined_letters(plain_words(text));
        Self {
            bare: without_courtesy(&words).to_owned(),
            padded: format!(" {words} "),
            words,
        }
    }
}

/// Rules, ready to decide.
#[derive(Debug, Default)]
pub struct OptOutRules {
    always: Vec<Rule>,
    exceptions: Vec<Rule>,
    phrases: Vec<(InboundIntent, Rule)>,
}

static BUILT_IN: LazyLock<OptOutRules> = LazyLock::new(|| OptOutRules::new(&OwnRules::default()));

impl OptOutRules {
    /// The rules of an organization that has none of its own.
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// The built-in rules and an organization's own.
    pub fn new(own: &OwnRules) -> Self {
        let mut rules = Self::default();
        let exact = |word: &&str| Rule::new(Origin::BuiltIn, MatchKind::Exact, word);
        rules.always.extend(ALWAYS_STOP.iter().map(exact));
        for phrase in &own.exceptions {
            rules
                .exceptions
                .push(Rule::new(Origin::Exception, phrase.kind, &phrase.text));
        }
        let mut add = |intent, rule| rules.phrases.push((intent, rule));
        for phrase in &own.stop {
            add(
                InboundIntent::Stop,
                Rule::new(Origin::Own, phrase.kind, &phrase.text),
            );
        }
        for word in &OPT_OUT_KEYWORDS {
            add(InboundIntent::Stop, exact(word));
        }
        for (kind, text) in built_in::STOP_PHRASES {
            let rule = Rule::new(Origin::BuiltIn, *kind, text);
            let unless_negated = rule.words.starts_with("stop ");
            add(
                InboundIntent::Stop,
                Rule {
                    unless_negated,
                    ..rule
                },
            );
        }
        for language in &own.languages {
            for (intent, kind, text) in language.phrases() {
                add(*intent, Rule::new(Origin::BuiltIn, *kind, text));
            }
        }
        let more = [
            (InboundIntent::Help, &HELP_KEYWORDS[..], &own.help),
            (InboundIntent::Start, &START_KEYWORDS[..], &own.start),
        ];
        for (intent, keywords, phrases) in more {
            for phrase in phrases {
                add(intent, Rule::new(Origin::Own, phrase.kind, &phrase.text));
            }
            for word in keywords {
                add(intent, exact(word));
            }
        }
        // Stop before help before start, in the order of each.
        rules.phrases.sort_by_key(|(intent, _)| match intent {
            InboundIntent::Stop => 0,
            InboundIntent::Help => 1,
            InboundIntent::Start | InboundIntent::Other => 2,
        });
        rules
    }

    /// What a text asks for.
    pub fn decide(&self, text: &str) -> Decision {
        let text = Text::new(text);
        let decided = |intent, rule: &Rule| Decision {
            intent,
            rule: Some(rule.matched()),
        };
        if let Some(rule) = self.always.iter().find(|rule| rule.fits(&text)) {
            return decided(InboundIntent::Stop, rule);
        }
        if let Some(rule) = self.exceptions.iter().find(|rule| rule.fits(&text)) {
            return decided(InboundIntent::Other, rule);
        }
        let is_stop = |intent: &InboundIntent| *intent == InboundIntent::Stop;
        let stop = self.phrases.iter().filter(|(intent, _)| is_stop(intent));
        if let Some((intent, rule)) = stop.into_iter().find(|(_, rule)| rule.fits(&text)) {
            return decided(*intent, rule);
        }
        if let Some(words) = built_in::takes_me_off_a_list(&text.padded) {
            return Decision {
                intent: InboundIntent::Stop,
                rule: Some(Matched {
                    origin: Origin::BuiltIn,
                    kind: MatchKind::Contains,
                    words,
                }),
            };
        }
        let rest = self.phrases.iter().filter(|(intent, _)| !is_stop(intent));
        match rest.into_iter().find(|(_, rule)| rule.fits(&text)) {
            Some((intent, rule)) => decided(*intent, rule),
            None => Decision {
                intent: InboundIntent::Other,
                rule: None,
            },
        }
    }
}

/// Whether a text is, word for word, one that carriers and vendors act on by themselves.
pub fn is_carrier_keyword(text: &str) -> bool {
    let words = plain_words(text);
    let lists = [&ALWAYS_STOP[..], &START_KEYWORDS[..], &HELP_KEYWORDS[..]];
    lists.iter().any(|list| list.contains(&words.as_str()))
}

#[cfg(test)]
mod tests;
