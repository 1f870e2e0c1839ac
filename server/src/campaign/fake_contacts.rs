//! The loader `test-fakedata`: people that nobody is, for trying a campaign out. They are written as a CSV file and
//! loaded like any other.

use std::fmt::Write;

use bellwether_domain::time_zone;
use serde::Deserialize;

use crate::error::{OpError, OpResult};

/// The ingest method, Spoke's name.
pub const METHOD: &str = "test-fakedata";
/// Contacts made at most.
pub const MAX_FAKE_CONTACTS: usize = 20_000;
/// Spoke's number that stands for a load that fails.
const FAILS: usize = 42;
/// Numbers of an area code that are nobody's: 555-0100 to 555-0199.
const PER_AREA: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    request_contact_count: usize,
}

/// A file with as many contacts as `{"requestContactCount": n}` asks for.
pub fn csv(contact_data: &str) -> OpResult<String> {
    let data: Data = serde_json::from_str(contact_data)
        .map_err(|error| OpError::bad_input(format!("contactData: not {{requestContactCount}}: {error}")))?;
    let count = data.request_contact_count;
    if !(1..=MAX_FAKE_CONTACTS).contains(&count) {
        return Err(OpError::bad_input(format!(
            "contactData.requestContactCount: 1 to {MAX_FAKE_CONTACTS}"
        )));
    }
    if count == FAILS {
        return Err(OpError::bad_input(
            "contactData.requestContactCount: 42 fails, on purpose",
        ));
    }
    let areas: Vec<String> = time_zone::area_codes().map(|area| area.to_string()).collect();
    let mut file = "firstName,lastName,cell,zip,external_id,campaignIndex\n".to_owned();
    for index in 0..count {
        let Some(area) = areas.get(index / PER_AREA) else {
            break;
        };
        // Writing to a String does not fail.
        let _ = writeln!(
            file,
            "Foo{index},Bar{index},+1{area}5550{:03},10025,fake{index},{index}",
            100 + index % PER_AREA
        );
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_as_asked_for_each_with_a_cell_of_its_own() {
        let file = csv(r#"{"requestContactCount": 250}"#).unwrap();
        let cells: std::collections::HashSet<&str> = file
            .lines()
            .skip(1)
            .filter_map(|line| line.split(',').nth(2))
            .collect();
        assert_eq!(cells.len(), 250);
        assert_eq!(
            csv(&format!("{{\"requestContactCount\": {MAX_FAKE_CONTACTS}}}"))
                .unwrap()
                .lines()
                .count(),
            MAX_FAKE_CONTACTS + 1
        );
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for data in [
            "",
            "{}",
            r#"{"requestContactCount": 0}"#,
            r#"{"requestContactCount": 42}"#,
            r#"{"requestContactCount": 1e9}"#,
        ] {
            assert!(csv(data).is_err(), "{data}");
        }
    }
}
