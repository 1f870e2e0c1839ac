//! Hours by the day of the week, and the law's.

use std::{fmt, sync::LazyLock};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{TextingHours, TextingHoursError};

/// The place whose hours hold for everybody.
pub const EVERYWHERE: &str = "US";

/// `start_hour <= hour < end_hour` of one day of the contact's; nothing if they are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DayHours {
    /// The first whole hour, 0 to 24.
    pub start_hour: u8,
    /// The whole hour at which it ends, 0 to 24.
    pub end_hour: u8,
}

impl DayHours {
    /// No hour.
    pub const NONE: Self = Self {
        start_hour: 0,
        end_hour: 0,
    };
    /// Every hour.
    pub const ALL: Self = Self {
        start_hour: 0,
        end_hour: 24,
    };

    /// Checks the hours; equal ones are no hour.
    ///
    /// # Errors
    ///
    /// [`TextingHoursError`] unless `start_hour <= end_hour <= 24`.
    pub fn new(start_hour: u8, end_hour: u8) -> Result<Self, TextingHoursError> {
        match (start_hour, end_hour) {
            (25.., _) | (_, 25..) => Err(TextingHoursError::NotAnHour),
            _ if start_hour > end_hour => Err(TextingHoursError::StartNotBeforeEnd),
            _ if start_hour == end_hour => Ok(Self::NONE),
            _ => Ok(Self { start_hour, end_hour }),
        }
    }

    /// Is this hour of the day (0 to 23) in it?
    pub fn includes_hour(&self, hour: u8) -> bool {
        (self.start_hour..self.end_hour).contains(&hour)
    }

    /// The hours that are in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let (start, end) = (
            self.start_hour.max(other.start_hour),
            self.end_hour.min(other.end_hour),
        );
        if start < end {
            Self {
                start_hour: start,
                end_hour: end,
            }
        } else {
            Self::NONE
        }
    }
}

/// The hours of a week, Monday first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeekHours(pub [DayHours; 7]);

impl WeekHours {
    /// No limit.
    pub const ALL: Self = Self([DayHours::ALL; 7]);

    /// The same hours on every day; no limit if they are not enforced.
    pub fn daily(hours: TextingHours) -> Self {
        if !hours.enforced {
            return Self::ALL;
        }
        Self(
            [DayHours {
                start_hour: hours.start_hour,
                end_hour: hours.end_hour,
            }; 7],
        )
    }

    /// The hours that are in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let mut days = self.0;
        for (day, other) in days.iter_mut().zip(other.0) {
            *day = day.and(other);
        }
        Self(days)
    }

    /// Is there no hour in it that is not in the other?
    pub fn is_within(self, other: Self) -> bool {
        self.and(other) == Self(self.0.map(|day| day.and(DayHours::ALL)))
    }

    /// The hours of a day, 0 for Monday.
    pub fn day(&self, weekday: u32) -> DayHours {
        usize::try_from(weekday)
            .ok()
            .and_then(|day| self.0.get(day))
            .copied()
            .unwrap_or(DayHours::NONE)
    }
}

/// What the law says of a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceRule {
    /// A state's two letters, or [`EVERYWHERE`].
    pub place: &'static str,
    /// The hours in which people there may be texted.
    pub week: WeekHours,
    /// The statute, and who told of it.
    pub source: &'static str,
    /// When it was last looked at, `2026-04-08`.
    pub as_of: &'static str,
}

static LAW: LazyLock<Vec<PlaceRule>> = LazyLock::new(|| {
    let lines = include_str!("../../data/texting_hours.tsv").lines();
    lines
        .filter(|line| !line.starts_with('#'))
        .filter_map(read_rule)
        .collect()
});

fn read_rule(line: &'static str) -> Option<PlaceRule> {
    let columns: [&str; 10] = line.split('\t').collect::<Vec<_>>().try_into().ok()?;
    let [place, days @ .., source, as_of] = columns;
    let mut week = WeekHours::ALL;
    for (day, text) in week.0.iter_mut().zip(days) {
        *day = match text.split_once('-') {
            Some(("", "")) => DayHours::NONE,
            Some((start, end)) => DayHours::new(start.parse().ok()?, end.parse().ok()?).ok()?,
            None => return None,
        };
    }
    Some(PlaceRule {
        place,
        week,
        source,
        as_of,
    })
}

/// The law of every place that has one here: `data/texting_hours.tsv`, with sources and dates.
pub fn law() -> &'static [PlaceRule] {
    &LAW
}

/// The law of a place.
pub fn law_of(place: &str) -> Option<&'static PlaceRule> {
    LAW.iter().find(|rule| rule.place == place)
}

/// A place for which an organization may set hours is not one.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("must be US or a state's two letters")]
pub struct NotAPlace;

/// [`EVERYWHERE`] or a state, in capitals.
///
/// # Errors
///
/// [`NotAPlace`].
pub fn place(text: &str) -> Result<String, NotAPlace> {
    let place = text.trim().to_ascii_uppercase();
    if place == EVERYWHERE || crate::us_state::is_state(&place) {
        Ok(place)
    } else {
        Err(NotAPlace)
    }
}

impl fmt::Display for DayHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::NONE {
            f.write_str("-")
        } else {
            write!(f, "{}-{}", self.start_hour, self.end_hour)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn week(start: u8, end: u8) -> WeekHours {
        WeekHours([DayHours::new(start, end).unwrap(); 7])
    }

    #[test]
    fn the_file_is_read_whole() {
        let text = include_str!("../../data/texting_hours.tsv");
        assert_eq!(
            law().len(),
            text.lines().filter(|line| !line.starts_with('#')).count()
        );
        assert_eq!(law_of("US").unwrap().week, week(8, 21));
        assert_eq!(law_of("FL").unwrap().week, week(8, 20));
        assert_eq!(law_of("KY").unwrap().week, week(10, 21));
        assert_eq!(law_of("AL").unwrap().week.day(6), DayHours::NONE);
        assert_eq!(law_of("LA").unwrap().week.day(5), DayHours::new(8, 20).unwrap());
        assert_eq!(law_of("TX").unwrap().week.day(6), DayHours::new(12, 21).unwrap());
        assert_eq!(law_of("RI").unwrap().week.day(4), DayHours::new(9, 18).unwrap());
        assert_eq!(law_of("RI").unwrap().week.day(5), DayHours::new(10, 17).unwrap());
        assert_eq!(law_of("CA"), None);
        for rule in law() {
            assert_eq!(place(rule.place).as_deref(), Ok(rule.place));
            assert!(!rule.source.is_empty() && rule.as_of.len() == 10);
            assert!(rule.week.is_within(law_of("US").unwrap().week), "{}", rule.place);
        }
    }

    #[test]
    fn hours_in_both() {
        assert_eq!(week(8, 21).and(week(9, 24)), week(9, 21));
        assert_eq!(week(8, 12).and(week(12, 24)), WeekHours([DayHours::NONE; 7]));
        assert!(week(9, 20).is_within(week(8, 21)));
        assert!(!week(7, 20).is_within(week(8, 21)));
        assert!(
            WeekHours(
                [DayHours {
                    start_hour: 9,
                    end_hour: 9
                }; 7]
            )
            .is_within(week(8, 21))
        );
        assert_eq!(WeekHours::daily(TextingHours::UNLIMITED), WeekHours::ALL);
    }

    #[test]
    fn places_are_states() {
        assert_eq!(place(" fl "), Ok("FL".to_owned()));
        assert_eq!(place("us"), Ok("US".to_owned()));
        for text in ["", "ZZ", "Florida", "AE"] {
            assert_eq!(place(text), Err(NotAPlace), "{text}");
        }
    }
}
