//! How many segments a text costs.

use serde::{Deserialize, Serialize};

/// How a text travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Encoding {
    /// Seven bits a character: the basic table one unit, the extension table two.
    #[serde(rename = "GSM-7")]
    Gsm7,
    /// UTF-16: one unit, or two outside of the basic plane (emoji).
    #[serde(rename = "UCS-2")]
    Ucs2,
}

/// What a text costs. See [`count`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Segments {
    /// GSM-7 if all characters allow it, else UCS-2.
    pub encoding: Encoding,
    /// Septets or UTF-16 units of the text alone, without headers and fill.
    pub units: usize,
    /// Messages that the carrier counts; 0 for an empty text.
    pub segments: usize,
    /// Units that still fit before another segment begins.
    pub remaining_in_segment: usize,
}

/// The basic table of GSM 03.38 (3GPP TS 23.038, 6.2.1) outside of the letters and digits of ASCII.
const GSM_BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà";

/// The extension table (6.2.1.1): an escape and the character, two units.
const GSM_EXTENSION: &str = "\u{c}^{}\\[~]|€";

impl Encoding {
    /// Units of a text that is one segment alone.
    pub const fn single(self) -> usize {
        match self {
            Self::Gsm7 => 160,
            Self::Ucs2 => 70,
        }
    }

    /// Units of each segment of a longer text: a header of six bytes takes the rest (3GPP TS 23.040, 9.2.3.24.1).
    pub const fn concatenated(self) -> usize {
        match self {
            Self::Gsm7 => 153,
            Self::Ucs2 => 67,
        }
    }
}

/// Counts a text's segments.
///
/// In a text of several segments neither an escape pair of GSM-7 nor a surrogate pair of UTF-16 is split over a
/// boundary; the last unit before the boundary stays empty instead.
pub fn count(text: &str) -> Segments {
    let encoding = if text.chars().all(|character| gsm_units(character).is_some()) {
        Encoding::Gsm7
    } else {
        Encoding::Ucs2
    };
    let width = |character: char| match encoding {
        Encoding::Gsm7 => gsm_units(character).unwrap_or(1),
        Encoding::Ucs2 => character.len_utf16(),
    };
    let units = text.chars().map(width).sum();
    if units <= encoding.single() {
        let segments = usize::from(units > 0);
        return Segments {
            encoding,
            units,
            segments,
            remaining_in_segment: encoding.single() - units,
        };
    }
    let room = encoding.concatenated();
    let mut segments = 1;
    let mut used = 0;
    for character in text.chars() {
        let width = width(character);
        if used + width > room {
            segments += 1;
            used = 0;
        }
        used += width;
    }
    Segments {
        encoding,
        units,
        segments,
        remaining_in_segment: room - used,
    }
}

/// Replaces characters that GSM-7 lacks by lookalikes that it has, where nobody would miss the difference.
///
/// One curly quote turns a text of 160 units per segment into one of 70. Quotes, dashes, ellipses, spaces, fractions
/// and full-width ASCII are replaced; invisible marks are removed, save the joiner of emoji; letters are never touched.
/// After Twilio's list of smart encoding (<https://www.twilio.com/docs/messaging/services/smart-encoding-char-list>).
pub fn replace_gsm_lookalikes(text: &str) -> String {
    let mut replaced = String::with_capacity(text.len());
    for character in text.chars() {
        match lookalike(character) {
            Some(plain) => replaced.push_str(plain),
            None => replaced.push(full_width_ascii(character).unwrap_or(character)),
        }
    }
    // In Persian or Arabic these mean something; pasted into a text of other letters they only cost.
    if replaced.contains(is_direction) {
        let plain: String = replaced
            .chars()
            .filter(|character| !is_direction(*character))
            .collect();
        if count(&plain).encoding == Encoding::Gsm7 {
            return plain;
        }
    }
    replaced
}

/// Controls of the direction of writing, and the non-joiner.
fn is_direction(character: char) -> bool {
    matches!(character, '\u{200c}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The pieces that a text travels in: one, or as many as [`count`] says, each as long as the carrier allows.
pub fn split(text: &str) -> Vec<&str> {
    let Segments {
        encoding, segments, ..
    } = count(text);
    if segments <= 1 {
        return if text.is_empty() { Vec::new() } else { vec![text] };
    }
    let room = encoding.concatenated();
    let mut pieces = Vec::with_capacity(segments);
    let (mut rest, mut used, mut end) = (text, 0, 0);
    for character in text.chars() {
        let width = match encoding {
            Encoding::Gsm7 => gsm_units(character).unwrap_or(1),
            Encoding::Ucs2 => character.len_utf16(),
        };
        if used + width > room {
            let (piece, others) = rest.split_at(end);
            pieces.push(piece);
            (rest, used, end) = (others, 0, 0);
        }
        used += width;
        end += character.len_utf8();
    }
    pieces.push(rest);
    pieces
}

fn gsm_units(character: char) -> Option<usize> {
    if character.is_ascii_alphanumeric() || GSM_BASIC.contains(character) {
        Some(1)
    } else if GSM_EXTENSION.contains(character) {
        Some(2)
    } else {
        None
    }
}

fn lookalike(character: char) -> Option<&'static str> {
    Some(match character {
        '“' | '”' | '„' | '‟' | '«' | '»' | '″' | '‶' | '❝' | '❞' | '〝' | '〞' | 'ʺ' | 'ˮ' => {
            "\""
        }
        '‘' | '’' | '‛' | '′' | '‵' | '´' | '`' | '❛' | '❜' | 'ʹ' | 'ʻ' | 'ʼ' | 'ʽ' | 'ˈ' | 'ˊ' | 'ˋ' => {
            "'"
        }
        '‹' => "<",
        '›' => ">",
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '⁃' | '•' | '·' | '﹣' => "-",
        '…' => "...",
        '‚' | '、' | '﹐' => ",",
        '。' | '﹒' | '｡' => ".",
        '‼' => "!!",
        '¼' => "1/4",
        '½' => "1/2",
        '¾' => "3/4",
        '⁄' | '∕' | '÷' => "/",
        '×' => "x",
        '∗' | '⁎' => "*",
        '∼' | '˜' => "~",
        'ˆ' => "^",
        '‗' => "_",
        '∣' | '❘' => "|",
        '\t' | '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => " ",
        '\u{2028}' | '\u{2029}' | '\u{85}' => "\n",
        // Zero-width space, soft hyphen, direction marks, word joiner and invisible operators, vowel separator, byte
        // order mark.
        '\u{200b}'
        | '\u{ad}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2060}'..='\u{2064}'
        | '\u{180e}'
        | '\u{feff}' => "",
        _ => return None,
    })
}

fn full_width_ascii(character: char) -> Option<char> {
    let code = u32::from(character);
    if (0xff01..=0xff5e).contains(&code) {
        char::from_u32(code - 0xfee0)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Encoding::*, *};

    fn counted(text: &str) -> (Encoding, usize, usize, usize) {
        let Segments {
            encoding,
            units,
            segments,
            remaining_in_segment,
        } = count(text);
        (encoding, units, segments, remaining_in_segment)
    }

    #[test]
    fn known_answers() {
        let a = |length: usize| "a".repeat(length);
        let ya = |length: usize| "я".repeat(length);
        let euro = |length: usize| "€".repeat(length);
        let emoji = |length: usize| "😀".repeat(length);
        let cases = [
            (String::new(), (Gsm7, 0, 0, 160)),
            (a(1), (Gsm7, 1, 1, 159)),
            (a(160), (Gsm7, 160, 1, 0)),
            (a(161), (Gsm7, 161, 2, 145)),
            (a(306), (Gsm7, 306, 2, 0)),
            (a(307), (Gsm7, 307, 3, 152)),
            (a(459), (Gsm7, 459, 3, 0)),
            (a(1600), (Gsm7, 1600, 11, 83)),
            (ya(70), (Ucs2, 70, 1, 0)),
            (ya(71), (Ucs2, 71, 2, 63)),
            (ya(66), (Ucs2, 66, 1, 4)),
            (ya(67), (Ucs2, 67, 1, 3)),
            (ya(68), (Ucs2, 68, 1, 2)),
            (ya(69), (Ucs2, 69, 1, 1)),
            (ya(133), (Ucs2, 133, 2, 1)),
            (ya(134), (Ucs2, 134, 2, 0)),
            (a(152), (Gsm7, 152, 1, 8)),
            (a(153), (Gsm7, 153, 1, 7)),
            (a(154), (Gsm7, 154, 1, 6)),
            (a(159), (Gsm7, 159, 1, 1)),
            // An escape pair at the very end: the last that fits, and one too many.
            (a(158) + "€", (Gsm7, 160, 1, 0)),
            (a(159) + "€", (Gsm7, 161, 2, 145)),
            (ya(135), (Ucs2, 135, 3, 66)),
            (euro(80), (Gsm7, 160, 1, 0)),
            // 76 pairs are 152 units: the 77th does not fit in the odd 153rd.
            (euro(81), (Gsm7, 162, 2, 143)),
            (euro(152), (Gsm7, 304, 2, 1)),
            (euro(153), (Gsm7, 306, 3, 151)),
            (emoji(35), (Ucs2, 70, 1, 0)),
            // 33 pairs are 66 units: the 34th does not fit in the odd 67th.
            (emoji(36), (Ucs2, 72, 2, 61)),
            (emoji(66), (Ucs2, 132, 2, 1)),
            (emoji(67), (Ucs2, 134, 3, 65)),
            // The same units without a pair on the boundary.
            (a(152) + "[" + &a(151), (Gsm7, 305, 2, 0)),
            (a(153) + "[" + &a(151), (Gsm7, 306, 2, 0)),
            (a(152) + "[" + &a(152), (Gsm7, 306, 3, 152)),
            ("a😀".to_owned(), (Ucs2, 3, 1, 67)),
            ("{}[]~^|\\€\u{c}".to_owned(), (Gsm7, 20, 1, 140)),
        ];
        for (text, expected) in cases {
            assert_eq!(counted(&text), expected, "{text:?}");
        }
    }

    #[test]
    fn the_tables_have_their_size() {
        // 128 places of the basic table less the escape, less 62 letters and digits.
        assert_eq!(GSM_BASIC.chars().count(), 127 - 62);
        assert_eq!(GSM_EXTENSION.chars().count(), 10);
        assert_eq!(count(GSM_BASIC).encoding, Gsm7);
        for outside in ["`", "ç", "’", "\t", "á", "ê"] {
            assert_eq!(count(outside).encoding, Ucs2, "{outside:?}");
        }
    }

    #[test]
    fn replaces_lookalikes() {
        let cases = [
            ("“It’s” — fine…", "\"It's\" - fine..."),
            ("a\u{a0}b\u{2009}c\td", "a b c d"),
            ("ＡＢＣ！", "ABC!"),
            ("½ off", "1/2 off"),
            ("zero\u{200b}width\u{feff}", "zerowidth"),
            ("\u{202a}+1 212 555 0100\u{202c}", "+1 212 555 0100"),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("Señor Ñandú é", "Señor Ñandú é"),
            ("👩\u{200d}👧", "👩\u{200d}👧"),
            ("line\nline\r\n", "line\nline\r\n"),
            ("[{price}] €5", "[{price}] €5"),
        ];
        for (text, expected) in cases {
            assert_eq!(replace_gsm_lookalikes(text), expected);
        }
    }

    proptest! {
        #[test]
        fn all_text_fits_and_no_segment_is_wasted(text in "[a€я😀\\[]{1,400}") {
            let found = count(&text);
            let most = if found.segments <= 1 { found.encoding.single() } else {
                found.segments * found.encoding.concatenated()
            };
            prop_assert!(found.units + found.remaining_in_segment <= most);
            // At most one unit of fill in each segment but the last.
            prop_assert!(found.units + found.remaining_in_segment + found.segments > most);
        }

        #[test]
        fn what_remains_can_be_used(text in "[a€]{1,400}") {
            let before = count(&text);
            let filled = count(&(text.clone() + &"a".repeat(before.remaining_in_segment)));
            prop_assert_eq!((filled.segments, filled.remaining_in_segment), (before.segments, 0));
            let over = count(&(text + &"a".repeat(before.remaining_in_segment + 1)));
            prop_assert!(over.segments > before.segments);
        }

        #[test]
        fn pieces_are_the_text_and_each_fits(text in "[a€я😀\\[]{0,400}") {
            let pieces = split(&text);
            prop_assert_eq!(pieces.concat(), text.clone());
            prop_assert_eq!(pieces.len(), count(&text).segments);
            let most = if pieces.len() > 1 { count(&text).encoding.concatenated() } else { usize::MAX };
            for piece in pieces {
                // By the encoding of the whole.
                let units: usize = match count(&text).encoding {
                    Gsm7 => piece.chars().map(|character| gsm_units(character).unwrap()).sum(),
                    Ucs2 => piece.encode_utf16().count(),
                };
                prop_assert!(units <= most);
            }
        }

        #[test]
        fn a_text_that_grows_never_costs_less(text in "[a€я😀\\[]{0,300}", more in "[a€я😀\\[]{1,80}") {
            prop_assert!(count(&(text.clone() + &more)).segments >= count(&text).segments);
        }

        #[test]
        fn replacing_is_idempotent_and_never_leaves_gsm(text in "\\PC{0,60}") {
            let once = replace_gsm_lookalikes(&text);
            prop_assert_eq!(replace_gsm_lookalikes(&once), once.clone());
            if count(&text).encoding == Gsm7 {
                prop_assert_eq!(once, text);
            }
        }
    }
}
