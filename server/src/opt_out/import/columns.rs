//! Which column of a list is what, and how its values are read.

use bellwether_domain::{
    contact_csv::suggest_mapping,
    phone::{Cell, CellError},
};
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

use crate::conversation::opt_out::MAX_REASON;

const REASONS: [&str; 6] = ["reason", "reasoncode", "why", "note", "notes", "comment"];
const DATES: [&str; 8] = [
    "optedoutat",
    "optoutat",
    "optoutdate",
    "optedouton",
    "createdat",
    "date",
    "timestamp",
    "updatedat",
];
/// More names of the column of cells than those of contact files.
const CELLS: [&str; 6] = ["msisdn", "recipient", "from", "to", "contactnumber", "optout"];
/// Ways to write a date; without a zone it is UTC's.
const DATE_TIMES: [&str; 4] = [
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%m/%d/%Y %H:%M",
];
const DAYS: [&str; 2] = ["%Y-%m-%d", "%m/%d/%Y"];

/// Where things stand in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Columns {
    /// The cell.
    pub cell: usize,
    /// Why it was opted out.
    pub reason: Option<usize>,
    /// When.
    pub said_at: Option<usize>,
    /// Whether the first row names the columns and is no cell itself.
    pub has_header: bool,
}

/// Finds the columns by the first row: its names, or, where it has a cell in it, the cell alone. None: neither.
pub fn find(first_row: &[String], country: &str) -> Option<Columns> {
    if let Some(cell) = first_row.iter().position(|value| cell_of(value, country).is_ok()) {
        return Some(Columns {
            cell,
            reason: None,
            said_at: None,
            has_header: false,
        });
    }
    let reduced: Vec<String> = first_row.iter().map(|header| reduce(header)).collect();
    let position = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| reduced.iter().position(|header| header == name))
    };
    let suggested = suggest_mapping(first_row).cell;
    let cell = suggested
        .and_then(|name| first_row.iter().position(|header| header.trim() == name.trim()))
        .or_else(|| position(&CELLS))?;
    Some(Columns {
        cell,
        reason: position(&REASONS),
        said_at: position(&DATES),
        has_header: true,
    })
}

fn reduce(header: &str) -> String {
    header
        .chars()
        .filter(|character| character.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// A cell as people write it, in E.164. Numbers of the North American plan are taken by their form alone, many times
/// faster than by the table of all numbers that exist: that a number does not exist does no harm in this list.
///
/// # Errors
///
/// Those of [`Cell::parse`].
pub fn cell_of(written: &str, country: &str) -> Result<String, CellError> {
    // What our own exports put before what a spreadsheet would compute.
    let written = written.trim().trim_start_matches('\'');
    if let Some(cell) = north_american(written, country) {
        return Ok(cell);
    }
    Cell::parse(written, country).map(String::from)
}

/// `(212) 555-0123`, `212.555.0123`, `1 212 555 0123`, `+12125550123`: NXX NXX XXXX where N is 2 to 9.
fn north_american(written: &str, country: &str) -> Option<String> {
    let has_plus = written.starts_with('+');
    if !has_plus && country != "US" && country != "CA" {
        return None;
    }
    let mut digits = String::with_capacity(12);
    for character in written.chars() {
        match character {
            '0'..='9' => digits.push(character),
            '+' if digits.is_empty() => {}
            ' ' | '-' | '.' | '(' | ')' | '\u{a0}' => {}
            _ => return None,
        }
    }
    let rest = match digits.strip_prefix('1') {
        Some(rest) => rest,
        None if has_plus => return None,
        None => digits.as_str(),
    };
    let fits = rest.len() == 10
        && [0, 3].iter().all(|at| {
            rest.as_bytes()
                .get(*at)
                .is_some_and(|digit| (b'2'..=b'9').contains(digit))
        });
    fits.then(|| format!("+1{rest}"))
}

/// A reason, not longer than others are.
pub fn reason_of(written: &str) -> String {
    written
        .replace('\0', "")
        .trim()
        .chars()
        .take(MAX_REASON)
        .collect()
}

/// When an opt-out was said. A date that cannot be read, or that is to come, is none: the opt-out counts all the same.
pub fn said_at(written: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let written = written.trim();
    let instant = DateTime::parse_from_rfc3339(written)
        .map(|instant| instant.with_timezone(&Utc))
        .ok()
        .or_else(|| {
            DATE_TIMES
                .iter()
                .find_map(|form| NaiveDateTime::parse_from_str(written, form).ok())
                .map(|local| local.and_utc())
        })
        .or_else(|| {
            DAYS.iter()
                .find_map(|form| NaiveDate::parse_from_str(written, form).ok())
                .and_then(|day| day.and_hms_opt(0, 0, 0))
                .map(|midnight| midnight.and_utc())
        })?;
    (instant <= now && instant.timestamp() >= 0).then_some(instant)
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    fn row(values: &[&str]) -> Vec<String> {
        values.iter().map(|value| (*value).to_owned()).collect()
    }

    #[test]
    fn columns_are_found_by_name_or_by_the_first_cell() {
        let named = |cell, reason, said_at| {
            Some(Columns {
                cell,
                reason,
                said_at,
                has_header: true,
            })
        };
        assert_eq!(
            find(&row(&["Name", "Phone", "Reason", "Opted out at"]), "US"),
            named(1, Some(2), Some(3))
        );
        assert_eq!(
            find(&row(&["cell", "reason", "opted_out_at", "source"]), "US"),
            named(0, Some(1), Some(2))
        );
        assert_eq!(find(&row(&["MSISDN"]), "US"), named(0, None, None));
        assert_eq!(find(&row(&["Ann", "(212) 555-0123"]), "US").unwrap().cell, 1);
        assert!(!find(&row(&["+12125550123"]), "US").unwrap().has_header);
        assert_eq!(find(&row(&["name", "colour"]), "US"), None);
    }

    #[test]
    fn cells_are_read_in_any_usual_form_and_as_the_slow_way_reads_them() {
        for written in [
            "2125550123",
            "(212) 555-0123",
            "212.555.0123",
            "1 212 555 0123",
            "+1 212-555-0123",
            "'+12125550123",
            " 12125550123 ",
        ] {
            assert_eq!(cell_of(written, "US").as_deref(), Ok("+12125550123"), "{written}");
        }
        assert_eq!(cell_of("+44 20 7946 0958", "US").as_deref(), Ok("+442079460958"));
        assert_eq!(cell_of("020 7946 0958", "GB").as_deref(), Ok("+442079460958"));
        for written in [
            "",
            "hello",
            "555-0123",
            "1125550123",
            "+1 12 555 0123",
            "212555012x",
        ] {
            assert!(cell_of(written, "US").is_err(), "{written}");
        }
        for area in [201, 212, 415, 602, 808, 907] {
            let written = format!("({area}) 555-2368");
            let slow = Cell::parse(&written, "US").map(String::from);
            assert_eq!(cell_of(&written, "US"), slow);
        }
    }

    #[test]
    fn dates_are_read_and_others_do_not_stop_an_opt_out() {
        let now = Utc.with_ymd_and_hms(2026, 12, 2, 17, 0, 0).unwrap();
        let day = Utc.with_ymd_and_hms(2024, 3, 5, 0, 0, 0).unwrap();
        for written in [
            "2024-03-05",
            "3/5/2024",
            "2024-03-05T00:00:00Z",
            "2024-03-05 00:00:00",
        ] {
            assert_eq!(said_at(written, now), Some(day), "{written}");
        }
        for written in ["", "soon", "2027-01-01", "1066-10-14"] {
            assert_eq!(said_at(written, now), None, "{written}");
        }
    }
}
