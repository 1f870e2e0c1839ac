//! Writes `crates/domain/data/`: which state and time zones a ZIP code, an area code or a country's numbers are in.
//!
//! `cargo xtask data` fetches the sources and calls it: `place_data <zips.json> <zones.txt> <places.txt> <out dir>`.
//! The head of each written file names its source. Nothing here runs in the product.
#![expect(clippy::print_stdout, reason = "a command")]

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    fmt::Write as _,
    fs,
    path::Path,
};

use chrono::{DateTime, Duration, Offset, TimeZone, Utc};
use chrono_tz::Tz;
use serde::Deserialize;

/// What the ZIP code file has wrong or cannot say: ZIP codes, zones, reason.
const CORRECTIONS: &[(&str, &[&str], &str)] = &[
    ("86003", &["America/Phoenix"], "Flagstaff, as its other ZIP codes"),
    (
        "86040",
        &["America/Phoenix", "America/Denver"],
        "Page keeps Arizona's time, LeChee the Navajo Nation's",
    ),
    (
        "86045",
        &["America/Denver", "America/Phoenix"],
        "Tuba City keeps the Navajo Nation's time, Moenkopi Arizona's",
    ),
    (
        "86502",
        &["America/Phoenix", "America/Denver"],
        "Chambers, at the border of the Navajo Nation",
    ),
    (
        "86512",
        &["America/Phoenix", "America/Denver"],
        "Sanders, at the border of the Navajo Nation",
    ),
    (
        "36867",
        &["America/Chicago", "America/New_York"],
        "Phenix City lives by Eastern time",
    ),
    (
        "36868",
        &["America/Chicago", "America/New_York"],
        "Phenix City lives by Eastern time",
    ),
    (
        "36869",
        &["America/Chicago", "America/New_York"],
        "Phenix City lives by Eastern time",
    ),
    (
        "36870",
        &["America/Chicago", "America/New_York"],
        "Phenix City lives by Eastern time",
    ),
    (
        "89883",
        &["America/Denver"],
        "West Wendover is in Mountain time (64 FR 56707)",
    ),
    ("96941", &["Pacific/Pohnpei"], "Pohnpei is an hour ahead of Chuuk"),
    ("96944", &["Pacific/Kosrae"], "Kosrae is an hour ahead of Chuuk"),
    (
        "99634",
        &["America/Anchorage"],
        "the file has the place's name for a zone",
    ),
];

/// More zones than this tell too little to be worth an intersection: nothing is known then.
const MOST_ZONES: usize = 4;

/// Which of several zones with one clock stands for them all.
const PREFERRED: &[&str] = &[
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
    "America/Halifax",
    "America/Puerto_Rico",
    "Australia/Sydney",
    "Australia/Brisbane",
];

/// Two area codes whose ZIP codes agree this much (shared of all) are overlays: they have each other's zones.
const OVERLAY_SHARE: f64 = 0.6;

#[rustfmt::skip]
const STATES: &[(&str, &str)] = &[
    ("Alabama", "AL"), ("Alaska", "AK"), ("Arizona", "AZ"), ("Arkansas", "AR"), ("California", "CA"),
    ("Colorado", "CO"), ("Connecticut", "CT"), ("Delaware", "DE"), ("Florida", "FL"), ("Georgia", "GA"),
    ("Hawaii", "HI"), ("Idaho", "ID"), ("Illinois", "IL"), ("Indiana", "IN"), ("Iowa", "IA"), ("Kansas", "KS"),
    ("Kentucky", "KY"), ("Louisiana", "LA"), ("Maine", "ME"), ("Maryland", "MD"), ("Massachusetts", "MA"),
    ("Michigan", "MI"), ("Minnesota", "MN"), ("Mississippi", "MS"), ("Missouri", "MO"), ("Montana", "MT"),
    ("Nebraska", "NE"), ("Nevada", "NV"), ("New Hampshire", "NH"), ("New Jersey", "NJ"), ("New Mexico", "NM"),
    ("New York", "NY"), ("North Carolina", "NC"), ("North Dakota", "ND"), ("Ohio", "OH"), ("Oklahoma", "OK"),
    ("Oregon", "OR"), ("Pennsylvania", "PA"), ("Rhode Island", "RI"), ("South Carolina", "SC"),
    ("South Dakota", "SD"), ("Tennessee", "TN"), ("Texas", "TX"), ("Utah", "UT"), ("Vermont", "VT"),
    ("Virginia", "VA"), ("Washington State", "WA"), ("Washington D.C.", "DC"), ("West Virginia", "WV"),
    ("Wisconsin", "WI"), ("Wyoming", "WY"),
];

#[derive(Deserialize)]
struct Zip {
    zip_code: String,
    state: String,
    timezone: String,
    area_codes: Vec<String>,
}

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [zips, zones, places, out] = args.as_slice() else {
        return Err("place_data <zips.json> <zones.txt> <places.txt> <out dir>".into());
    };
    let mut zips: Vec<Zip> = serde_json::from_str(&fs::read_to_string(zips)?)?;
    zips.sort_by(|a, b| a.zip_code.cmp(&b.zip_code));
    let (zones, places) = (fs::read_to_string(zones)?, fs::read_to_string(places)?);
    let (zones, places) = (prefix_lines(&zones), prefix_lines(&places));
    let out = Path::new(out);
    write(out, "zips.tsv", &zip_lines(&zips)?)?;
    write(out, "area_codes.tsv", &area_code_lines(&zips, &zones, &places)?)?;
    write(out, "calling_codes.tsv", &calling_code_lines(&zones)?)
}

fn write(out: &Path, name: &str, text: &str) -> Result<(), Failure> {
    let path = out.join(name);
    fs::write(&path, text)?;
    let lines = text.lines().filter(|line| !line.starts_with('#')).count();
    println!("{}: {lines} lines, {} bytes", path.display(), text.len());
    Ok(())
}

/// `prefix|value` by prefix.
fn prefix_lines(text: &str) -> BTreeMap<&str, &str> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.trim().split_once('|')).collect()
}

fn zip_lines(zips: &[Zip]) -> Result<String, Failure> {
    let mut text = String::from(
        "# Runs of United States ZIP codes: first, last, state, IANA time zones (the likeliest first; none for military mail).\n\
         # Written by `cargo xtask data`; do not edit. Source: crates/zipcodes/src/zips.json.bz2 of\n\
         # github.com/seanpianka/Zipcodes (MIT), itself from unitedstateszipcodes.org, USPS ZIP Locale Detail and GeoNames\n\
         # (CC BY 4.0); the commit is in xtask/src/data.rs. Corrected where crates/domain/examples/place_data.rs says so.\n",
    );
    let mut run: Option<(&str, &str, &str, String)> = None;
    for zip in zips {
        let corrected = CORRECTIONS.iter().find(|(code, _, _)| *code == zip.zip_code);
        let zones = corrected.map_or_else(|| zip.timezone.clone(), |(_, zones, _)| zones.join(" "));
        for zone in zones.split_whitespace() {
            let _: Tz = zone
                .parse()
                .map_err(|error| format!("{}: {error}", zip.zip_code))?;
        }
        match &mut run {
            Some((_, last, state, run_zones)) if *state == zip.state && *run_zones == zones => {
                *last = &zip.zip_code
            }
            _ => {
                if let Some((first, last, state, zones)) = run.take() {
                    writeln!(text, "{first}\t{last}\t{state}\t{zones}")?;
                }
                run = Some((&zip.zip_code, &zip.zip_code, &zip.state, zones));
            }
        }
    }
    if let Some((first, last, state, zones)) = run {
        writeln!(text, "{first}\t{last}\t{state}\t{zones}")?;
    }
    Ok(text)
}

fn area_code_lines(
    zips: &[Zip],
    zones: &BTreeMap<&str, &str>,
    places: &BTreeMap<&str, &str>,
) -> Result<String, Failure> {
    let mut text = String::from(
        "# Area codes of the North American numbering plan: code, state (none outside of the United States), IANA time zones\n\
         # (the likeliest first). Written by `cargo xtask data`; do not edit. Source: resources/timezones/map_data.txt and\n\
         # resources/geocoding/en/1.txt of github.com/google/libphonenumber (Apache-2.0), all exchanges of a code together,\n\
         # since cells are not tied to them; overlays, order and missing states from the source of zips.tsv.\n",
    );
    let mut by_code: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (prefix, names) in zones {
        if let Some(code) = prefix.strip_prefix('1').and_then(|rest| rest.get(..3)) {
            by_code.entry(code).or_default().extend(names.split('&'));
        }
    }
    let mut of_code: BTreeMap<&str, Vec<&Zip>> = BTreeMap::new();
    for zip in zips {
        for code in &zip.area_codes {
            of_code.entry(code).or_default().push(zip);
        }
    }
    let ids: BTreeMap<&str, BTreeSet<&str>> = of_code
        .iter()
        .map(|(code, zips)| (*code, zips.iter().map(|zip| zip.zip_code.as_str()).collect()))
        .collect();
    let alone = by_code.clone();
    for (code, zones) in &mut by_code {
        for (other, theirs) in &alone {
            if let (Some(a), Some(b)) = (ids.get(code), ids.get(other)) {
                let (shared, all) = (a.intersection(b).count(), a.union(b).count());
                if shared as f64 / all as f64 >= OVERLAY_SHARE {
                    zones.extend(theirs);
                }
            }
        }
    }
    for (code, zones) in by_code {
        let zips = of_code.get(code).map_or(&[][..], Vec::as_slice);
        let count = |names: &[&str]| {
            zips.iter()
                .filter(|zip| names.contains(&zip.timezone.as_str()))
                .count()
        };
        let mut merged = merged(&zones)?;
        merged.sort_by_key(|(_, names)| std::cmp::Reverse(count(names)));
        let zones: Vec<&str> = merged.iter().map(|(zone, _)| *zone).collect();
        let known = if zones.len() > MOST_ZONES {
            String::new()
        } else {
            zones.join(" ")
        };
        writeln!(text, "{code}\t{}\t{known}", state_of(code, zips, places))?;
    }
    Ok(text)
}

/// By its place's name, else where most of its ZIP codes are.
fn state_of(code: &str, zips: &[&Zip], places: &BTreeMap<&str, &str>) -> String {
    if let Some(place) = places.get(format!("1{code}").as_str()) {
        let named = STATES
            .iter()
            .find(|(name, _)| name == place)
            .map(|(_, state)| *state);
        let city = place.rsplit_once(", ").map(|(_, state)| state);
        let state = named.or_else(|| city.filter(|city| STATES.iter().any(|(_, state)| *state == *city)));
        return state.unwrap_or_default().to_owned();
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for zip in zips {
        *counts.entry(&zip.state).or_default() += 1;
    }
    let most = counts.into_iter().max_by_key(|(_, count)| *count);
    most.map(|(state, _)| state.to_owned()).unwrap_or_default()
}

fn calling_code_lines(zones: &BTreeMap<&str, &str>) -> Result<String, Failure> {
    let mut text = String::from(
        "# Numbers outside of the North American numbering plan: first digits of the E.164 number, IANA time zones (none:\n\
         # too many to tell); the longest that fits counts. Written by `cargo xtask data`; do not edit. Source:\n\
         # resources/timezones/map_data.txt of github.com/google/libphonenumber (Apache-2.0).\n",
    );
    let mut written: BTreeMap<&str, String> = BTreeMap::new();
    for (prefix, names) in zones.iter().filter(|(prefix, _)| !prefix.starts_with('1')) {
        let merged = merged(&names.split('&').collect())?;
        let zones: Vec<&str> = merged.iter().map(|(zone, _)| *zone).collect();
        let known = if zones.len() > MOST_ZONES {
            String::new()
        } else {
            zones.join(" ")
        };
        let parent = (1..prefix.len())
            .rev()
            .find_map(|length| written.get(prefix.get(..length)?));
        if parent != Some(&known) {
            writeln!(text, "{prefix}\t{known}")?;
            written.insert(prefix, known);
        }
    }
    Ok(text)
}

/// One of each clock, with all that have it.
fn merged<'a>(names: &BTreeSet<&'a str>) -> Result<Vec<(&'a str, Vec<&'a str>)>, Failure> {
    let mut clocks: BTreeMap<Vec<i32>, Vec<&str>> = BTreeMap::new();
    for name in names {
        // "Etc/Unknown" stands for satellites and the like.
        if let Ok(zone) = name.parse::<Tz>() {
            clocks.entry(clock(zone)).or_default().push(name);
        }
    }
    let one = |names: Vec<&'a str>| {
        let preferred = PREFERRED
            .iter()
            .find_map(|zone| names.iter().find(|name| name == &zone));
        preferred
            .or_else(|| names.first())
            .copied()
            .map(|zone| (zone, names.clone()))
    };
    Ok(clocks.into_values().filter_map(one).collect())
}

/// Offsets from UTC in seconds, every six hours of the years 2026 to 2028.
fn clock(zone: Tz) -> Vec<i32> {
    let first: DateTime<Utc> = Utc
        .with_ymd_and_hms(2026, 1, 1, 0, 0, 0)
        .single()
        .unwrap_or_default();
    (0..4 * 365 * 3)
        .map(|step| {
            let local = (first + Duration::hours(6 * step)).with_timezone(&zone);
            local.offset().fix().local_minus_utc()
        })
        .collect()
}
