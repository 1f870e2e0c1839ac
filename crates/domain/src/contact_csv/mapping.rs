//! Which column is what.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A file with more columns is refused: it is not a list of contacts but a mistake.
pub const MAX_COLUMNS: usize = 200;

/// Which header names which field. Every other column becomes a custom field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Mapping {
    /// The column of first names.
    pub first_name: Option<String>,
    /// The column of last names.
    pub last_name: Option<String>,
    /// The column of cells.
    pub cell: Option<String>,
    /// The column of ZIP codes.
    pub zip: Option<String>,
    /// The column of ids in the system that the file comes from, such as VAN.
    #[serde(rename = "external_id")]
    pub external_id: Option<String>,
}

/// Why a mapping does not fit a file.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum MappingError {
    /// The file has no columns.
    #[error("the file has no header row")]
    NoHeaders,
    /// More than [`MAX_COLUMNS`] columns.
    #[error("the file has {0} columns; at most {MAX_COLUMNS} are possible")]
    TooManyColumns(usize),
    /// Two columns have one header, so that nobody can say which is meant.
    #[error("two columns are called “{0}”")]
    DuplicateHeader(String),
    /// First name, last name and cell must have a column, as in Spoke.
    #[error("choose the column for {0}")]
    FieldMissing(&'static str),
    /// The mapping names a column that the file does not have.
    #[error("there is no column “{header}” for {field}")]
    UnknownHeader {
        /// The field.
        field: &'static str,
        /// The header that the file lacks.
        header: String,
    },
    /// Two fields name one column.
    #[error("the column “{0}” is chosen twice")]
    ChosenTwice(String),
}

/// Known headers in the order of preference, reduced as [`reduce`] does. After Spoke's `topLevelUploadFields` and the
/// exports of VAN, `ActBlue`, Action Network and spreadsheets seen in the wild.
const SYNONYMS: [(&str, &[&str]); 5] = [
    (
        "firstName",
        &[
            "firstname",
            "fname",
            "givenname",
            "first",
            "namefirst",
            "preferredname",
            "forename",
        ],
    ),
    (
        "lastName",
        &["lastname", "lname", "surname", "familyname", "last", "namelast"],
    ),
    (
        "cell",
        &[
            "cell",
            "cellphone",
            "cellnumber",
            "cellphonenumber",
            "mobile",
            "mobilephone",
            "mobilenumber",
            "mobilephonenumber",
            "phonemobile",
            "phonecell",
            "preferredphone",
            "phonenumber",
            "phone",
            "primaryphone",
            "phone1",
            "telephone",
            "telephonenumber",
            "tel",
            "number",
            "contactnumber",
        ],
    ),
    (
        "zip",
        &[
            "zip",
            "zip5",
            "zipcode",
            "postalcode",
            "postcode",
            "zipcode5",
            "zippostalcode",
            "mailingzip",
            "homezip",
        ],
    ),
    (
        "external_id",
        &[
            "externalid",
            "vanid",
            "voterfilevanid",
            "myvvanid",
            "votervanid",
            "dwid",
            "exid",
            "id",
            "contactid",
        ],
    ),
];

/// Guesses the mapping from the headers, without regard to case, spaces and punctuation.
///
/// For each field the best-known synonym wins, and among equals the leftmost column. What is not found is `None`, for
/// a person to choose.
pub fn suggest_mapping(headers: &[String]) -> Mapping {
    let reduced: Vec<String> = headers.iter().map(|header| reduce(header)).collect();
    let find = |field: &str| -> Option<String> {
        let (_, synonyms) = SYNONYMS.iter().find(|(name, _)| *name == field)?;
        let index = synonyms
            .iter()
            .find_map(|synonym| reduced.iter().position(|header| header == synonym))?;
        headers.get(index).map(|header| clean_header(header))
    };
    Mapping {
        first_name: find("firstName"),
        last_name: find("lastName"),
        cell: find("cell"),
        zip: find("zip"),
        external_id: find("external_id"),
    }
}

impl Mapping {
    /// The fields by their names in scripts and files, with their headers.
    pub(super) fn fields(&self) -> [(&'static str, Option<&str>); 5] {
        [
            ("firstName", self.first_name.as_deref()),
            ("lastName", self.last_name.as_deref()),
            ("cell", self.cell.as_deref()),
            ("zip", self.zip.as_deref()),
            ("external_id", self.external_id.as_deref()),
        ]
    }

    /// Does the mapping fit a file with these headers?
    ///
    /// # Errors
    ///
    /// The first [`MappingError`] found: about the file, then about the fields in their order.
    pub fn validate(&self, headers: &[String]) -> Result<(), MappingError> {
        let headers: Vec<String> = headers.iter().map(|header| clean_header(header)).collect();
        if headers.iter().all(String::is_empty) {
            return Err(MappingError::NoHeaders);
        }
        if headers.len() > MAX_COLUMNS {
            return Err(MappingError::TooManyColumns(headers.len()));
        }
        for (index, header) in headers.iter().enumerate() {
            if !header.is_empty() && headers.iter().take(index).any(|earlier| earlier == header) {
                return Err(MappingError::DuplicateHeader(header.clone()));
            }
        }
        let mut chosen: Vec<String> = Vec::new();
        for (field, header) in self.fields() {
            let header = header.map(clean_header).filter(|header| !header.is_empty());
            let Some(header) = header else {
                if matches!(field, "firstName" | "lastName" | "cell") {
                    return Err(MappingError::FieldMissing(field));
                }
                continue;
            };
            if !headers.contains(&header) {
                return Err(MappingError::UnknownHeader { field, header });
            }
            if chosen.contains(&header) {
                return Err(MappingError::ChosenTwice(header));
            }
            chosen.push(header);
        }
        Ok(())
    }
}

/// A header as we keep it: without byte order mark, NUL and the space around it.
pub fn clean_header(header: &str) -> String {
    header.replace(['\0', '\u{feff}'], "").trim().to_owned()
}

/// Lower case, letters and digits only: `First_Name`, `first name` and `FirstName` are one.
fn reduce(header: &str) -> String {
    header
        .chars()
        .filter(|character| character.is_alphanumeric())
        .collect::<String>()
        .to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn suggested(names: &[&str]) -> [Option<String>; 5] {
        let Mapping {
            first_name,
            last_name,
            cell,
            zip,
            external_id,
        } = suggest_mapping(&headers(names));
        [first_name, last_name, cell, zip, external_id]
    }

    fn mapped(names: [&str; 5]) -> [Option<String>; 5] {
        names.map(|name| Some(name.to_owned()))
    }

    #[test]
    fn knows_synonyms() {
        for names in [
            ["firstName", "lastName", "cell", "zip", "external_id"],
            ["first_name", "last_name", "cell", "zip", "external_id"],
            ["First Name", "LAST NAME", "Cell Phone", "Postal Code", "VANID"],
            ["f_name", "l_name", "mobile", "ZIP5", "Voter File VANID"],
            ["first", "last", "number", "zip code", "id"],
            ["given name", "Surname", "Phone Number", "zipcode", "DWID"],
            ["GivenName", "family-name", "phone", "postcode", "External ID"],
        ] {
            assert_eq!(suggested(&names), mapped(names));
        }
    }

    #[test]
    fn prefers_the_better_synonym_and_then_the_left() {
        let names = [
            "phone", "cell", "Mobile", "ID", "VANID", "zip", "Zip", "First", "Last",
        ];
        assert_eq!(
            suggested(&names),
            mapped(["First", "Last", "cell", "zip", "VANID"])
        );
    }

    #[test]
    fn leaves_open_what_it_does_not_find() {
        assert_eq!(suggested(&["Name", "Favourite colour"]), [const { None }; 5]);
        assert_eq!(suggest_mapping(&[]), Mapping::default());
    }

    #[test]
    fn strips_the_byte_order_mark() {
        assert_eq!(
            suggest_mapping(&headers(&["\u{feff}firstName"]))
                .first_name
                .as_deref(),
            Some("firstName")
        );
    }

    #[test]
    fn writes_the_names_of_the_contract() {
        let mapping = suggest_mapping(&headers(&["first", "last", "cell", "vanid"]));
        let json = serde_json::json!({
            "firstName": "first", "lastName": "last", "cell": "cell", "zip": null, "external_id": "vanid"
        });
        assert_eq!(serde_json::to_value(&mapping).unwrap(), json);
        assert_eq!(
            serde_json::from_value::<Mapping>(serde_json::json!({"cell": "c"}))
                .unwrap()
                .cell
                .unwrap(),
            "c"
        );
    }

    #[test]
    fn validates() {
        let names = headers(&["first", "last", "phone", "zip", "", ""]);
        let mapping = suggest_mapping(&names);
        assert_eq!(mapping.validate(&names), Ok(()));

        let with = |change: fn(&mut Mapping)| {
            let mut changed = mapping.clone();
            change(&mut changed);
            changed.validate(&names)
        };
        assert_eq!(with(|mapping| mapping.zip = None), Ok(()));
        assert_eq!(
            with(|mapping| mapping.first_name = None),
            Err(MappingError::FieldMissing("firstName"))
        );
        assert_eq!(
            with(|mapping| mapping.cell = Some(" ".into())),
            Err(MappingError::FieldMissing("cell"))
        );
        assert_eq!(
            with(|mapping| mapping.zip = Some("nope".into())),
            Err(MappingError::UnknownHeader {
                field: "zip",
                header: "nope".to_owned()
            })
        );
        assert_eq!(
            with(|mapping| mapping.zip = Some("phone".into())),
            Err(MappingError::ChosenTwice("phone".to_owned()))
        );
        assert_eq!(mapping.validate(&[]), Err(MappingError::NoHeaders));
        assert_eq!(
            mapping.validate(&headers(&["first", "last", "phone", "a", "a "])),
            Err(MappingError::DuplicateHeader("a".to_owned()))
        );
        let wide: Vec<String> = (0..=MAX_COLUMNS).map(|index| index.to_string()).collect();
        assert_eq!(mapping.validate(&wide), Err(MappingError::TooManyColumns(201)));
    }
}
