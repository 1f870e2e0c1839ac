//! A script's text and the tokens in it: `Hi {firstName}, …`.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The tokens that every campaign has; custom fields come on top.
///
/// Source: Spoke (`src/lib/scripts.js`). `texterFirstName` is deprecated there and still filled in.
pub const KNOWN_TOKENS: [&str; 10] = [
    "firstName",
    "lastName",
    "cell",
    "zip",
    "external_id",
    "texterFirstName",
    "texterLastName",
    "texterAliasOrFirstName",
    "contactId",
    "contactIdBase62",
];

/// A script, parsed to parts: literal, token, literal, token, …, literal.
///
/// The parts always start and end with a literal (possibly empty), so their number is odd. This array is what
/// PostgreSQL stores (`text[]`) and what its rendering function walks; serde writes the same array.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Script {
    parts: Vec<String>,
}

/// Why an array is not the parts of a script.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ScriptError {
    /// The number of parts is even, so the array does not end with a literal.
    #[error("a script has an odd number of parts, not {0}")]
    EvenParts(usize),
    /// A token that no text could have given.
    #[error("`{0}` is not the name of a script variable")]
    BadToken(String),
}

/// Parses a text. Never fails: what is not a token is literal.
///
/// A token is `{name}`, where the name is trimmed, is not empty and holds no brace and no line break. There is no way
/// to escape a brace, as in Spoke: `{}`, `{ }` and a brace without its partner stand for themselves.
pub fn parse(text: &str) -> Script {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        literal.push_str(before);
        let end = after.find(['{', '}', '\n', '\r']);
        let token = end
            .and_then(|end| after.split_at_checked(end))
            .and_then(|(inside, tail)| {
                let name = inside.trim();
                tail.strip_prefix('}')
                    .filter(|_| !name.is_empty())
                    .map(|tail| (name, tail))
            });
        match token {
            Some((name, tail)) => {
                parts.push(std::mem::take(&mut literal));
                parts.push(name.to_owned());
                rest = tail;
            }
            None => {
                literal.push('{');
                rest = after;
            }
        }
    }
    literal.push_str(rest);
    parts.push(literal);
    Script { parts }
}

impl Script {
    /// Takes parts as stored.
    ///
    /// # Errors
    ///
    /// [`ScriptError`] if the array is not literal, token, …, literal.
    pub fn from_parts(parts: Vec<String>) -> Result<Self, ScriptError> {
        if parts.len().is_multiple_of(2) {
            return Err(ScriptError::EvenParts(parts.len()));
        }
        match parts.iter().skip(1).step_by(2).find(|name| !is_token_name(name)) {
            Some(name) => Err(ScriptError::BadToken(name.clone())),
            None => Ok(Self { parts }),
        }
    }

    /// The parts as stored: literal, token, …, literal.
    pub fn parts(&self) -> Vec<String> {
        self.parts.clone()
    }

    /// The tokens in order of appearance, each as often as it appears.
    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().skip(1).step_by(2).map(String::as_str)
    }

    /// The tokens that are neither [`KNOWN_TOKENS`] nor custom fields, each once, in order of appearance.
    ///
    /// Names are compared exactly: `{firstname}` is unknown, because nothing would fill it in.
    pub fn unknown_tokens(&self, custom_fields: &[String]) -> Vec<String> {
        let mut unknown: Vec<String> = Vec::new();
        for token in self.tokens() {
            let known =
                KNOWN_TOKENS.contains(&token) || custom_fields.iter().any(|field| field.trim() == token);
            if !known && !unknown.iter().any(|seen| seen == token) {
                unknown.push(token.to_owned());
            }
        }
        unknown
    }

    /// The text for one contact. A token without a value becomes empty.
    ///
    /// Values are inserted as they are: `$&` or `{zip}` in a contact's data is not interpreted.
    pub fn render(&self, lookup: impl Fn(&str) -> Option<String>) -> String {
        let mut text = String::new();
        for (index, part) in self.parts.iter().enumerate() {
            if index % 2 == 0 {
                text.push_str(part);
            } else if let Some(value) = lookup(part) {
                text.push_str(&value);
            }
        }
        text
    }

    /// Is there nothing but white space?
    pub fn is_blank(&self) -> bool {
        self.parts.len() == 1 && self.parts.iter().all(|literal| literal.trim().is_empty())
    }
}

impl From<Script> for Vec<String> {
    fn from(script: Script) -> Self {
        script.parts
    }
}

impl TryFrom<Vec<String>> for Script {
    type Error = ScriptError;

    fn try_from(parts: Vec<String>) -> Result<Self, ScriptError> {
        Self::from_parts(parts)
    }
}

/// Could this name stand between braces, exactly as it is?
pub fn is_token_name(name: &str) -> bool {
    !name.is_empty() && name.trim() == name && !name.contains(['{', '}', '\n', '\r'])
}

/// A contact's or texter's name as it appears in a text: `ANNA` and `anna` become `Anna`, `McCoy` stays.
///
/// Trimmed; left as it is if it starts with a capital and has a small letter after it; else the first letter large and
/// the rest small. Source: Spoke's `capitalize` (`src/lib/scripts.js`).
pub fn capitalize_name(name: &str) -> String {
    let name = name.trim();
    let mut characters = name.chars();
    let Some(first) = characters.next() else {
        return String::new();
    };
    if first.is_uppercase() && characters.clone().any(char::is_lowercase) {
        return name.to_owned();
    }
    // Where the capital is not one letter (ß), the small one stays, as PostgreSQL's `upper` has it.
    let mut upper = first.to_uppercase();
    let first = if upper.len() == 1 {
        upper.next().unwrap_or(first)
    } else {
        first
    };
    std::iter::once(first)
        .chain(characters.as_str().to_lowercase().chars())
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(text: &str) -> Vec<String> {
        parse(text).parts()
    }

    #[test]
    fn parses_to_alternating_parts() {
        assert_eq!(parts(""), [""]);
        assert_eq!(parts("Hi"), ["Hi"]);
        assert_eq!(parts("Hi {firstName}!"), ["Hi ", "firstName", "!"]);
        assert_eq!(parts("{firstName}"), ["", "firstName", ""]);
        assert_eq!(parts("{a}{b}"), ["", "a", "", "b", ""]);
        assert_eq!(parts("{ first name }"), ["", "first name", ""]);
        assert_eq!(parts("é{naïve}ß"), ["é", "naïve", "ß"]);
    }

    #[test]
    fn what_is_no_token_is_literal() {
        for literal in [
            "{}", "{ }", "{", "}", "}{", "{a", "a}", "{a\nb}", "{a\rb}", "{{", "{\u{a0}}",
        ] {
            assert_eq!(parts(literal), [literal], "{literal:?}");
        }
        assert_eq!(parts("{a{b}"), ["{a", "b", ""]);
        assert_eq!(parts("{{b}}"), ["{", "b", "}"]);
        assert_eq!(parts("{\n{b}"), ["{\n", "b", ""]);
    }

    #[test]
    fn renders_values_literally() {
        let script = parse("Hi {firstName}, {ask} {missing}.");
        let text = script.render(|name| match name {
            "firstName" => Some("{zip}".to_owned()),
            "ask" => Some("$& $1 {firstName}".to_owned()),
            _ => None,
        });
        assert_eq!(text, "Hi {zip}, $& $1 {firstName} .");
    }

    #[test]
    fn lists_unknown_tokens_once() {
        let script = parse("{firstName} {ask} {event} {ask} {firstname} {contactIdBase62}");
        assert_eq!(script.unknown_tokens(&["event".to_owned()]), ["ask", "firstname"]);
        assert_eq!(script.tokens().count(), 6);
        for token in KNOWN_TOKENS {
            assert!(parse(&format!("{{{token}}}")).unknown_tokens(&[]).is_empty());
        }
    }

    #[test]
    fn takes_stored_parts_only_if_well_formed() {
        let stored =
            |parts: &[&str]| Script::from_parts(parts.iter().map(|part| (*part).to_owned()).collect());
        assert_eq!(stored(&["Hi ", "firstName", ""]), Ok(parse("Hi {firstName}")));
        assert_eq!(stored(&[]), Err(ScriptError::EvenParts(0)));
        assert_eq!(stored(&["a", "b"]), Err(ScriptError::EvenParts(2)));
        for bad in ["", " b", "b}", "{", "b\nc"] {
            assert_eq!(
                stored(&["a", bad, ""]),
                Err(ScriptError::BadToken(bad.to_owned()))
            );
        }
        assert!(serde_json::from_str::<Script>(r#"["a","b"]"#).is_err());
    }

    #[test]
    fn knows_blank_scripts() {
        assert!(parse(" \n").is_blank());
        assert!(!parse("{firstName}").is_blank());
    }

    #[test]
    fn capitalizes_names() {
        let cases = [
            ("anna", "Anna"),
            ("ANNA", "Anna"),
            (" Anna ", "Anna"),
            ("McCoy", "McCoy"),
            ("mcCoy", "Mccoy"),
            ("DeShawn", "DeShawn"),
            ("MARY ANN", "Mary ann"),
            ("élise", "Élise"),
            ("ÉLISE", "Élise"),
            ("j", "J"),
            ("J", "J"),
            ("李", "李"),
            ("ßA", "ßa"),
            ("", ""),
            ("  ", ""),
        ];
        for (name, expected) in cases {
            assert_eq!(capitalize_name(name), expected, "{name:?}");
        }
    }

    proptest! {
        #[test]
        fn parts_are_well_formed(text in "[ab {}\n\\$é]{0,40}") {
            let script = parse(&text);
            prop_assert_eq!(script.parts.len() % 2, 1);
            prop_assert!(script.tokens().all(is_token_name));
            prop_assert_eq!(Script::from_parts(script.parts()), Ok(script.clone()));
            let json = serde_json::to_string(&script).unwrap();
            prop_assert_eq!(serde_json::from_str::<Script>(&json).unwrap(), script);
        }

        #[test]
        fn putting_the_tokens_back_gives_the_text(text in "([ab{}\n]|\\{[a-c]{1,3}\\}){0,20}") {
            let script = parse(&text);
            prop_assert_eq!(script.render(|name| Some(format!("{{{name}}}"))), text);
        }

        #[test]
        fn a_value_appears_exactly_as_it_is(value in "\\PC{0,30}") {
            let text = parse("<{x}>").render(|_| Some(value.clone()));
            prop_assert_eq!(text, format!("<{value}>"));
        }

        #[test]
        fn capitalizing_twice_changes_nothing(name in "[a-zA-Zéß '-]{0,12}") {
            let once = capitalize_name(&name);
            prop_assert_eq!(capitalize_name(&once), once);
        }
    }
}
