//! Which time zone does a contact live in?
//!
//! Zones are IANA names as plain text, so that the browser needs no time zone database. They come from files that
//! `cargo xtask data` writes from public sources, named in the files' heads: ZIP codes one by one, area codes, and the
//! calling codes of other countries.
//!
//! # In two zones
//!
//! Some ZIP codes and some area codes straddle a border. All of their zones are kept with the contact, and a contact
//! who may be in several may be texted when all of them allow it: [`joined`] is how the database keeps them.

use crate::place;

/// The zone of a US ZIP code, or `None` if it is not one or tells nothing.
///
/// Takes the forms of [`five_digits`](crate::zip::five_digits). Military ZIP codes (`AE`, `AP`, `AA`) tell nothing:
/// they are in any zone.
pub fn zone_for_zip(zip: &str) -> Option<&'static str> {
    zones_for_zip(zip).first().copied()
}

/// All zones that a US ZIP code may be in, the likeliest first; empty if nothing is known.
pub fn zones_for_zip(zip: &str) -> &'static [&'static str] {
    place::of_zip(zip).map_or(&[], |place| &place.zones)
}

/// The zone of an area code of the North American numbering plan such as `212`, or `None` if it is not one.
///
/// People keep their numbers when they move: a ZIP code, where there is one, says more.
pub fn zone_for_area_code(area_code: &str) -> Option<&'static str> {
    zones_for_area_code(area_code).first().copied()
}

/// All zones that an area code covers, the likeliest first; empty if it is not one.
pub fn zones_for_area_code(area_code: &str) -> &'static [&'static str] {
    place::of_area_code(area_code).map_or(&[], |place| &place.zones)
}

/// The likeliest zone of a contact: by ZIP code if it tells, else by the number (E.164, such as `+12125550123`).
pub fn zone_for(zip: Option<&str>, cell: &str) -> Option<&'static str> {
    zones_for(zip, cell).first().copied()
}

/// All zones that a contact may be in, the likeliest first; empty if nothing is known.
pub fn zones_for(zip: Option<&str>, cell: &str) -> &'static [&'static str] {
    let by_zip = zip.map_or(&[][..], zones_for_zip);
    if !by_zip.is_empty() {
        return by_zip;
    }
    match cell.strip_prefix("+1") {
        Some(national) if national.len() == 10 => national.get(..3).map_or(&[], zones_for_area_code),
        Some(_) => &[],
        None => place::zones_abroad(cell),
    }
}

/// Zones as the database keeps them: the names with a space between, empty for none.
pub fn joined(zones: &[&str]) -> String {
    zones.join(" ")
}

/// The names in what [`joined`] made.
pub fn split(joined: &str) -> impl Iterator<Item = &str> {
    joined.split_ascii_whitespace()
}

/// Every zone that the files name, possibly more than once.
pub fn all_zones() -> impl Iterator<Item = &'static str> {
    place::all_zones()
}

/// Area codes of places, for made-up numbers.
pub fn area_codes() -> impl Iterator<Item = u16> {
    place::area_codes().filter(|code| !zones_for_area_code(&code.to_string()).is_empty())
}

#[cfg(test)]
mod tests {
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
            ("40202", "America/Kentucky/Louisville"),
            // Indiana: Gary, Evansville and Tell City Central, Knox and Winamac by their own history.
            ("46534", "America/Indiana/Knox"),
            ("46996", "America/Indiana/Winamac"),
            ("47586", "America/Indiana/Tell_City"),
            ("47150", "America/Kentucky/Louisville"),
            // Arizona keeps no daylight saving time, the Navajo Nation in it does, the Hopi within that do not.
            ("86001", "America/Phoenix"),
            ("86503", "America/Denver"),
            ("86505", "America/Denver"),
            ("86507", "America/Denver"),
            ("86510", "America/Denver"),
            ("86515", "America/Denver"),
            ("86520", "America/Denver"),
            ("86535", "America/Denver"),
            ("86538", "America/Denver"),
            ("86540", "America/Denver"),
            ("86545", "America/Denver"),
            ("86547", "America/Denver"),
            ("86556", "America/Denver"),
            ("86033", "America/Denver"),
            ("86030", "America/Phoenix"),
            ("86042", "America/Phoenix"),
            ("86043", "America/Phoenix"),
            ("89883", "America/Denver"),
            // Western Texas, Florida's panhandle, Tennessee, Michigan's west.
            ("79837", "America/Denver"),
            ("79830", "America/Chicago"),
            ("32456", "America/New_York"),
            ("37402", "America/New_York"),
            ("37355", "America/Chicago"),
            ("49801", "America/Menominee"),
            ("96941", "Pacific/Pohnpei"),
            ("42001", "America/Chicago"),
            ("46204", "America/Indiana/Indianapolis"),
            ("46402", "America/Chicago"),
            ("47708", "America/Chicago"),
            ("48201", "America/Detroit"),
            ("60601", "America/Chicago"),
            ("57501", "America/Chicago"),
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
            ("00802", "America/St_Thomas"),
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
    fn zips_on_a_border_name_both_zones() {
        assert_eq!(zones_for_zip("86045"), ["America/Denver", "America/Phoenix"]);
        assert_eq!(zones_for_zip("86040"), ["America/Phoenix", "America/Denver"]);
        assert_eq!(zones_for_zip("36867"), ["America/Chicago", "America/New_York"]);
        assert_eq!(zones_for_zip("10001").len(), 1);
    }

    #[test]
    fn area_codes_on_a_border_name_both_zones() {
        assert_eq!(
            zones_for_area_code("850"),
            ["America/Chicago", "America/New_York"]
        );
        // Its overlay, which the list of zones has in one.
        assert_eq!(
            zones_for_area_code("448"),
            ["America/Chicago", "America/New_York"]
        );
        assert_eq!(zones_for_area_code("928"), ["America/Phoenix", "America/Denver"]);
        assert_eq!(zones_for_area_code("212"), ["America/New_York"]);
        assert_eq!(
            zones_for(None, "+18505550123"),
            ["America/Chicago", "America/New_York"]
        );
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
            ("416", "America/Toronto"),
            ("208", "America/Denver"),
            ("915", "America/Denver"),
        ];
        for (code, zone) in cases {
            assert_eq!(zone_for_area_code(code), Some(zone), "{code}");
        }
        for code in ["", "21", "2125", "800", "888", "000", "abc", "+12", "٢١٢"] {
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
        assert_eq!(zone_for(None, "+442079460958"), Some("Europe/London"));
        // Russia has eleven.
        assert_eq!(zone_for(None, "+70000000000"), None);
        assert_eq!(zone_for(None, "+18005550123"), None);
        assert_eq!(zone_for(None, "+1212"), None);
        assert_eq!(zone_for(None, ""), None);
    }
}
