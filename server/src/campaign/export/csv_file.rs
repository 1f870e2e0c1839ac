//! A CSV file that is written to the database in pieces while it grows.

use bellwether_db::{
    Conn,
    stored_file::{self, CHUNK_BYTES, StoredFileRow},
};
use bellwether_queue::JobError;

/// A value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Somebody's words: guarded against being read as a formula.
    Text(String),
    /// A phone number. `+` and digits are left as they are: read as a formula that is the number itself, and an
    /// apostrophe before it would break every tool that the file is loaded into. Anything else is guarded as text.
    Phone(String),
    /// Our own: a number, a state, true or false.
    Plain(String),
}

impl Value {
    /// A number or nothing.
    pub fn number(number: Option<impl ToString>) -> Self {
        Self::Plain(number.map(|number| number.to_string()).unwrap_or_default())
    }

    fn into_cell(self) -> String {
        match self {
            Self::Text(text) => guarded(text),
            Self::Phone(phone) if is_phone(&phone) => phone,
            Self::Phone(text) => guarded(text),
            Self::Plain(text) => text,
        }
    }
}

/// A text that no spreadsheet takes for a formula (S40): an apostrophe goes before what would begin one.
pub fn guarded(text: String) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if is_formula { format!("'{text}") } else { text }
}

fn is_phone(text: &str) -> bool {
    text.strip_prefix('+')
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A file that is being written.
pub struct CsvFile {
    id: i64,
    position: i32,
    writer: csv::Writer<Vec<u8>>,
}

impl CsvFile {
    /// Begins with the header row.
    pub fn begin(file: &StoredFileRow, headers: &[String]) -> Result<Self, JobError> {
        let mut csv = Self {
            id: file.id,
            position: 0,
            writer: writer(),
        };
        csv.write(headers.iter().cloned().map(Value::Text))?;
        Ok(csv)
    }

    /// Adds a row, in memory.
    pub fn write(&mut self, values: impl IntoIterator<Item = Value>) -> Result<(), JobError> {
        self.writer
            .write_record(values.into_iter().map(Value::into_cell))
            .map_err(unexpected)
    }

    /// Stores what is there when it is a piece or more.
    pub async fn store(&mut self, conn: &mut Conn) -> Result<(), JobError> {
        self.writer.flush().map_err(unexpected)?;
        if self.writer.get_ref().len() < CHUNK_BYTES {
            Ok(())
        } else {
            self.append(conn).await
        }
    }

    /// Stores the rest and marks the file as complete.
    pub async fn finish(mut self, conn: &mut Conn) -> Result<(), JobError> {
        self.append(conn).await?;
        stored_file::complete(conn, self.id).await?;
        Ok(())
    }

    async fn append(&mut self, conn: &mut Conn) -> Result<(), JobError> {
        let full = std::mem::replace(&mut self.writer, writer());
        let bytes = full.into_inner().map_err(unexpected)?;
        for piece in bytes.chunks(CHUNK_BYTES) {
            stored_file::append(conn, self.id, self.position, piece).await?;
            self.position += 1;
        }
        Ok(())
    }
}

fn writer() -> csv::Writer<Vec<u8>> {
    csv::WriterBuilder::new()
        .flexible(true)
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new())
}

fn unexpected(error: impl std::fmt::Display) -> JobError {
    JobError::Unexpected(format!("csv: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guards_what_would_be_a_formula() {
        for text in [
            "=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "＝1", "＋1", "－1", "＠x",
        ] {
            assert_eq!(Value::Text(text.to_owned()).into_cell(), format!("'{text}"));
        }
        for text in ["", "Ann", "1-2", "'=1", " =1"] {
            assert_eq!(Value::Text(text.to_owned()).into_cell(), text);
        }
    }

    #[test]
    fn leaves_phone_numbers_whole() {
        assert_eq!(
            Value::Phone("+12125550123".to_owned()).into_cell(),
            "+12125550123"
        );
        for text in ["+1+cmd|'/c calc'!A0", "+", "=1"] {
            assert_eq!(Value::Phone(text.to_owned()).into_cell(), format!("'{text}"));
        }
        assert_eq!(Value::number(Some(-133)).into_cell(), "-133");
        assert_eq!(Value::number(None::<i32>).into_cell(), "");
    }

    #[test]
    fn quotes_as_rfc_4180_says() {
        let mut writer = writer();
        writer.write_record(["a\"b", "c,d", "e\nf", ""]).unwrap();
        assert_eq!(writer.into_inner().unwrap(), b"\"a\"\"b\",\"c,d\",\"e\nf\",\r\n");
    }
}
