//! Phrases and languages that are built in.

use serde::{Deserialize, Serialize};

use super::{
    InboundIntent::{self, Help, Start, Stop},
    MatchKind::{self, Contains, EndsWith, Exact, StartsWith},
};

/// Words before "stop …" that turn it round.
pub const NEGATIONS: [&str; 9] = [
    "dont", "t", "not", "never", "didnt", "wont", "cant", "doesnt", "without",
];

/// Phrases that ask to stop. Sources: the default list of Spoke's `auto-optout` message handler (those with "contact",
/// "number", "name", "opt out" and "remove me", and "stop" as the first word), and requests in plain words as FCC 24-18
/// gives them as examples of reasonable means.
pub const STOP_PHRASES: &[(MatchKind, &str)] = &[
    (StartsWith, "stop"),
    (Contains, "stopall"),
    (Contains, "stop2quit"),
    (EndsWith, "remove me"),
    (Contains, "remove my name"),
    (Contains, "remove my number"),
    (Contains, "remove this number"),
    (Contains, "lose my number"),
    (Contains, "lose my numbers"),
    (Contains, "delete my number"),
    (Contains, "take my number off"),
    (Contains, "dont contact me"),
    (Contains, "don t contact me"),
    (Contains, "do not contact me"),
    (Contains, "i opt out"),
    (Contains, "opt me out"),
    (Contains, "want to opt out"),
    (Contains, "like to opt out"),
    (Contains, "unsubscribe me"),
    (Contains, "stop texting"),
    (Contains, "stop messaging"),
    (Contains, "stop contacting"),
    (Contains, "stop sending me"),
    (Contains, "quit texting me"),
    (Contains, "dont text me"),
    (Contains, "don t text me"),
    (Contains, "do not text me"),
    (Contains, "dont message me"),
    (Contains, "don t message me"),
    (Contains, "do not message me"),
    (Contains, "never text me"),
    (Contains, "no more texts"),
    (Contains, "no more messages"),
    (Contains, "leave me alone"),
];

/// A language besides English, by its two letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Spanish.
    Es,
    /// French.
    Fr,
    /// Portuguese.
    Pt,
    /// Chinese.
    Zh,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 4] = [Self::Es, Self::Fr, Self::Pt, Self::Zh];

    /// Two letters.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Es => "es",
            Self::Fr => "fr",
            Self::Pt => "pt",
            Self::Zh => "zh",
        }
    }

    /// Reads [`code`](Self::code), in any case.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|language| language.code().eq_ignore_ascii_case(code.trim()))
    }

    /// What asks for what in it.
    pub const fn phrases(self) -> &'static [(InboundIntent, MatchKind, &'static str)] {
        match self {
            Self::Es => SPANISH,
            Self::Fr => FRENCH,
            Self::Pt => PORTUGUESE,
            Self::Zh => CHINESE,
        }
    }
}

/// Written from general knowledge of the language; no carrier publishes a list for all of them.
const SPANISH: &[(InboundIntent, MatchKind, &str)] = &[
    (Stop, Exact, "parar"),
    (Stop, Exact, "pare"),
    (Stop, Exact, "paren"),
    (Stop, Exact, "alto"),
    (Stop, Exact, "basta"),
    (Stop, Exact, "cancelar"),
    (Stop, Exact, "cancela"),
    (Stop, Exact, "detener"),
    (Stop, Exact, "salir"),
    (Stop, Exact, "terminar"),
    (Stop, Exact, "eliminar"),
    (Stop, Exact, "baja"),
    (Stop, Exact, "no mas"),
    (Stop, Contains, "no mas mensajes"),
    (Stop, Contains, "no mas textos"),
    (Stop, Contains, "darme de baja"),
    (Stop, Contains, "no me envien"),
    (Stop, Contains, "no me envies"),
    (Stop, Contains, "no me manden"),
    (Stop, Contains, "no me mandes"),
    (Stop, Contains, "no me escriban"),
    (Stop, Contains, "no me escribas"),
    (Stop, Contains, "no me contacten"),
    (Stop, Contains, "dejen de escribirme"),
    (Stop, Contains, "deja de escribirme"),
    (Stop, Contains, "quitenme de la lista"),
    (Stop, Contains, "saquenme de la lista"),
    (Start, Exact, "iniciar"),
    (Start, Exact, "comenzar"),
    (Help, Exact, "ayuda"),
    (Help, Exact, "informacion"),
];

const FRENCH: &[(InboundIntent, MatchKind, &str)] = &[
    (Stop, Exact, "arret"),
    (Stop, Exact, "arreter"),
    (Stop, Exact, "arretez"),
    (Stop, Exact, "desabonner"),
    (Stop, Exact, "desinscrire"),
    (Stop, Exact, "fin"),
    (Stop, Contains, "ne me contactez plus"),
    (Stop, Contains, "ne mecrivez plus"),
    (Stop, Contains, "ne menvoyez plus"),
    (Stop, Contains, "retirez moi de la liste"),
    (Start, Exact, "commencer"),
    (Help, Exact, "aide"),
];

const PORTUGUESE: &[(InboundIntent, MatchKind, &str)] = &[
    (Stop, Exact, "parar"),
    (Stop, Exact, "pare"),
    (Stop, Exact, "sair"),
    (Stop, Exact, "cancelar"),
    (Stop, Contains, "nao me envie"),
    (Stop, Contains, "nao me mande"),
    (Stop, Contains, "me tire da lista"),
    (Start, Exact, "comecar"),
    (Help, Exact, "ajuda"),
];

const CHINESE: &[(InboundIntent, MatchKind, &str)] = &[
    (Stop, Exact, "停止"),
    (Stop, Exact, "退订"),
    (Stop, Exact, "退訂"),
    (Stop, Exact, "取消"),
    (Stop, Exact, "不要再发"),
    (Stop, Exact, "不要再發"),
    (Start, Exact, "开始"),
    (Start, Exact, "開始"),
    (Help, Exact, "帮助"),
    (Help, Exact, "幫助"),
];

/// "take me off this list", "… the list", "… your lists". The words that said it.
pub fn takes_me_off_a_list(padded: &str) -> Option<String> {
    padded.split(" take me off ").skip(1).find_map(|rest| {
        let mut words = rest.split(' ');
        let whose = words.next().unwrap_or_default();
        let whose_fits = (whose.starts_with("th") && whose.len() > 2) || matches!(whose, "your" | "ur");
        let list = words.next().filter(|word| word.starts_with("list"))?;
        whose_fits.then(|| format!("take me off {whose} {list}"))
    })
}
