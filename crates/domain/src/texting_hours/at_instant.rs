//! Texting hours at an instant in a time zone.

use chrono::{DateTime, Days, Duration, LocalResult, NaiveDateTime, NaiveTime, TimeZone, Timelike, Utc};
use chrono_tz::{America, Tz};

use super::TextingHours;

/// Where a contact of whom nothing is known may be: the contiguous United States.
///
/// Phoenix stands for itself since it keeps no daylight saving time. Alaska and Hawaii would leave almost no hours; a
/// caller with contacts there gives its own list.
pub const PLAUSIBLE_ZONES: [Tz; 5] = [
    America::New_York,
    America::Chicago,
    America::Denver,
    America::Phoenix,
    America::Los_Angeles,
];

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

impl TextingHours {
    /// May a contact in this zone be texted now? Asks for the start of the window as well as for its end.
    pub fn may_text_at(&self, now: DateTime<Utc>, zone: Tz) -> bool {
        let hour = now.with_timezone(&zone).hour();
        u8::try_from(hour).is_ok_and(|hour| self.includes_hour(hour))
    }

    /// The end of today's window, where today is the contact's: nothing may reach the contact from then on.
    ///
    /// `None` if there is no limit. The end may have passed already, and before the window's start it is still to
    /// come: ask [`may_text_at`](Self::may_text_at) too. Where clocks are put back over the end, it is the first of
    /// the two instants; where they are put forward over it, the instant at which they are.
    pub fn window_end(&self, now: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
        if !self.enforced {
            return None;
        }
        let today = now.with_timezone(&zone).date_naive();
        let end = match NaiveTime::from_hms_opt(u32::from(self.end_hour), 0, 0) {
            Some(time) => today.and_time(time),
            None => today.checked_add_days(Days::new(1))?.and_time(NaiveTime::MIN),
        };
        earliest_instant(end, zone)
    }

    /// May a contact be texted now who is in one of these zones, nobody knows in which? The intersection of windows.
    ///
    /// Without zones, [`PLAUSIBLE_ZONES`]: 9 to 21 becomes noon to 21 Eastern, as in Spoke, give or take Phoenix.
    pub fn may_text_in_all(&self, now: DateTime<Utc>, zones: &[Tz]) -> bool {
        or_plausible(zones)
            .iter()
            .all(|zone| self.may_text_at(now, *zone))
    }

    /// The earliest end of today's windows of these zones; without zones, of [`PLAUSIBLE_ZONES`].
    pub fn window_end_in_all(&self, now: DateTime<Utc>, zones: &[Tz]) -> Option<DateTime<Utc>> {
        or_plausible(zones)
            .iter()
            .filter_map(|zone| self.window_end(now, *zone))
            .min()
    }
}

fn or_plausible(zones: &[Tz]) -> &[Tz] {
    if zones.is_empty() { &PLAUSIBLE_ZONES } else { zones }
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
mod tests {
    use chrono_tz::{America::*, Pacific::Honolulu};
    use proptest::prelude::*;

    use super::*;

    const NINE_TO_NINE: TextingHours = TextingHours {
        enforced: true,
        start_hour: 9,
        end_hour: 21,
    };

    fn at(instant: &str) -> DateTime<Utc> {
        instant.parse().unwrap()
    }

    #[test]
    fn opens_and_closes_on_the_second() {
        // 2026-07-01 is summer: New York is UTC-4.
        let cases = [
            ("2026-07-01T12:59:59Z", false),
            ("2026-07-01T13:00:00Z", true),
            ("2026-07-02T00:59:59Z", true),
            ("2026-07-02T01:00:00Z", false),
        ];
        for (now, may) in cases {
            assert_eq!(NINE_TO_NINE.may_text_at(at(now), New_York), may, "{now}");
        }
    }

    #[test]
    fn no_limit_if_not_enforced() {
        let hours = TextingHours {
            enforced: false,
            ..NINE_TO_NINE
        };
        assert!(hours.may_text_at(at("2026-07-01T08:00:00Z"), New_York));
        assert!(hours.may_text_in_all(at("2026-07-01T08:00:00Z"), &[]));
        assert_eq!(hours.window_end(at("2026-07-01T08:00:00Z"), New_York), None);
        assert_eq!(hours.window_end_in_all(at("2026-07-01T08:00:00Z"), &[]), None);
    }

    #[test]
    fn the_window_ends_on_the_contacts_day() {
        // 20:00 in Los Angeles is the next day in UTC.
        let end = NINE_TO_NINE.window_end(at("2026-07-02T03:00:00Z"), Los_Angeles);
        assert_eq!(end, Some(at("2026-07-02T04:00:00Z")));
        // Past the end it is still today's, so it has passed.
        let end = NINE_TO_NINE.window_end(at("2026-07-02T05:00:00Z"), Los_Angeles);
        assert_eq!(end, Some(at("2026-07-02T04:00:00Z")));
        let midnight = TextingHours {
            end_hour: 24,
            ..NINE_TO_NINE
        };
        let end = midnight.window_end(at("2026-07-01T12:00:00Z"), New_York);
        assert_eq!(end, Some(at("2026-07-02T04:00:00Z")));
    }

    #[test]
    fn follows_daylight_saving_time() {
        // Clocks went forward on 8 March 2026 and go back on 1 November 2026.
        let ends = [
            ("2026-03-07T15:00:00Z", "2026-03-08T02:00:00Z"),
            ("2026-03-08T15:00:00Z", "2026-03-09T01:00:00Z"),
            ("2026-10-31T15:00:00Z", "2026-11-01T01:00:00Z"),
            ("2026-11-01T15:00:00Z", "2026-11-02T02:00:00Z"),
        ];
        for (now, end) in ends {
            assert_eq!(NINE_TO_NINE.window_end(at(now), New_York), Some(at(end)), "{now}");
        }
        assert!(!NINE_TO_NINE.may_text_at(at("2026-03-07T13:30:00Z"), New_York));
        assert!(NINE_TO_NINE.may_text_at(at("2026-03-08T13:30:00Z"), New_York));
    }

    #[test]
    fn an_end_within_the_change_of_clocks() {
        let until = |end_hour| TextingHours {
            enforced: true,
            start_hour: 0,
            end_hour,
        };
        // 02:00 does not exist: the change is at 07:00 UTC.
        let end = until(2).window_end(at("2026-03-08T06:00:00Z"), New_York);
        assert_eq!(end, Some(at("2026-03-08T07:00:00Z")));
        // 01:00 comes twice, first at 05:00 UTC.
        let end = until(1).window_end(at("2026-11-01T04:30:00Z"), New_York);
        assert_eq!(end, Some(at("2026-11-01T05:00:00Z")));
    }

    #[test]
    fn phoenix_keeps_its_time() {
        for month in ["01", "04", "07", "10", "12"] {
            let opens = at(&format!("2026-{month}-15T16:00:00Z"));
            assert!(NINE_TO_NINE.may_text_at(opens, Phoenix), "{month}");
            assert!(
                !NINE_TO_NINE.may_text_at(opens - Duration::seconds(1), Phoenix),
                "{month}"
            );
        }
        // 21:30 in Denver in summer is 20:30 in Phoenix.
        assert!(!NINE_TO_NINE.may_text_at(at("2026-07-16T03:30:00Z"), Denver));
        assert!(NINE_TO_NINE.may_text_at(at("2026-07-16T03:30:00Z"), Phoenix));
    }

    #[test]
    fn honolulu_is_ten_hours_behind() {
        assert!(!NINE_TO_NINE.may_text_at(at("2026-07-15T18:59:59Z"), Honolulu));
        assert!(NINE_TO_NINE.may_text_at(at("2026-07-15T19:00:00Z"), Honolulu));
        let end = NINE_TO_NINE.window_end(at("2026-07-15T19:00:00Z"), Honolulu);
        assert_eq!(end, Some(at("2026-07-16T07:00:00Z")));
    }

    #[test]
    fn an_unknown_zone_is_all_of_them() {
        // Summer: 9:00 in Los Angeles is 16:00 UTC, 21:00 in New York is 01:00 UTC.
        let cases = [
            ("2026-07-01T15:59:59Z", false),
            ("2026-07-01T16:00:00Z", true),
            ("2026-07-02T00:59:59Z", true),
            ("2026-07-02T01:00:00Z", false),
            ("2026-07-02T04:30:00Z", false),
        ];
        for (now, may) in cases {
            assert_eq!(NINE_TO_NINE.may_text_in_all(at(now), &[]), may, "{now}");
        }
        let end = NINE_TO_NINE.window_end_in_all(at("2026-07-01T16:00:00Z"), &[]);
        assert_eq!(end, Some(at("2026-07-02T01:00:00Z")));
    }

    #[test]
    fn the_callers_zones_replace_the_plausible_ones() {
        let now = at("2026-07-01T16:00:00Z");
        assert!(!NINE_TO_NINE.may_text_in_all(now, &[New_York, Honolulu]));
        assert!(NINE_TO_NINE.may_text_in_all(at("2026-07-01T13:00:00Z"), &[New_York]));
        assert_eq!(
            NINE_TO_NINE.window_end_in_all(now, &[Chicago, Denver]),
            NINE_TO_NINE.window_end(now, Chicago)
        );
    }

    #[test]
    fn every_zone_of_the_tables_is_known() {
        for name in crate::time_zone::all_zones() {
            assert!(parse_zone(name).is_some(), "{name}");
        }
        assert_eq!(parse_zone("America/Nowhere"), None);
    }

    proptest! {
        #[test]
        fn now_is_in_the_window_only_before_its_end(
            seconds in 1_700_000_000_i64..1_900_000_000, start in 0_u8..24, length in 1_u8..24, zone in 0..6_usize
        ) {
            let zone = [New_York, Chicago, Denver, Phoenix, Anchorage, Honolulu][zone];
            let hours = TextingHours::new(true, start, (start + length).min(24)).unwrap();
            let now = DateTime::from_timestamp(seconds, 0).unwrap();
            let end = hours.window_end(now, zone).unwrap();
            if hours.may_text_at(now, zone) {
                prop_assert!(now < end);
            }
            prop_assert!(!hours.may_text_at(end, zone) || hours.end_hour == 24);
        }
    }

    #[test]
    fn zones_are_told_as_spoke_tells_them() {
        assert_eq!(standard_offset("America/New_York"), Some((-5, true)));
        assert_eq!(standard_offset("America/Phoenix"), Some((-7, false)));
        assert_eq!(standard_offset("Australia/Sydney"), Some((10, true)));
        assert_eq!(standard_offset("Pacific/Honolulu"), Some((-10, false)));
        assert_eq!(standard_offset(""), None);
    }
}
