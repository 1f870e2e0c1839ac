//! Which state does a ZIP code or an area code belong to?
//!
//! States are the two letters of the United States Postal Service, territories and military mail (`AA`, `AE`, `AP`)
//! among them. From the files of [`time_zone`](crate::time_zone).

use crate::place;

/// The state of a US ZIP code, in the forms that [`five_digits`](crate::zip::five_digits) reads; `None` if it is not
/// one.
pub fn state_for_zip(zip: &str) -> Option<&'static str> {
    place::of_zip(zip)
        .map(|place| place.state)
        .filter(|state| !state.is_empty())
}

/// The state of a US area code such as `212`; `None` if it belongs to none (toll-free and the like) or is not one.
pub fn state_for_area_code(area_code: &str) -> Option<&'static str> {
    place::of_area_code(area_code)
        .map(|place| place.state)
        .filter(|state| !state.is_empty())
}

/// Is it the two letters of a state, the District or a territory? Military mail is none.
pub fn is_state(letters: &str) -> bool {
    place::is_state(letters)
}

/// The state of a contact: by ZIP code if it tells, else by the area code of the cell (E.164); empty if neither does.
pub fn state_for(zip: Option<&str>, cell: &str) -> &'static str {
    let by_cell = || {
        let national = cell.strip_prefix("+1").filter(|national| national.len() == 10)?;
        state_for_area_code(national.get(..3)?)
    };
    zip.and_then(state_for_zip).or_else(by_cell).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zips_have_the_state_of_their_prefix_or_their_own() {
        let cases = [
            ("10027", Some("NY")),
            ("00501", Some("NY")),
            ("501", Some("NY")),
            ("02139-1234", Some("MA")),
            ("2139", Some("MA")),
            ("00601", Some("PR")),
            ("00802", Some("VI")),
            ("05401", Some("VT")),
            ("05501", Some("MA")),
            ("06390", Some("NY")),
            ("06510", Some("CT")),
            ("09012", Some("AE")),
            ("34002", Some("AA")),
            ("96201", Some("AP")),
            ("20001", Some("DC")),
            ("20101", Some("VA")),
            ("20901", Some("MD")),
            ("39801", Some("GA")),
            ("73301", Some("TX")),
            ("73960", Some("TX")),
            ("88510", Some("TX")),
            ("90210", Some("CA")),
            ("96799", Some("AS")),
            ("96813", Some("HI")),
            ("96910", Some("GU")),
            ("96950", Some("MP")),
            ("99501", Some("AK")),
            ("00000", None),
            ("99", None),
            ("K1A 0B1", None),
            ("", None),
        ];
        for (zip, state) in cases {
            assert_eq!(state_for_zip(zip), state, "{zip:?}");
        }
    }

    #[test]
    fn area_codes_have_one_state_each() {
        for (code, state) in [
            ("212", Some("NY")),
            ("415", Some("CA")),
            ("787", Some("PR")),
            ("850", Some("FL")),
            ("906", Some("MI")),
            ("800", None),
            ("416", None),
            ("000", None),
            ("+21", None),
            ("2125", None),
            ("", None),
        ] {
            assert_eq!(state_for_area_code(code), state, "{code:?}");
        }
    }

    #[test]
    fn a_contact_is_where_its_zip_is_else_where_its_number_is() {
        assert_eq!(state_for(Some("94103"), "+12125550123"), "CA");
        assert_eq!(state_for(Some(""), "+12125550123"), "NY");
        assert_eq!(state_for(None, "+12125550123"), "NY");
        assert_eq!(state_for(None, "+14165550123"), "");
        assert_eq!(state_for(None, "+442079460958"), "");
    }

    #[test]
    fn area_codes_of_states_have_a_time_zone() {
        for code in crate::place::area_codes().map(|code| code.to_string()) {
            if state_for_area_code(&code).is_some() {
                assert!(crate::time_zone::zone_for_area_code(&code).is_some(), "{code}");
            }
        }
    }
}
