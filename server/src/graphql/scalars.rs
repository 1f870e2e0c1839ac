//! Scalars of the contract.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};

/// An instant: ISO 8601 with a zone, answered in UTC with milliseconds. A date alone means midnight UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Date(pub DateTime<Utc>);

#[Scalar(name = "Date")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        let text = match &value {
            Value::String(text) => text.trim(),
            Value::Number(number) => {
                // Milliseconds since 1970, as JavaScript's Date gives them.
                return number
                    .as_i64()
                    .and_then(DateTime::from_timestamp_millis)
                    .map(Self)
                    .ok_or_else(|| {
                        InputValueError::custom("a date as a number counts milliseconds since 1970")
                    });
            }
            _ => return Err(InputValueError::expected_type(value)),
        };
        if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
            return Ok(Self(instant.with_timezone(&Utc)));
        }
        text.parse::<NaiveDate>()
            .ok()
            .and_then(|date| date.and_hms_opt(0, 0, 0))
            .map(|midnight| Self(midnight.and_utc()))
            .ok_or_else(|| InputValueError::custom("not a date; write it as 2026-11-30T17:00:00Z"))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

/// A telephone number; answered in E.164.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phone(pub String);

#[Scalar(name = "Phone")]
impl ScalarType for Phone {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => Ok(Self(text)),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

/// Any JSON value. Contacts' custom fields come, as in Spoke, as a text that holds JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Json(pub serde_json::Value);

#[Scalar(name = "JSON")]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(value.into_json()?))
    }

    fn to_value(&self) -> Value {
        Value::from_json(self.0.clone()).unwrap_or_default()
    }
}
