//! Texting hours at an instant in a time zone. `texting_window` in the database is the same rule; a test compares them.

use chrono::{
    DateTime, Datelike, Days, Duration, LocalResult, NaiveDateTime, NaiveTime, TimeZone, Timelike, Utc,
};
use chrono_tz::Tz;

use super::WeekHours;

/// How often a search goes on from zone to zone for an instant at which all of them are open. Each step is at least to
/// the next opening of one zone, so this is more than a week of them.
const MOST_STEPS: usize = 64;

/// How far ahead an opening is looked for.
const MOST_DAYS: u64 = 8;

/// The zone with this IANA name, as [`crate::time_zone`] gives it.
pub fn parse_zone(name: &str) -> Option<Tz> {
    name.parse().ok()
}

/// Whole hours from UTC in standard time and whether there is daylight saving time, as Spoke tells a zone; none when
/// there is no such zone. Judged by the January and July of 2026.
pub fn standard_offset(name: &str) -> Option<(i32, bool)> {
    let zone = parse_zone(name)?;
    let offset = |month| {
        let noon = Utc.with_ymd_and_hms(2026, month, 1, 12, 0, 0).single()?;
        let local = noon.with_timezone(&zone).naive_local();
        Some((local - noon.naive_utc()).num_hours())
    };
    let (january, july) = (offset(1)?, offset(7)?);
    Some((i32::try_from(january.min(july)).ok()?, january != july))
}

/// May a contact be texted now?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// Yes, and nothing may reach the contact from then on; no end if every hour of every day is open.
    Open {
        /// The end.
        closes_at: Option<DateTime<Utc>>,
    },
    /// No, and from then on yes.
    Closed {
        /// The next opening.
        opens_at: DateTime<Utc>,
    },
    /// No, and not within a week either.
    Never,
}

impl Window {
    /// May a contact be texted now?
    pub fn is_open(self) -> bool {
        matches!(self, Self::Open { .. })
    }
}

impl WeekHours {
    /// The window in one zone.
    ///
    /// The day is the contact's. Where clocks are put back over a start or an end, the first of the two instants
    /// counts; where they are put forward over it, the instant at which they are.
    pub fn window(&self, now: DateTime<Utc>, zone: Tz) -> Window {
        if *self == Self::ALL {
            return Window::Open { closes_at: None };
        }
        let local = now.with_timezone(&zone);
        let today = local.date_naive();
        let hours = self.day(today.weekday().num_days_from_monday());
        if u8::try_from(local.hour()).is_ok_and(|hour| hours.includes_hour(hour)) {
            return Window::Open {
                closes_at: instant(today, hours.end_hour, zone),
            };
        }
        let openings = (0..=MOST_DAYS).filter_map(|ahead| {
            let day = today.checked_add_days(Days::new(ahead))?;
            let hours = self.day(day.weekday().num_days_from_monday());
            let opening =
                (hours.start_hour < hours.end_hour).then(|| instant(day, hours.start_hour, zone))??;
            // Clocks that are put forward can skip all of a day's hours.
            let hour = u8::try_from(opening.with_timezone(&zone).hour()).ok()?;
            hours.includes_hour(hour).then_some(opening)
        });
        match openings.into_iter().find(|opening| *opening > now) {
            Some(opens_at) => Window::Closed { opens_at },
            None => Window::Never,
        }
    }

    /// The window of a contact who is in one of these zones, nobody knows in which: open when all of them are.
    /// Without zones there is nothing to ask, and it is [`Window::Never`].
    pub fn window_in_all(&self, now: DateTime<Utc>, zones: &[Tz]) -> Window {
        let mut at = now;
        for _ in 0..MOST_STEPS {
            let mut end: Option<DateTime<Utc>> = None;
            let mut later: Option<DateTime<Utc>> = None;
            for zone in zones {
                match self.window(at, *zone) {
                    Window::Open { closes_at } => end = [end, closes_at].into_iter().flatten().min(),
                    Window::Closed { opens_at } => later = later.max(Some(opens_at)),
                    Window::Never => return Window::Never,
                }
            }
            match later {
                _ if zones.is_empty() => return Window::Never,
                Some(opens_at) => at = opens_at,
                None if at == now => return Window::Open { closes_at: end },
                None => return Window::Closed { opens_at: at },
            }
        }
        Window::Never
    }
}

fn instant(day: chrono::NaiveDate, hour: u8, zone: Tz) -> Option<DateTime<Utc>> {
    let local = match NaiveTime::from_hms_opt(u32::from(hour), 0, 0) {
        Some(time) => day.and_time(time),
        None => day.checked_add_days(Days::new(1))?.and_time(NaiveTime::MIN),
    };
    earliest_instant(local, zone)
}

fn earliest_instant(local: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(instant) | LocalResult::Ambiguous(instant, _) => Some(instant.to_utc()),
        // The hour is skipped. An hour before it by the clock is there, and an hour after that is the change itself
        // for the changes of a whole hour that are made on a whole hour, which all of the United States' are.
        LocalResult::None => {
            let before = local.checked_sub_signed(Duration::hours(1))?;
            let instant = zone.from_local_datetime(&before).earliest()?;
            instant.to_utc().checked_add_signed(Duration::hours(1))
        }
    }
}

#[cfg(test)]
mod tests;
