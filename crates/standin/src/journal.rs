//! An append-only log, a JSON object a line, which is there after the stand-in is gone. Each line is in the file before
//! what it tells of is answered: what is not in the log did not happen.
//!
//! | `e` | fields besides `t`, microseconds since 1970 |
//! |---|---|
//! | `request` | `n`, `mid` (our message id, of the callback's address), `to`, `body`, `fault`: a text was handed over |
//! | `accepted` | `n`, `sid`, `mid`, `to`, `body` |
//! | `answered` | `n`, `status`; 0: the connection was broken or left without an answer |
//! | `callback` | `sid`, `status`, `try`, `answer` (HTTP status; 0: none) |
//! | `inbound` | `sid`, `from`, `to`, `body`: a contact wrote |
//! | `told` | `sid`, `try`, `answer`: the server was told of it |

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::Path,
    sync::{Mutex, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::Value;

/// The log.
pub struct Journal(Mutex<File>);

/// Microseconds since 1970 by this machine's clock, which PostgreSQL on the same machine shares.
pub fn now_micros() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX)
}

impl Journal {
    /// Opens a file to add to.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self(Mutex::new(file)))
    }

    /// Adds a line. A log that cannot be written makes all that follows worthless, so it ends the stand-in.
    pub fn add(&self, event: &str, mut fields: Value) {
        if let Value::Object(fields) = &mut fields {
            fields.insert("t".to_owned(), now_micros().into());
            fields.insert("e".to_owned(), event.into());
        }
        let line = format!("{fields}\n");
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = file.write_all(line.as_bytes()) {
            eprintln!("vendor-standin: the log cannot be written: {error}");
            std::process::exit(3);
        }
    }
}
