//! A text as its words: what people put around and into them does not matter.

/// Words of courtesy around a keyword that change nothing.
const COURTESIES: [&str; 9] = [
    "please",
    "pls",
    "plz",
    "thanks",
    "thank you",
    "now",
    "por favor",
    "gracias",
    "merci",
];

/// Lower case, without apostrophes, accents and invisible characters; all else but letters and digits is a single
/// space.
pub fn plain_words(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    for character in text.chars().flat_map(char::to_lowercase) {
        if is_dropped(character) {
            continue;
        }
        let character = folded(character);
        if character.is_alphanumeric() {
            words.push(character);
        } else if !words.ends_with(' ') && !words.is_empty() {
            words.push(' ');
        }
    }
    words.truncate(words.trim_end().len());
    words
}

/// Apostrophes, combining accents, variation selectors, and what is not seen at all.
fn is_dropped(character: char) -> bool {
    matches!(
        character,
        '\'' | '’' | '‘' | '`' | '´' | 'ʼ' | '\u{ad}' | '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}'
            | '\u{2060}' | '\u{20e3}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
    )
}

/// Without its accent, and in its usual width. Takes lower case.
fn folded(character: char) -> char {
    match character {
        'à'..='å' | 'ā' | 'ă' | 'ą' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'è'..='ë' | 'ē' | 'ė' | 'ę' | 'ě' => 'e',
        'ì'..='ï' | 'ī' | 'į' => 'i',
        'ñ' | 'ń' | 'ň' => 'n',
        'ò'..='ö' | 'ø' | 'ō' | 'ő' => 'o',
        'ù'..='ü' | 'ū' | 'ů' | 'ű' => 'u',
        'ý' | 'ÿ' => 'y',
        // Full-width forms stand in the order of ASCII.
        '\u{ff01}'..='\u{ff5e}' => u32::from(character)
            .checked_sub(0xfee0)
            .and_then(char::from_u32)
            .unwrap_or(character),
        other => other,
    }
}

/// "s t o p" is "stop": letters that stand alone are one word when there is nothing else.
pub fn joined_letters(words: String) -> String {
    let are_letters = words.contains(' ') && words.split(' ').all(|word| word.chars().count() == 1);
    if are_letters {
        words.replace(' ', "")
    } else {
        words
    }
}

/// Without words of courtesy at its ends.
pub fn without_courtesy(text: &str) -> &str {
    let mut text = text;
    for courtesy in COURTESIES {
        text = text
            .strip_prefix(courtesy)
            .and_then(|rest| rest.strip_prefix(' '))
            .unwrap_or(text);
        text = text
            .strip_suffix(courtesy)
            .and_then(|rest| rest.strip_suffix(' '))
            .unwrap_or(text);
    }
    text
}
