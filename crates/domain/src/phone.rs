//! A contact's number.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A contact's number in E.164 form, such as `+12125550123`.
///
/// `Debug` masks the number and there is no `Display`, so that logs cannot leak it; [`as_str`](Self::as_str) is the
/// number itself. Serde reads and writes the E.164 text and refuses anything else.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cell(String);

/// Why a text is not a cell. No variant holds the text, so that errors can be logged.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum CellError {
    /// There is nothing.
    #[error("the number is missing")]
    Missing,
    /// The country is not a two-letter code that we know.
    #[error("the country code is not known")]
    UnknownCountry,
    /// Not digits with the usual punctuation.
    #[error("this is not a phone number")]
    NotANumber,
    /// Digits, but too few, too many, or in a range that the country has not given out.
    #[error("this phone number does not exist")]
    Invalid,
    /// Not `+` and 7 to 15 digits.
    #[error("this is not an E.164 number")]
    NotE164,
}

/// No one writes a number longer than this; longer texts are refused unread.
#[cfg(feature = "phone")]
const MAX_WRITTEN_LENGTH: usize = 64;

impl Cell {
    /// Reads a number as people write it: `(212) 555-0123`, `212.555.0123`, `1 212 555 0123`, `+44 20 7946 0958`.
    ///
    /// `country_code` is the ISO 3166 country of numbers without `+`, such as `US`. The number must be valid by
    /// Google's libphonenumber metadata. An extension is dropped.
    ///
    /// # Errors
    ///
    /// Any [`CellError`] but `NotE164`.
    #[cfg(feature = "phone")]
    pub fn parse(input: &str, country_code: &str) -> Result<Self, CellError> {
        let input = input.trim();
        if input.is_empty() {
            return Err(CellError::Missing);
        }
        if input.len() > MAX_WRITTEN_LENGTH || !input.chars().any(|character| character.is_ascii_digit()) {
            return Err(CellError::NotANumber);
        }
        let country = country_code.parse().ok().ok_or(CellError::UnknownCountry)?;
        let number = phonenumber::parse(Some(country), input)
            .ok()
            .ok_or(CellError::NotANumber)?;
        if !number.is_valid() {
            return Err(CellError::Invalid);
        }
        Self::from_e164(&number.format().mode(phonenumber::Mode::E164).to_string())
            .ok()
            .ok_or(CellError::Invalid)
    }

    /// Takes a number that is in E.164 form already, such as one from our database or a vendor's webhook.
    ///
    /// Checks the form alone: `+`, a first digit other than 0, 7 to 15 digits (ITU-T E.164 allows at most 15).
    ///
    /// # Errors
    ///
    /// [`CellError::Missing`] or [`CellError::NotE164`].
    pub fn from_e164(input: &str) -> Result<Self, CellError> {
        if input.is_empty() {
            return Err(CellError::Missing);
        }
        let digits = input.strip_prefix('+').ok_or(CellError::NotE164)?;
        let well_formed = (7..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit());
        if well_formed {
            Ok(Self(input.to_owned()))
        } else {
            Err(CellError::NotE164)
        }
    }

    /// The number itself. Never log it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The area code of a number of the North American plan (`+1` and ten digits), else `None`.
    ///
    /// The plan is shared: Canada and the Caribbean have area codes too.
    pub fn area_code(&self) -> Option<&str> {
        self.0
            .strip_prefix("+1")
            .filter(|national| national.len() == 10)?
            .get(..3)
    }
}

impl fmt::Debug for Cell {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let country = if self.area_code().is_some() { "+1" } else { "+" };
        let last_four = self.0.get(self.0.len().saturating_sub(4)..).unwrap_or_default();
        write!(formatter, "{country}•••••{last_four}")
    }
}

impl AsRef<str> for Cell {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<Cell> for String {
    fn from(cell: Cell) -> Self {
        cell.0
    }
}

impl TryFrom<String> for Cell {
    type Error = CellError;

    fn try_from(text: String) -> Result<Self, CellError> {
        Self::from_e164(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_e164_only() {
        for good in ["+12125550123", "+442079460958", "+1234567", "+123456789012345"] {
            assert_eq!(Cell::from_e164(good).unwrap().as_str(), good);
        }
        for bad in [
            "12125550123",
            "+02125550123",
            "+1 2125550123",
            "+123456",
            "+1234567890123456",
            "+1212555012x",
        ] {
            assert_eq!(Cell::from_e164(bad), Err(CellError::NotE164), "{bad}");
        }
        assert_eq!(Cell::from_e164(""), Err(CellError::Missing));
    }

    #[test]
    fn debug_masks_the_number() {
        assert_eq!(
            format!("{:?}", Cell::from_e164("+12125551234").unwrap()),
            "+1•••••1234"
        );
        assert_eq!(
            format!("{:?}", Cell::from_e164("+442079460958").unwrap()),
            "+•••••0958"
        );
    }

    #[test]
    fn finds_the_area_code() {
        assert_eq!(Cell::from_e164("+12125551234").unwrap().area_code(), Some("212"));
        assert_eq!(Cell::from_e164("+442079460958").unwrap().area_code(), None);
        assert_eq!(Cell::from_e164("+1212555").unwrap().area_code(), None);
    }

    #[test]
    fn serde_checks() {
        let cell = Cell::from_e164("+12125551234").unwrap();
        assert_eq!(serde_json::to_string(&cell).unwrap(), "\"+12125551234\"");
        assert_eq!(serde_json::from_str::<Cell>("\"+12125551234\"").unwrap(), cell);
        let refusal = serde_json::from_str::<Cell>("\"2125551234\"").unwrap_err();
        assert!(!refusal.to_string().contains("2125551234"));
    }

    #[cfg(feature = "phone")]
    mod parsing {
        use proptest::prelude::*;

        use super::*;

        #[test]
        fn reads_numbers_as_people_write_them() {
            let cases = [
                "2125550123",
                "(212) 555-0123",
                "212-555-0123",
                "212.555.0123",
                "1 212 555 0123",
                "1-212-555-0123",
                "+1 212 555 0123",
                "+12125550123",
                " 212 555 0123 ",
                "tel:+1-212-555-0123",
            ];
            for input in cases {
                let cell = Cell::parse(input, "US").unwrap_or_else(|error| panic!("{input}: {error}"));
                assert_eq!(cell.as_str(), "+12125550123", "{input}");
            }
        }

        #[test]
        fn reads_other_countries() {
            assert_eq!(
                Cell::parse("+44 20 7946 0958", "US").unwrap().as_str(),
                "+442079460958"
            );
            assert_eq!(
                Cell::parse("020 7946 0958", "GB").unwrap().as_str(),
                "+442079460958"
            );
            assert_eq!(
                Cell::parse("(416) 555-0123", "CA").unwrap().as_str(),
                "+14165550123"
            );
        }

        #[test]
        fn says_why_not() {
            let cases = [
                ("", "US", CellError::Missing),
                ("   ", "US", CellError::Missing),
                ("none", "US", CellError::NotANumber),
                ("ten digits", "US", CellError::NotANumber),
                ("2125550123", "ZZ", CellError::UnknownCountry),
                ("2125550123", "", CellError::UnknownCountry),
                ("5550123", "US", CellError::Invalid),
                ("0005550123", "US", CellError::Invalid),
                ("1115550123", "US", CellError::Invalid),
                ("21255501234567", "US", CellError::Invalid),
            ];
            for (input, country, expected) in cases {
                assert_eq!(
                    Cell::parse(input, country),
                    Err(expected),
                    "{input:?} {country:?}"
                );
            }
            assert_eq!(Cell::parse(&"1".repeat(10_000), "US"), Err(CellError::NotANumber));
        }

        proptest! {
            #[test]
            fn never_panics(input in "\\PC{0,40}") {
                if let Ok(cell) = Cell::parse(&input, "US") {
                    prop_assert!(Cell::from_e164(cell.as_str()).is_ok());
                }
            }

            #[test]
            fn never_panics_on_number_like_texts(input in "[+0-9()., xe;=*#-]{0,24}") {
                let first = Cell::parse(&input, "US");
                if let Ok(cell) = first {
                    prop_assert_eq!(Cell::parse(cell.as_str(), "US"), Ok(cell));
                }
            }
        }
    }
}
