//! Contacts out of a file's rows: which column is what, and why a row is not a contact.
//!
//! Reading the file itself (bytes, quotes, line ends) is the caller's.

mod mapping;
mod row;

pub use mapping::{MAX_COLUMNS, Mapping, MappingError, clean_header, suggest_mapping};
pub use row::{ContactRow, MAX_VALUE_BYTES, RowError, RowReader};
