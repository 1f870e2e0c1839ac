use proptest::prelude::*;

use super::{
    InboundIntent::{Help, Other, Start, Stop},
    *,
};

fn phrase(kind: MatchKind, text: &str) -> Phrase {
    Phrase {
        kind,
        text: text.to_owned(),
    }
}

#[test]
fn plain_requests_to_stop_count() {
    let rules = OptOutRules::built_in();
    for text in [
        "please take me off your list",
        "remove me",
        "wrong number stop texting me",
        "don't text me again",
        "Don’t text me!",
        "do not text me ever",
        "I would like to opt out",
        "Please stop sending me these",
        "LEAVE ME ALONE",
        "no more texts please",
        "S.T.O.P",
        "s t o p",
        "ＳＴＯＰ",
        "st\u{200b}op",
        "Sto\u{301}p 🛑",
        "unsubscribe me now",
    ] {
        assert_eq!(rules.decide(text).intent, Stop, "{text:?}");
    }
    for text in [
        "don't stop texting me, I love it",
        "please do not stop sending me these",
        "I never stop texting",
        "Text me tomorrow",
        "he texts me",
        "more texts",
        "the number is wrong",
        "a b c",
    ] {
        assert_eq!(rules.decide(text).intent, Other, "{text:?}");
    }
}

#[test]
fn start_and_help_are_words_alone() {
    let rules = OptOutRules::built_in();
    for (text, intent) in [
        ("START", Start),
        ("Unstop.", Start),
        ("yes", Start),
        ("Yes please", Start),
        ("Yes, I will vote", Other),
        ("let's start", Other),
        ("HELP", Help),
        ("info?", Help),
        ("I want to help", Other),
        ("help me out on Saturday", Other),
        ("stop", Stop),
        ("AYUDA", Other),
    ] {
        assert_eq!(rules.decide(text).intent, intent, "{text:?}");
    }
}

#[test]
fn languages_count_where_they_are_set() {
    for (language, text, intent) in [
        (Language::Es, "PARAR", Stop),
        (Language::Es, "¡Alto!", Stop),
        (Language::Es, "basta por favor", Stop),
        (Language::Es, "No más", Stop),
        (Language::Es, "NO MAS", Stop),
        (Language::Es, "no me envíen más mensajes", Stop),
        (Language::Es, "Detener", Stop),
        (Language::Es, "Cancelar", Stop),
        (Language::Es, "salir", Stop),
        (Language::Es, "ayuda", Help),
        (Language::Es, "iniciar", Start),
        (Language::Fr, "Désabonner", Stop),
        (Language::Fr, "ne m'écrivez plus", Stop),
        (Language::Pt, "não me envie mais", Stop),
        (Language::Zh, "退订", Stop),
    ] {
        let own = OwnRules {
            languages: vec![language],
            ..OwnRules::default()
        };
        assert_eq!(OptOutRules::new(&own).decide(text).intent, intent, "{text:?}");
        assert_eq!(
            OptOutRules::built_in().decide(text).intent,
            Other,
            "{text:?} without its language"
        );
    }
    assert_eq!(OptOutRules::built_in().decide("Arrêt").intent, Stop);
    for language in Language::ALL {
        assert_eq!(Language::parse(&language.code().to_uppercase()), Some(language));
        for (_, _, text) in language.phrases() {
            assert_eq!(plain_words(text), *text, "{text:?} could never be found");
        }
    }
    assert_eq!(Language::parse("en"), None);
}

#[test]
fn built_in_phrases_are_in_the_form_that_texts_are_compared_in() {
    for (_, text) in built_in::STOP_PHRASES {
        assert_eq!(plain_words(text), *text);
    }
}

#[test]
fn an_organizations_rules_decide_and_say_so() {
    let own = OwnRules {
        stop: vec![
            phrase(MatchKind::Contains, "Basta ya"),
            phrase(MatchKind::StartsWith, "go away"),
        ],
        start: vec![phrase(MatchKind::Exact, "count me in")],
        help: vec![phrase(MatchKind::EndsWith, "who is this?")],
        exceptions: vec![
            phrase(MatchKind::StartsWith, "stop by"),
            phrase(MatchKind::Contains, "leave me alone with"),
        ],
        ..OwnRules::default()
    };
    own.check().unwrap();
    let rules = OptOutRules::new(&own);
    for (text, intent, origin) in [
        ("Ok ¡basta ya! gracias", Stop, Some(Origin::Own)),
        ("Go away.", Stop, Some(Origin::Own)),
        ("let it go away", Other, None),
        ("Count me in!", Start, Some(Origin::Own)),
        ("and who is this?", Help, Some(Origin::Own)),
        ("Stop by any time", Other, Some(Origin::Exception)),
        ("stop bye", Stop, Some(Origin::BuiltIn)),
        ("leave me alone with that", Other, Some(Origin::Exception)),
        ("leave me alone", Stop, Some(Origin::BuiltIn)),
        ("take me off your list", Stop, Some(Origin::BuiltIn)),
    ] {
        let decision = rules.decide(text);
        assert_eq!(decision.intent, intent, "{text:?}");
        assert_eq!(decision.rule.map(|rule| rule.origin), origin, "{text:?}");
    }
}

#[test]
fn rules_that_make_no_sense_are_refused_by_name() {
    let check = |own: OwnRules| own.check().unwrap_err().to_string();
    let exceptions = |text: &str| OwnRules {
        exceptions: vec![
            phrase(MatchKind::Exact, "stop by"),
            phrase(MatchKind::Contains, text),
        ],
        ..OwnRules::default()
    };
    assert!(check(exceptions("STOP")).starts_with("exceptions: phrase 2 must always count"));
    assert!(check(exceptions("Opt-out!")).contains("phrase 2"));
    assert!(check(exceptions(" 🛑 ")).contains("no letter"));
    assert!(check(exceptions(&"x".repeat(101))).contains("100"));
    let many = OwnRules {
        help: vec![phrase(MatchKind::Exact, "a"); MAX_PHRASES + 1],
        ..OwnRules::default()
    };
    assert_eq!(check(many), "help: 200 phrases at most");
}

#[test]
fn rules_are_read_from_json_as_they_are_stored() {
    let json = r#"{"languages": ["es"], "stop": [{"match": "starts_with", "text": "go away"}]}"#;
    let own: OwnRules = serde_json::from_str(json).unwrap();
    assert_eq!(own.languages, [Language::Es]);
    assert_eq!(own.stop, [phrase(MatchKind::StartsWith, "go away")]);
    assert!(own.exceptions.is_empty());
    let back: OwnRules = serde_json::from_value(serde_json::to_value(&own).unwrap()).unwrap();
    assert_eq!(back, own);
    assert!(serde_json::from_str::<OwnRules>(r#"{"languages": ["xx"]}"#).is_err());
}

#[test]
fn what_vendors_answer_themselves() {
    for text in ["STOP", "Stop.", "start", "HELP", "opt-out"] {
        assert!(is_carrier_keyword(text), "{text:?}");
    }
    for text in ["please take me off your list", "stop texting me", "ayuda", ""] {
        assert!(!is_carrier_keyword(text), "{text:?}");
    }
}

fn dressed(keyword: &str, upper: bool, before: &str, after: &str, accent: Option<usize>) -> String {
    let mut text = String::new();
    for (index, character) in keyword.chars().enumerate() {
        text.push(character);
        if Some(index) == accent {
            text.push('\u{301}');
        }
    }
    let text = if upper { text.to_uppercase() } else { text };
    format!("{before}{text}{after}")
}

const AROUND: &str = "[ .,;:!?\"()*_\n\t🙏🛑😡\u{fe0f}\u{200b}]{0,5}";

proptest! {
    #[test]
    fn never_panics_and_is_the_same_each_time(text in "\\PC{0,120}", own in "\\PC{0,20}") {
        let rules = OptOutRules::new(&OwnRules {
            languages: Language::ALL.to_vec(),
            stop: vec![phrase(MatchKind::Contains, &own)],
            exceptions: vec![phrase(MatchKind::EndsWith, &own)],
            ..OwnRules::default()
        });
        prop_assert_eq!(rules.decide(&text), rules.decide(&text));
        prop_assert_eq!(plain_words(&plain_words(&text)), plain_words(&text));
    }

    #[test]
    fn case_punctuation_space_accents_and_emoji_do_not_matter(
        index in 0..ALWAYS_STOP.len(), upper: bool, before in AROUND, after in AROUND,
        accent in proptest::option::of(0..3_usize)
    ) {
        let text = dressed(ALWAYS_STOP[index], upper, &before, &after, accent);
        prop_assert_eq!(OptOutRules::built_in().decide(&text).intent, Stop, "{:?}", text);
    }

    #[test]
    fn an_exception_wins_over_every_phrase_but_not_over_what_must_count(
        index in 0..built_in::STOP_PHRASES.len(), more in "[a-z]{3,8}", keyword in 0..ALWAYS_STOP.len()
    ) {
        let (_, text) = built_in::STOP_PHRASES[index];
        let said = format!("well {text} {more}");
        let rules = OptOutRules::new(&OwnRules {
            exceptions: vec![phrase(MatchKind::Contains, &more), phrase(MatchKind::Contains, "stop")],
            ..OwnRules::default()
        });
        prop_assert_eq!(rules.decide(&said).intent, Other, "{:?}", said);
        prop_assert_eq!(rules.decide(ALWAYS_STOP[keyword]).intent, Stop);
    }

    #[test]
    fn an_organizations_word_counts_as_it_is_compared(word in "[a-z]{4,9}", tail in "[a-z]{2,6}") {
        for (kind, fits) in [
            (MatchKind::Exact, [true, false, false]),
            (MatchKind::StartsWith, [true, true, false]),
            (MatchKind::EndsWith, [true, false, true]),
            (MatchKind::Contains, [true, true, true]),
        ] {
            let rules = OptOutRules::new(&OwnRules {
                stop: vec![phrase(kind, &format!("zz{word}"))],
                ..OwnRules::default()
            });
            let texts = [format!("ZZ{word}!"), format!("zz{word}, qq{tail}"), format!("qq{tail} - zz{word}")];
            for (text, fits) in texts.iter().zip(fits) {
                prop_assert_eq!(rules.decide(text).intent == Stop, fits, "{:?} {:?}", kind, text);
            }
            prop_assert_eq!(rules.decide(&format!("zz{word}x")).intent, Other);
        }
    }
}
