//! Which time zone does a contact live in?
//!
//! Zones are IANA names as plain text, so that the browser needs no time zone database.
//!
//! The tables are written from general knowledge of ZIP prefixes, area codes and the zones' borders (49 CFR part 71).
//! They are a stand-in: **issue 4 regenerates them from a named data source** (a ZIP code file and NANPA's list) with
//! its date, by ZIP code instead of by prefix.
//!
//! # Prefixes and area codes in two zones
//!
//! Some straddle a border. Where both sides count, [`zone_for_zip`] and [`zone_for_area_code`] answer with the zone
//! further west, in which the window opens *later*: nobody is texted too early. It closes later too, so contacts on
//! the eastern side may be texted an hour after their window's end. Who must rule out both asks [`zones_for_zip`] or
//! [`zones_for_area_code`] and takes the intersection (`TextingHours::may_text_in_all`). Where one side is a sliver
//! (well under a tenth of the people), the answer is the other side's zone, and the sliver's is still in the list.

use crate::zip::five_digits;

mod area_codes;
mod zip_prefixes;

/// The zone of a US ZIP code by its first three digits, or `None` if it is not one or tells nothing.
///
/// Takes the forms of [`five_digits`]. Military ZIP codes (`AE`, `AP`, `AA`) tell nothing: they are in any zone.
pub fn zone_for_zip(zip: &str) -> Option<&'static str> {
    zones_for_zip(zip).first().copied()
}

/// All zones that a US ZIP code may be in, the one of [`zone_for_zip`] first; empty if nothing is known.
pub fn zones_for_zip(zip: &str) -> &'static [&'static str] {
    let Some(zip) = five_digits(zip) else {
        return &[];
    };
    let single = zip_prefixes::SINGLE_ZIPS
        .iter()
        .find(|(single, _)| *single == zip);
    if let Some((_, zones)) = single {
        return zones;
    }
    let Some(prefix) = zip.get(..3).and_then(|prefix| prefix.parse::<u16>().ok()) else {
        return &[];
    };
    let row = zip_prefixes::ZIP_PREFIXES
        .iter()
        .find(|(first, last, _)| (*first..=*last).contains(&prefix));
    row.map_or(&[], |(_, _, zones)| zones)
}

/// The zone of a US area code such as `212`, or `None` if it is not one.
///
/// People keep their numbers when they move: a ZIP code, where there is one, says more.
pub fn zone_for_area_code(area_code: &str) -> Option<&'static str> {
    zones_for_area_code(area_code).first().copied()
}

/// All zones that a US area code covers, the one of [`zone_for_area_code`] first; empty if it is not one.
pub fn zones_for_area_code(area_code: &str) -> &'static [&'static str] {
    if area_code.len() != 3 || !area_code.bytes().all(|byte| byte.is_ascii_digit()) {
        return &[];
    }
    let Ok(code) = area_code.parse::<u16>() else {
        return &[];
    };
    area_codes::AREA_CODES
        .iter()
        .find(|(_, codes)| codes.contains(&code))
        .map_or(&[], |(zones, _)| zones)
}

/// The zone of a contact: by ZIP code if it tells, else by the area code of the cell (E.164, such as `+12125550123`).
pub fn zone_for(zip: Option<&str>, cell: &str) -> Option<&'static str> {
    zones_for(zip, cell).first().copied()
}

/// All zones that a contact may be in, the one of [`zone_for`] first; empty if nothing is known.
pub fn zones_for(zip: Option<&str>, cell: &str) -> &'static [&'static str] {
    let by_zip = zip.map_or(&[][..], zones_for_zip);
    if !by_zip.is_empty() {
        return by_zip;
    }
    let national = cell.strip_prefix("+1").filter(|national| national.len() == 10);
    national
        .and_then(|national| national.get(..3))
        .map_or(&[], zones_for_area_code)
}

/// Every zone that the tables name, possibly more than once.
pub fn all_zones() -> impl Iterator<Item = &'static str> {
    let prefixes = zip_prefixes::ZIP_PREFIXES.iter().map(|(_, _, zones)| *zones);
    let singles = zip_prefixes::SINGLE_ZIPS.iter().map(|(_, zones)| *zones);
    let codes = area_codes::AREA_CODES.iter().map(|(zones, _)| *zones);
    prefixes.chain(singles).chain(codes).flatten().copied()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn zips_of_every_kind() {
        let cases = [
            ("10001", "America/New_York"),
            ("02139-1234", "America/New_York"),
            ("2139", "America/New_York"),
            ("06510", "America/New_York"),
            ("20500", "America/New_York"),
            ("33101", "America/New_York"),
            ("32501", "America/Chicago"),
            ("32401", "America/Chicago"),
            ("32301", "America/New_York"),
            ("37201", "America/Chicago"),
            ("37902", "America/New_York"),
            ("40202", "America/New_York"),
            ("42001", "America/Chicago"),
            ("46204", "America/Indiana/Indianapolis"),
            ("46402", "America/Chicago"),
            ("47708", "America/Chicago"),
            ("48201", "America/Detroit"),
            ("60601", "America/Chicago"),
            ("57501", "America/Denver"),
            ("57101", "America/Chicago"),
            ("57701", "America/Denver"),
            ("58601", "America/Denver"),
            ("58102", "America/Chicago"),
            ("69361", "America/Denver"),
            ("68102", "America/Chicago"),
            ("67735", "America/Denver"),
            ("66101", "America/Chicago"),
            ("75201", "America/Chicago"),
            ("79901", "America/Denver"),
            ("88510", "America/Denver"),
            ("80202", "America/Denver"),
            ("85001", "America/Phoenix"),
            ("83702", "America/Boise"),
            ("83814", "America/Los_Angeles"),
            ("97914", "America/Boise"),
            ("97201", "America/Los_Angeles"),
            ("89101", "America/Los_Angeles"),
            ("94103", "America/Los_Angeles"),
            ("99501", "America/Anchorage"),
            ("99546", "America/Adak"),
            ("96813", "Pacific/Honolulu"),
            ("96799", "Pacific/Pago_Pago"),
            ("96910", "Pacific/Guam"),
            ("00901", "America/Puerto_Rico"),
            ("00802", "America/Puerto_Rico"),
        ];
        for (zip, zone) in cases {
            assert_eq!(zone_for_zip(zip), Some(zone), "{zip}");
        }
    }

    #[test]
    fn what_is_no_zip_has_no_zone() {
        for zip in [
            "", "abc", "00000", "09012", "34002", "96201", "K1A 0B1", "99", "123456",
        ] {
            assert_eq!(zone_for_zip(zip), None, "{zip}");
        }
    }

    #[test]
    fn straddling_prefixes_name_both_zones() {
        assert_eq!(zones_for_zip("57501"), ["America/Denver", "America/Chicago"]);
        // Two small counties of western Kansas: a sliver.
        assert_eq!(zones_for_zip("67801"), ["America/Chicago", "America/Denver"]);
        assert_eq!(zones_for_zip("10001").len(), 1);
    }

    #[test]
    fn area_codes_of_every_kind() {
        let cases = [
            ("212", "America/New_York"),
            ("312", "America/Chicago"),
            ("303", "America/Denver"),
            ("602", "America/Phoenix"),
            ("415", "America/Los_Angeles"),
            ("907", "America/Anchorage"),
            ("808", "Pacific/Honolulu"),
            ("787", "America/Puerto_Rico"),
            ("671", "Pacific/Guam"),
            ("850", "America/Chicago"),
            ("208", "America/Los_Angeles"),
            ("915", "America/Denver"),
        ];
        for (code, zone) in cases {
            assert_eq!(zone_for_area_code(code), Some(zone), "{code}");
        }
        for code in ["", "21", "2125", "800", "888", "416", "000", "abc", "+12", "٢١٢"] {
            assert_eq!(zone_for_area_code(code), None, "{code}");
        }
    }

    #[test]
    fn the_zip_comes_before_the_area_code() {
        assert_eq!(
            zone_for(Some("94103"), "+12125550123"),
            Some("America/Los_Angeles")
        );
        assert_eq!(zone_for(Some(""), "+12125550123"), Some("America/New_York"));
        assert_eq!(zone_for(Some("09012"), "+12125550123"), Some("America/New_York"));
        assert_eq!(zone_for(None, "+12125550123"), Some("America/New_York"));
        assert_eq!(zone_for(None, "+442079460958"), None);
        assert_eq!(zone_for(None, ""), None);
    }

    #[test]
    fn zip_prefixes_are_in_order_and_do_not_overlap() {
        let mut before = 0;
        for (first, last, zones) in zip_prefixes::ZIP_PREFIXES {
            assert!(*first > before && first <= last && *last < 1000, "{first}");
            assert!(!zones.is_empty());
            before = *last;
        }
    }

    #[test]
    fn no_area_code_is_listed_twice() {
        let mut seen = HashSet::new();
        for code in area_codes::AREA_CODES.iter().flat_map(|(_, codes)| codes.iter()) {
            assert!((200..1000).contains(code) && code % 100 != 11, "{code}");
            assert!(seen.insert(*code), "{code}");
        }
        assert!(seen.len() > 340, "{}", seen.len());
    }
}
