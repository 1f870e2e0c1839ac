//! Which state and time zones ZIP codes, area codes and countries' numbers are in, from `data/`.
//!
//! The files are written by `cargo xtask data` and name their sources; they are read once, at the first question.

use std::sync::LazyLock;

use crate::zip::five_digits;

/// Where something is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// Two letters; empty if it is in none, or nobody knows.
    pub(crate) state: &'static str,
    /// IANA names, the likeliest first; empty if nobody knows.
    pub(crate) zones: Vec<&'static str>,
}

/// ZIP codes that follow each other and are in one place.
struct Run {
    first: u32,
    last: u32,
    place: Place,
}

static ZIPS: LazyLock<Vec<Run>> = LazyLock::new(|| {
    let runs = lines(include_str!("../data/zips.tsv")).filter_map(|[first, last, state, zones]| {
        Some(Run {
            first: first.parse().ok()?,
            last: last.parse().ok()?,
            place: place(state, zones),
        })
    });
    runs.collect()
});

/// By the first three digits: all zones of them, and the state if it is one.
static ZIP_PREFIXES: LazyLock<Vec<Option<Place>>> = LazyLock::new(|| {
    let mut prefixes: Vec<Option<Place>> = vec![None; 1_000];
    for run in ZIPS.iter() {
        for prefix in run.first / 100..=run.last / 100 {
            let Some(slot) = usize::try_from(prefix)
                .ok()
                .and_then(|index| prefixes.get_mut(index))
            else {
                continue;
            };
            let known = slot.get_or_insert_with(|| Place {
                state: run.place.state,
                zones: Vec::new(),
            });
            if known.state != run.place.state {
                known.state = "";
            }
            for zone in &run.place.zones {
                if !known.zones.contains(zone) {
                    known.zones.push(zone);
                }
            }
        }
    }
    prefixes
});

static AREA_CODES: LazyLock<Vec<(u16, Place)>> = LazyLock::new(|| {
    let codes = lines(include_str!("../data/area_codes.tsv"));
    let codes = codes.filter_map(|[code, state, zones]| Some((code.parse().ok()?, place(state, zones))));
    codes.collect()
});

static CALLING_CODES: LazyLock<Vec<(&'static str, Vec<&'static str>)>> = LazyLock::new(|| {
    let codes = lines(include_str!("../data/calling_codes.tsv"));
    codes
        .map(|[prefix, zones]| (prefix, zones.split_whitespace().collect()))
        .collect()
});

fn place(state: &'static str, zones: &'static str) -> Place {
    Place {
        state,
        zones: zones.split_whitespace().collect(),
    }
}

/// The lines that are no comments and have this many columns: all, which a test holds.
fn lines<const COLUMNS: usize>(text: &'static str) -> impl Iterator<Item = [&'static str; COLUMNS]> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split('\t').collect::<Vec<_>>().try_into().ok())
}

/// Of a ZIP code as [`five_digits`] reads it. One that the file does not have may be anywhere where its first three
/// digits are; first three digits that the file does not have are nowhere.
pub(crate) fn of_zip(zip: &str) -> Option<&'static Place> {
    let zip: u32 = five_digits(zip)?.parse().ok()?;
    let next = ZIPS.partition_point(|run| run.first <= zip);
    let run = next.checked_sub(1).and_then(|index| ZIPS.get(index));
    if let Some(run) = run.filter(|run| zip <= run.last) {
        return Some(&run.place);
    }
    let index = usize::try_from(zip / 100).ok()?;
    ZIP_PREFIXES.get(index)?.as_ref()
}

/// Of an area code of the North American numbering plan: three digits.
pub(crate) fn of_area_code(code: &str) -> Option<&'static Place> {
    if code.len() != 3 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let code: u16 = code.parse().ok()?;
    let index = AREA_CODES.binary_search_by_key(&code, |(code, _)| *code).ok()?;
    AREA_CODES.get(index).map(|(_, place)| place)
}

/// The zones of a number in another country (E.164); empty if they are too many or the country is unknown.
pub(crate) fn zones_abroad(cell: &str) -> &'static [&'static str] {
    let Some(digits) = cell.strip_prefix('+').filter(|digits| !digits.starts_with('1')) else {
        return &[];
    };
    let best = CALLING_CODES
        .iter()
        .filter(|(prefix, _)| digits.starts_with(prefix))
        .max_by_key(|(prefix, _)| prefix.len());
    best.map_or(&[], |(_, zones)| zones)
}

/// Every zone that the files name, possibly more than once.
pub(crate) fn all_zones() -> impl Iterator<Item = &'static str> {
    let zips = ZIPS.iter().flat_map(|run| run.place.zones.iter());
    let codes = AREA_CODES.iter().flat_map(|(_, place)| place.zones.iter());
    let abroad = CALLING_CODES.iter().flat_map(|(_, zones)| zones.iter());
    zips.chain(codes).chain(abroad).copied()
}

/// Is it the two letters of a state or territory that has area codes?
pub(crate) fn is_state(letters: &str) -> bool {
    !letters.is_empty() && AREA_CODES.iter().any(|(_, place)| place.state == letters)
}

/// Every area code.
pub(crate) fn area_codes() -> impl Iterator<Item = u16> {
    AREA_CODES.iter().map(|(code, _)| *code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_read() {
        let count = |text: &str| text.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(ZIPS.len(), count(include_str!("../data/zips.tsv")));
        assert_eq!(AREA_CODES.len(), count(include_str!("../data/area_codes.tsv")));
        assert_eq!(
            CALLING_CODES.len(),
            count(include_str!("../data/calling_codes.tsv"))
        );
        assert!(ZIPS.len() > 600 && AREA_CODES.len() > 400 && CALLING_CODES.len() > 1_000);
    }

    #[test]
    fn all_is_in_order_and_nothing_overlaps() {
        assert!(ZIPS.windows(2).all(|pair| pair[0].last < pair[1].first));
        assert!(ZIPS.iter().all(|run| run.first <= run.last && run.last < 100_000));
        assert!(AREA_CODES.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn states_are_two_letters() {
        let zips = ZIPS.iter().map(|run| run.place.state);
        let codes = AREA_CODES.iter().map(|(_, place)| place.state);
        for state in zips.chain(codes) {
            assert!(
                state.is_empty() || (state.len() == 2 && state.bytes().all(|byte| byte.is_ascii_uppercase()))
            );
        }
        // 50 states, the District, Puerto Rico, Virgin Islands, Guam, Northern Marianas, American Samoa.
        let states: std::collections::HashSet<&str> = AREA_CODES
            .iter()
            .map(|(_, place)| place.state)
            .filter(|state| !state.is_empty())
            .collect();
        assert_eq!(states.len(), 56, "{states:?}");
    }

    #[test]
    fn a_zip_that_the_file_does_not_have_is_in_all_of_its_prefix() {
        // 577 is South Dakota's west, all in Mountain time; 69199 lies behind the last ZIP of 691.
        assert_eq!(of_zip("57799").unwrap().zones, ["America/Denver"]);
        assert_eq!(
            of_zip("69199").unwrap().zones,
            ["America/Chicago", "America/Denver"]
        );
        assert_eq!(of_zip("69199").unwrap().state, "NE");
    }
}
