use chrono_tz::{America::*, Pacific::Honolulu};
use proptest::prelude::*;

use super::{
    super::{DayHours, law_of},
    *,
};

fn daily(start: u8, end: u8) -> WeekHours {
    WeekHours([DayHours::new(start, end).unwrap(); 7])
}

fn at(instant: &str) -> DateTime<Utc> {
    instant.parse().unwrap()
}

fn open(until: &str) -> Window {
    Window::Open {
        closes_at: Some(at(until)),
    }
}

fn closed(until: &str) -> Window {
    Window::Closed { opens_at: at(until) }
}

#[test]
fn opens_and_closes_on_the_second() {
    // 2026-07-01 is summer: New York is UTC-4.
    let cases = [
        ("2026-07-01T12:59:59Z", closed("2026-07-01T13:00:00Z")),
        ("2026-07-01T13:00:00Z", open("2026-07-02T01:00:00Z")),
        ("2026-07-02T00:59:59Z", open("2026-07-02T01:00:00Z")),
        ("2026-07-02T01:00:00Z", closed("2026-07-02T13:00:00Z")),
    ];
    for (now, window) in cases {
        assert_eq!(daily(9, 21).window(at(now), New_York), window, "{now}");
    }
    assert_eq!(
        daily(9, 24).window(at("2026-07-01T13:00:00Z"), New_York),
        open("2026-07-02T04:00:00Z")
    );
    assert_eq!(
        WeekHours::ALL.window(at("2026-07-01T08:00:00Z"), New_York),
        Window::Open { closes_at: None }
    );
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
        assert_eq!(daily(9, 21).window(at(now), New_York), open(end), "{now}");
    }
    assert!(
        !daily(9, 21)
            .window(at("2026-03-07T13:30:00Z"), New_York)
            .is_open()
    );
    assert!(
        daily(9, 21)
            .window(at("2026-03-08T13:30:00Z"), New_York)
            .is_open()
    );
}

#[test]
fn a_start_or_an_end_within_the_change_of_clocks() {
    // 02:00 does not exist: the change is at 07:00 UTC.
    assert_eq!(
        daily(0, 2).window(at("2026-03-08T06:00:00Z"), New_York),
        open("2026-03-08T07:00:00Z")
    );
    assert_eq!(
        daily(2, 9).window(at("2026-03-08T06:00:00Z"), New_York),
        closed("2026-03-08T07:00:00Z")
    );
    // All of the hours are skipped: the next day's.
    assert_eq!(
        daily(2, 3).window(at("2026-03-08T06:00:00Z"), New_York),
        closed("2026-03-09T06:00:00Z")
    );
    // 01:00 comes twice, first at 05:00 UTC.
    assert_eq!(
        daily(0, 1).window(at("2026-11-01T04:30:00Z"), New_York),
        open("2026-11-01T05:00:00Z")
    );
    assert_eq!(
        daily(1, 3).window(at("2026-11-01T04:30:00Z"), New_York),
        closed("2026-11-01T05:00:00Z")
    );
    assert!(!daily(0, 1).window(at("2026-11-01T06:30:00Z"), New_York).is_open());
}

#[test]
fn phoenix_and_honolulu_keep_their_time() {
    for month in ["01", "04", "07", "10", "12"] {
        let opens = at(&format!("2026-{month}-15T16:00:00Z"));
        assert!(daily(9, 21).window(opens, Phoenix).is_open(), "{month}");
        assert!(
            !daily(9, 21)
                .window(opens - Duration::seconds(1), Phoenix)
                .is_open(),
            "{month}"
        );
    }
    // 21:30 in Denver in summer is 20:30 in Phoenix.
    assert!(!daily(9, 21).window(at("2026-07-16T03:30:00Z"), Denver).is_open());
    assert!(daily(9, 21).window(at("2026-07-16T03:30:00Z"), Phoenix).is_open());
    assert!(
        !daily(9, 21)
            .window(at("2026-07-15T18:59:59Z"), Honolulu)
            .is_open()
    );
    assert_eq!(
        daily(9, 21).window(at("2026-07-15T19:00:00Z"), Honolulu),
        open("2026-07-16T07:00:00Z")
    );
}

#[test]
fn one_of_several_zones_is_all_of_them() {
    let zones = [New_York, Chicago, Denver, Los_Angeles];
    // Summer: 9:00 in Los Angeles is 16:00 UTC, 21:00 in New York is 01:00 UTC.
    let cases = [
        ("2026-07-01T15:59:59Z", closed("2026-07-01T16:00:00Z")),
        ("2026-07-01T16:00:00Z", open("2026-07-02T01:00:00Z")),
        ("2026-07-02T01:00:00Z", closed("2026-07-02T16:00:00Z")),
        ("2026-07-02T04:30:00Z", closed("2026-07-02T16:00:00Z")),
    ];
    for (now, window) in cases {
        assert_eq!(daily(9, 21).window_in_all(at(now), &zones), window, "{now}");
    }
    // Nine in the morning in Honolulu is three in the afternoon in New York.
    assert_eq!(
        daily(9, 12).window_in_all(at("2026-07-01T16:00:00Z"), &[New_York, Honolulu]),
        Window::Never
    );
    assert_eq!(
        daily(9, 12).window_in_all(at("2026-07-01T16:00:00Z"), &[]),
        Window::Never
    );
}

#[test]
fn a_day_without_hours_opens_on_the_next() {
    let alabama = law_of("AL").unwrap().week;
    // Saturday 4 July 2026, 20:00 in Chicago; Sunday has none.
    assert_eq!(
        alabama.window(at("2026-07-05T01:00:00Z"), Chicago),
        closed("2026-07-06T13:00:00Z")
    );
    assert_eq!(
        alabama.window(at("2026-07-05T17:00:00Z"), Chicago),
        closed("2026-07-06T13:00:00Z")
    );
    // Texas on Sunday from noon.
    let texas = law_of("TX").unwrap().week;
    assert_eq!(
        texas.window(at("2026-07-05T16:59:00Z"), Chicago),
        closed("2026-07-05T17:00:00Z")
    );
    assert_eq!(
        WeekHours([DayHours::NONE; 7]).window(at("2026-07-05T17:00:00Z"), Chicago),
        Window::Never
    );
}

#[test]
fn every_zone_of_the_files_is_known() {
    for name in crate::time_zone::all_zones() {
        assert!(parse_zone(name).is_some(), "{name}");
    }
    assert_eq!(parse_zone("America/Nowhere"), None);
}

#[test]
fn zones_are_told_as_spoke_tells_them() {
    assert_eq!(standard_offset("America/New_York"), Some((-5, true)));
    assert_eq!(standard_offset("America/Phoenix"), Some((-7, false)));
    assert_eq!(standard_offset("Australia/Sydney"), Some((10, true)));
    assert_eq!(standard_offset("Pacific/Honolulu"), Some((-10, false)));
    assert_eq!(standard_offset(""), None);
}

proptest! {
    // R19: whoever is texted is within the hours of every zone that they may be in, also at the last second; and the
    // next opening is the first moment at which that holds.
    #[test]
    fn open_is_open_everywhere_and_the_next_opening_is_open(
        seconds in 1_700_000_000_i64..1_900_000_000,
        days in proptest::array::uniform7((0_u8..24, 0_u8..24)),
        picked in proptest::sample::subsequence(vec![New_York, Chicago, Denver, Phoenix, Anchorage, Honolulu], 1..4),
    ) {
        let week = WeekHours(days.map(|(a, b)| DayHours::new(a.min(b), a.max(b)).unwrap()));
        let now = DateTime::from_timestamp(seconds, 0).unwrap();
        let within = |instant: DateTime<Utc>| picked.iter().all(|zone| {
            let local = instant.with_timezone(zone);
            week.day(local.weekday().num_days_from_monday()).includes_hour(u8::try_from(local.hour()).unwrap())
        });
        match week.window_in_all(now, &picked) {
            Window::Open { closes_at } => {
                prop_assert!(within(now));
                let end = closes_at.unwrap();
                prop_assert!(end > now && within(end - Duration::seconds(1)));
            }
            Window::Closed { opens_at } => {
                prop_assert!(!within(now) && opens_at > now && within(opens_at));
                let mut between = now;
                while between < opens_at {
                    prop_assert!(!within(between), "{between}");
                    between += Duration::minutes(15);
                }
            }
            Window::Never => prop_assert!(!within(now)),
        }
    }
}
