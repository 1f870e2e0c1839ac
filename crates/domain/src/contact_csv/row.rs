//! A row to a contact.

use serde_json::{Map, Value};
use thiserror::Error;

use super::{Mapping, MappingError, clean_header};
use crate::phone::{Cell, CellError};
#[cfg(feature = "phone")]
use crate::zip;

/// A value longer than this refuses its row. (Not a *cell*, which is a number in our words.)
pub const MAX_VALUE_BYTES: usize = 64 * 1024;

/// One contact of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactRow {
    /// May be empty.
    pub first_name: String,
    /// May be empty.
    pub last_name: String,
    /// The number, valid.
    pub cell: Cell,
    /// Five digits; `None` if there is no ZIP code, or one that cannot be read, which refuses no row.
    pub zip: Option<String>,
    /// The id in the system that the file comes from.
    pub external_id: Option<String>,
    /// The other columns that have a header, as texts; empty values too, so that every contact has the same fields.
    pub custom_fields: Map<String, Value>,
}

/// Why a row is not a contact.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum RowError {
    /// The row has values to the right of the last header.
    #[error("the row has {found} columns, but the header has {expected}")]
    TooManyColumns {
        /// The columns of the row.
        found: usize,
        /// The columns of the header.
        expected: usize,
    },
    /// A value of more than [`MAX_VALUE_BYTES`].
    #[error("the value in column “{header}” is too long")]
    ValueTooLong {
        /// The column's header.
        header: String,
    },
    /// There is no number.
    #[error("the cell is missing")]
    CellMissing,
    /// The number is not one.
    #[error("the cell is not valid: {0}")]
    CellInvalid(#[source] CellError),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    FirstName,
    LastName,
    Cell,
    Zip,
    ExternalId,
    Custom,
    Ignored,
}

/// Reads the rows of one file, whose headers and mapping it has checked.
#[derive(Clone, Debug)]
pub struct RowReader {
    columns: Vec<(String, Column)>,
}

impl RowReader {
    /// Takes the header row and the mapping.
    ///
    /// # Errors
    ///
    /// As [`Mapping::validate`].
    pub fn new(headers: &[String], mapping: &Mapping) -> Result<Self, MappingError> {
        mapping.validate(headers)?;
        let fields = mapping
            .fields()
            .map(|(field, header)| (field, header.map(clean_header)));
        let columns = headers.iter().map(|header| {
            let header = clean_header(header);
            let field = fields
                .iter()
                .find(|(_, chosen)| chosen.as_ref() == Some(&header))
                .map(|(field, _)| *field);
            let column = match field {
                _ if header.is_empty() => Column::Ignored,
                Some("firstName") => Column::FirstName,
                Some("lastName") => Column::LastName,
                Some("cell") => Column::Cell,
                Some("zip") => Column::Zip,
                Some("external_id") => Column::ExternalId,
                _ => Column::Custom,
            };
            (header, column)
        });
        Ok(Self {
            columns: columns.collect(),
        })
    }

    /// The names of the custom fields, in the order of the columns.
    pub fn custom_field_names(&self) -> impl Iterator<Item = &str> {
        self.columns
            .iter()
            .filter(|(_, column)| *column == Column::Custom)
            .map(|(header, _)| header.as_str())
    }

    /// Reads one row. `country` is that of numbers without `+`, as for [`Cell::parse`].
    ///
    /// A short row is filled up with empty values, and empty values beyond the header are ignored, since spreadsheets
    /// write both. NUL characters, which PostgreSQL refuses, and the space around values are dropped.
    ///
    /// # Errors
    ///
    /// The first [`RowError`] found.
    #[cfg(feature = "phone")]
    pub fn read(&self, record: &[&str], country: &str) -> Result<ContactRow, RowError> {
        if record
            .iter()
            .skip(self.columns.len())
            .any(|value| !clean_value(value).is_empty())
        {
            return Err(RowError::TooManyColumns {
                found: record.len(),
                expected: self.columns.len(),
            });
        }
        let mut names = (String::new(), String::new());
        let mut written_cell = String::new();
        let mut zip = None;
        let mut external_id = None;
        let mut custom_fields = Map::new();
        let values = record.iter().copied().chain(std::iter::repeat(""));
        for ((header, column), value) in self.columns.iter().zip(values) {
            if value.len() > MAX_VALUE_BYTES {
                return Err(RowError::ValueTooLong {
                    header: header.clone(),
                });
            }
            let value = clean_value(value);
            match column {
                Column::FirstName => names.0 = value,
                Column::LastName => names.1 = value,
                Column::Cell => written_cell = value,
                Column::Zip => zip = zip::five_digits(&value),
                Column::ExternalId => external_id = Some(value).filter(|id| !id.is_empty()),
                Column::Custom => {
                    custom_fields.insert(header.clone(), Value::String(value));
                }
                Column::Ignored => {}
            }
        }
        let cell = Cell::parse(&written_cell, country).map_err(|error| match error {
            CellError::Missing => RowError::CellMissing,
            error => RowError::CellInvalid(error),
        })?;
        Ok(ContactRow {
            first_name: names.0,
            last_name: names.1,
            cell,
            zip,
            external_id,
            custom_fields,
        })
    }
}

#[cfg(feature = "phone")]
fn clean_value(value: &str) -> String {
    value.replace('\0', "").trim().to_owned()
}

#[cfg(test)]
#[cfg(feature = "phone")]
mod tests {
    use proptest::prelude::*;

    use super::{super::suggest_mapping, *};

    fn reader() -> RowReader {
        let headers = [
            "\u{feff}first",
            "last",
            "phone",
            "zip",
            "vanid",
            " Event ",
            "",
            "notes",
        ];
        let headers = headers.map(str::to_owned);
        RowReader::new(&headers, &suggest_mapping(&headers)).unwrap()
    }

    #[test]
    fn reads_a_row() {
        let record = [
            " Ann ",
            "Lee",
            "(212) 555-0123",
            "2139-1234",
            "77",
            "Sat\0urday",
            "ignored",
            "",
        ];
        let row = reader().read(&record, "US").unwrap();
        assert_eq!((row.first_name.as_str(), row.last_name.as_str()), ("Ann", "Lee"));
        assert_eq!(row.cell.as_str(), "+12125550123");
        assert_eq!(row.zip.as_deref(), Some("02139"));
        assert_eq!(row.external_id.as_deref(), Some("77"));
        assert_eq!(
            Value::Object(row.custom_fields),
            serde_json::json!({"Event": "Saturday", "notes": ""})
        );
        assert_eq!(
            reader().custom_field_names().collect::<Vec<_>>(),
            ["Event", "notes"]
        );
    }

    #[test]
    fn fills_short_rows_and_forgives_empty_ends() {
        let short = reader().read(&["Ann", "Lee", "2125550123"], "US").unwrap();
        assert_eq!((short.zip, short.external_id), (None, None));
        assert_eq!(short.custom_fields.len(), 2);
        let mut long = vec!["Ann", "Lee", "2125550123", "", "", "", "", "", "", " "];
        assert!(reader().read(&long, "US").is_ok());
        long.push("x");
        assert_eq!(
            reader().read(&long, "US"),
            Err(RowError::TooManyColumns {
                found: 11,
                expected: 8
            })
        );
    }

    #[test]
    fn a_bad_zip_refuses_no_row() {
        let row = reader().read(&["Ann", "Lee", "2125550123", "n/a"], "US").unwrap();
        assert_eq!(row.zip, None);
    }

    #[test]
    fn says_why_a_row_is_refused() {
        let read = |cell: &str| reader().read(&["Ann", "Lee", cell], "US").unwrap_err();
        assert_eq!(read(" \0 "), RowError::CellMissing);
        assert_eq!(read("no"), RowError::CellInvalid(CellError::NotANumber));
        assert_eq!(read("123"), RowError::CellInvalid(CellError::Invalid));
        assert_eq!(
            read("123").to_string(),
            "the cell is not valid: this phone number does not exist"
        );
        assert_eq!(reader().read(&[], "US"), Err(RowError::CellMissing));
        let long = "x".repeat(MAX_VALUE_BYTES + 1);
        let record = ["Ann", "Lee", "2125550123", "", "", &long];
        assert_eq!(
            reader().read(&record, "US"),
            Err(RowError::ValueTooLong {
                header: "Event".to_owned()
            })
        );
    }

    #[test]
    fn refuses_a_mapping_that_does_not_fit() {
        let error = RowReader::new(&["a".to_owned()], &Mapping::default()).unwrap_err();
        assert_eq!(error, MappingError::FieldMissing("firstName"));
    }

    proptest! {
        #[test]
        fn never_panics_and_never_keeps_nul(values in prop::collection::vec("[\0-z\u{a0}é]{0,8}", 0..9)) {
            let mut record: Vec<&str> = values.iter().map(String::as_str).collect();
            if record.len() > 2 {
                record[2] = "2125550123";
            }
            if let Ok(row) = reader().read(&record, "US") {
                let text = format!("{}{}{}", row.first_name, row.last_name, Value::Object(row.custom_fields));
                prop_assert!(!text.contains('\0') && !text.contains("\\u0000"));
            }
        }
    }
}
