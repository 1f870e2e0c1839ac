//! A table out of the bytes of a file, as spreadsheets write them: UTF-8, UTF-16 or Windows-1252, with commas,
//! semicolons or tabs, with rows that are too short or too long. Never holds more than one row.

use std::{
    io::{self, Cursor, Read},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use bellwether_domain::contact_csv::{MAX_COLUMNS, MAX_VALUE_BYTES};

/// Longest row, in bytes: the most columns of the longest values, and some for quotes.
const MAX_ROW_BYTES: usize = MAX_COLUMNS * MAX_VALUE_BYTES + 1024 * 1024;
/// How much is looked at to find the separator.
const PEEK_BYTES: usize = 8 * 1024;

/// Reads rows.
pub struct Table {
    reader: csv::Reader<Limited>,
    /// Whether lines end by CR alone, as in files of old Macs; then rows are counted instead of lines.
    is_cr: bool,
    rows: u64,
    since_row: Arc<AtomicUsize>,
    record: csv::ByteRecord,
}

/// One row that is not empty.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    /// The line of the file on which it begins, from 1.
    pub line: u64,
    /// Its values.
    pub values: Vec<String>,
}

impl Table {
    /// Looks at the first bytes and gets ready to read.
    pub fn open(bytes: impl Read + Send + 'static) -> io::Result<Self> {
        let mut decoded = decoded(Box::new(bytes))?;
        let start = peek(&mut decoded, PEEK_BYTES)?;
        let delimiter = delimiter(&start);
        let is_cr = start.contains(&b'\r') && !start.contains(&b'\n');
        let since_row = Arc::new(AtomicUsize::new(0));
        let limited = Limited {
            inner: Box::new(Cursor::new(start).chain(decoded)),
            since_row: Arc::clone(&since_row),
        };
        // Not csv's own CRLF, which counts the line feed after a row to the next one.
        let terminator = csv::Terminator::Any(if is_cr { b'\r' } else { b'\n' });
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .terminator(terminator)
            .from_reader(limited);
        Ok(Self {
            reader,
            is_cr,
            rows: 0,
            since_row,
            record: csv::ByteRecord::new(),
        })
    }

    /// The next row; rows without any value are left out.
    pub fn next_row(&mut self) -> io::Result<Option<Row>> {
        loop {
            self.since_row.store(0, Ordering::Relaxed);
            if !self.reader.read_byte_record(&mut self.record).map_err(io_error)? {
                return Ok(None);
            }
            self.rows += 1;
            if self.record.iter().any(|value| !value.trim_ascii().is_empty()) {
                let mut values: Vec<String> = self.record.iter().map(text).collect();
                if let Some(last) = values.last_mut().filter(|last| last.ends_with('\r')) {
                    last.pop();
                }
                return Ok(Some(Row {
                    line: self.line(),
                    values,
                }));
            }
        }
    }

    /// The line on which the row begins. csv's position of a row is before the empty lines that it skipped.
    fn line(&self) -> u64 {
        if self.is_cr {
            return self.rows;
        }
        let from = self.record.position().map_or(1, csv::Position::line);
        let inside = self
            .record
            .as_slice()
            .iter()
            .filter(|byte| **byte == b'\n')
            .count() as u64;
        let lines = self
            .reader
            .position()
            .line()
            .saturating_sub(from)
            .saturating_sub(inside);
        from + lines.saturating_sub(1)
    }
}

fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        kind => io::Error::new(io::ErrorKind::InvalidData, format!("{kind:?}")),
    }
}

/// A value as text: UTF-8, else Windows-1252, which every byte is.
fn text(value: &[u8]) -> String {
    match std::str::from_utf8(value) {
        Ok(text) => text.to_owned(),
        Err(_) => value.iter().map(|byte| windows_1252(*byte)).collect(),
    }
}

fn windows_1252(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
        '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    let high = byte
        .checked_sub(0x80)
        .and_then(|index| HIGH.get(usize::from(index)));
    high.copied().unwrap_or(char::from(byte))
}

/// The separator that the first line has most of, outside of quotes; a comma when it has none.
fn delimiter(start: &[u8]) -> u8 {
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0), (b'|', 0)];
    let mut is_quoted = false;
    for byte in start {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' | b'\r' if !is_quoted => break,
            _ if is_quoted => {}
            byte => counts
                .iter_mut()
                .filter(|(known, _)| known == byte)
                .for_each(|(_, count)| *count += 1),
        }
    }
    // The first of several equal ones.
    counts
        .iter()
        .rev()
        .max_by_key(|(_, count)| *count)
        .map_or(b',', |(byte, _)| *byte)
}

fn peek(reader: &mut impl Read, length: usize) -> io::Result<Vec<u8>> {
    let mut start = Vec::with_capacity(length);
    reader.take(length as u64).read_to_end(&mut start)?;
    Ok(start)
}

type Bytes = Box<dyn Read + Send>;

/// Without a byte order mark; UTF-16 made UTF-8.
fn decoded(mut bytes: Bytes) -> io::Result<Bytes> {
    let start = peek(&mut bytes, 3)?;
    let with = |rest: &[u8], bytes: Bytes| -> Bytes { Box::new(Cursor::new(rest.to_vec()).chain(bytes)) };
    Ok(match start.as_slice() {
        [0xef, 0xbb, 0xbf] => bytes,
        [0xff, 0xfe, rest @ ..] => Box::new(Utf16::new(with(rest, bytes), u16::from_le_bytes)),
        [0xfe, 0xff, rest @ ..] => Box::new(Utf16::new(with(rest, bytes), u16::from_be_bytes)),
        rest => with(rest, bytes),
    })
}

/// UTF-16 to UTF-8, piece by piece.
struct Utf16 {
    inner: Bytes,
    unit: fn([u8; 2]) -> u16,
    /// Bytes and units whose other half has not come yet.
    odd: Option<u8>,
    high: Option<u16>,
    ready: Cursor<Vec<u8>>,
}

impl Utf16 {
    fn new(inner: Bytes, unit: fn([u8; 2]) -> u16) -> Self {
        Self {
            inner,
            unit,
            odd: None,
            high: None,
            ready: Cursor::default(),
        }
    }
}

impl Read for Utf16 {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.ready.read(into)?;
            if count > 0 || into.is_empty() {
                return Ok(count);
            }
            let bytes = peek(&mut self.inner, PEEK_BYTES)?;
            let is_end = bytes.is_empty();
            if is_end && self.odd.is_none() && self.high.is_none() {
                return Ok(0);
            }
            let bytes: Vec<u8> = self.odd.take().into_iter().chain(bytes).collect();
            let (pairs, rest) = bytes.as_chunks::<2>();
            self.odd = rest.first().copied().filter(|_| !is_end);
            let mut units: Vec<u16> = self.high.take().into_iter().collect();
            units.extend(pairs.iter().map(|pair| (self.unit)(*pair)));
            if !is_end && units.last().is_some_and(|unit| (0xd800..0xdc00).contains(unit)) {
                self.high = units.pop();
            }
            let text: String = char::decode_utf16(units)
                .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect();
            self.ready = Cursor::new(text.into_bytes());
        }
    }
}

/// Refuses a row that does not end, such as one with a quote that is opened and never closed.
struct Limited {
    inner: Bytes,
    since_row: Arc<AtomicUsize>,
}

impl Read for Limited {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        if self.since_row.fetch_add(count, Ordering::Relaxed) > MAX_ROW_BYTES {
            let message = "a row of the file does not end: is a quotation mark opened and never closed?";
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(bytes: &[u8]) -> Vec<(u64, Vec<String>)> {
        let mut table = Table::open(Cursor::new(bytes.to_vec())).unwrap();
        let mut rows = Vec::new();
        while let Some(row) = table.next_row().unwrap() {
            rows.push((row.line, row.values));
        }
        rows
    }

    fn row(line: u64, values: &[&str]) -> (u64, Vec<String>) {
        (line, values.iter().map(|value| (*value).to_owned()).collect())
    }

    #[test]
    fn reads_ragged_rows_and_leaves_empty_ones_out() {
        let bytes = b"\xef\xbb\xbf\"a\",b\r\n1\r\n\r\n,\r\n\"2\n2\",3,4\r\n5,6";
        let expected = [
            row(1, &["a", "b"]),
            row(2, &["1"]),
            row(5, &["2\n2", "3", "4"]),
            row(7, &["5", "6"]),
        ];
        assert_eq!(rows(bytes), expected);
        assert!(rows(b"").is_empty());
        assert_eq!(
            rows(b"a\n\n\n\"b\"\nc\n"),
            [row(1, &["a"]), row(4, &["b"]), row(5, &["c"])]
        );
        assert_eq!(
            rows(b"a,b\r1,\"2\"\r3"),
            [row(1, &["a", "b"]), row(2, &["1", "2"]), row(3, &["3"])]
        );
    }

    #[test]
    fn finds_the_separator() {
        for (text, expected) in [
            ("a,b,c\n1;2", b','),
            ("a;b;c\n1,2,3,4", b';'),
            ("a\tb", b'\t'),
            ("a|b|c", b'|'),
            ("\"a;b;c\",d", b','),
            ("a", b','),
            ("", b','),
        ] {
            assert_eq!(delimiter(text.as_bytes()), expected, "{text:?}");
        }
    }

    #[test]
    fn reads_windows_1252_and_utf_16() {
        assert_eq!(rows(b"Jos\xe9,\x93x\x94 \x80"), [row(1, &["José", "“x” €"])]);
        let text = "naïve,𝄞\r\n".repeat(3_000);
        let expected: Vec<_> = (1..=3_000).map(|line| row(line, &["naïve", "𝄞"])).collect();
        let little: Vec<u8> = [0xfeff]
            .into_iter()
            .chain(text.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        let big: Vec<u8> = [0xfeff]
            .into_iter()
            .chain(text.encode_utf16())
            .flat_map(u16::to_be_bytes)
            .collect();
        assert!(rows(&little) == expected);
        assert!(rows(&big) == expected);
        assert_eq!(rows(b"\xff\xfea\0b"), [row(1, &["a"])]);
    }

    #[test]
    fn refuses_a_row_without_end() {
        let bytes = io::Cursor::new(b"a,b\n\"".to_vec()).chain(io::repeat(b'x'));
        let mut table = Table::open(bytes).unwrap();
        table.next_row().unwrap();
        assert_eq!(table.next_row().unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
