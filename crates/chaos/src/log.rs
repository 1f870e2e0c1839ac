//! The stand-in's log, read: what the vendor saw, which nobody of ours can talk it out of.

use std::{collections::HashMap, fs::File, io::BufRead, io::BufReader, path::Path};

use serde_json::Value;

use crate::Result;

/// A text that was handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Microseconds since 1970.
    pub at: i64,
    /// Our message id.
    pub message: Option<i64>,
    pub to: String,
    pub body: String,
    /// What went wrong; `none`: nothing.
    pub fault: String,
}

/// A text that the vendor took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    pub sid: String,
    pub message: Option<i64>,
    pub to: String,
    pub body: String,
}

/// A text from a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbound {
    pub sid: String,
    pub from: String,
    pub body: String,
}

#[derive(Debug, Default)]
pub struct Log {
    pub requests: Vec<Request>,
    pub accepted: Vec<Accepted>,
    pub inbound: Vec<Inbound>,
    /// Texts from contacts of which the server said 2xx, with how often.
    pub told: HashMap<String, u32>,
    /// Status callbacks that were told.
    pub callbacks: u64,
}

impl Log {
    pub fn read(path: &Path) -> Result<Self> {
        let mut log = Self::default();
        for line in BufReader::new(File::open(path)?).lines() {
            let line = line?;
            let fields: Value = serde_json::from_str(&line)
                .map_err(|error| format!("{}: {error}: {line}", path.display()))?;
            log.add(&fields);
        }
        Ok(log)
    }

    fn add(&mut self, fields: &Value) {
        let text = |name: &str| {
            fields
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let number = |name: &str| fields.get(name).and_then(Value::as_i64);
        match text("e").as_str() {
            "request" => self.requests.push(Request {
                at: number("t").unwrap_or_default(),
                message: number("mid"),
                to: text("to"),
                body: text("body"),
                fault: text("fault"),
            }),
            "accepted" => self.accepted.push(Accepted {
                sid: text("sid"),
                message: number("mid"),
                to: text("to"),
                body: text("body"),
            }),
            "inbound" => self.inbound.push(Inbound {
                sid: text("sid"),
                from: text("from"),
                body: text("body"),
            }),
            "told" if number("answer").is_some_and(|answer| (200..300).contains(&answer)) => {
                *self.told.entry(text("sid")).or_default() += 1;
            }
            "callback" => self.callbacks += 1,
            _ => {}
        }
    }

    /// Requests by what went wrong.
    pub fn faults(&self) -> Vec<(String, usize)> {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for request in &self.requests {
            *counts.entry(&request.fault).or_default() += 1;
        }
        let mut counts: Vec<(String, usize)> = counts
            .into_iter()
            .map(|(fault, count)| (fault.to_owned(), count))
            .collect();
        counts.sort();
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read() {
        let mut log = Log::default();
        for line in [
            r#"{"e":"request","t":5,"n":1,"mid":7,"to":"+1","body":"Hi","fault":"none"}"#,
            r#"{"e":"accepted","t":6,"n":1,"mid":7,"sid":"SM1","to":"+1","body":"Hi"}"#,
            r#"{"e":"inbound","t":7,"sid":"SM2","from":"+1","to":"+2","body":"STOP"}"#,
            r#"{"e":"told","t":8,"sid":"SM2","try":1,"answer":500}"#,
            r#"{"e":"told","t":9,"sid":"SM2","try":2,"answer":200}"#,
        ] {
            log.add(&serde_json::from_str(line).unwrap());
        }
        assert_eq!((log.requests[0].at, log.requests[0].message), (5, Some(7)));
        assert_eq!(log.accepted[0].sid, "SM1");
        assert_eq!(log.told.get("SM2"), Some(&1));
        assert_eq!(log.faults(), [("none".to_owned(), 1)]);
    }
}
