//! Reads a stored file on a thread of its own and hands contacts over in batches. Reading waits for whoever takes the
//! batches, so that memory holds a few of them and never the file.

use std::io::{self, Cursor, Read};

use bellwether_db::{Pool, job_data::ContactColumns, stored_file};
use bellwether_domain::{
    contact_csv::{Mapping, RowReader},
    time_zone, us_state,
};
use tokio::sync::mpsc;

use super::{spoke, table::Table};

/// Rows in one batch.
pub const BATCH_ROWS: usize = if cfg!(test) { 200 } else { 2_000 };

/// What a file holds and how it is read.
#[derive(Debug, Clone)]
pub struct Input {
    /// The stored file.
    pub file_id: i64,
    /// Its length.
    pub size_bytes: i64,
    /// Which column is what; none for Spoke's own form.
    pub mapping: Option<Mapping>,
    /// Country of numbers without one.
    pub country: String,
    /// Rows that were read before an interruption.
    pub skip_rows: u64,
    /// Most bytes of an unpacked file.
    pub max_bytes: usize,
}

/// What comes out of a file, in this order: one `Fields`, then batches, the last one marked.
#[derive(Debug)]
pub enum Item {
    /// Names of the contacts' own fields.
    Fields(Vec<String>),
    /// Some rows.
    Batch(Box<Batch>),
}

/// Some rows.
#[derive(Debug, Default)]
pub struct Batch {
    /// Contacts.
    pub contacts: ContactColumns,
    /// Rows that are none: line and reason.
    pub invalid: Vec<(u64, String)>,
    /// All rows up to and with this batch.
    pub rows: u64,
    /// How far in the file, in percent.
    pub percent: i32,
    /// Whether the file ends here.
    pub is_last: bool,
}

/// Begins to read.
pub fn read(pool: Pool, input: Input) -> mpsc::Receiver<io::Result<Item>> {
    let (sender, receiver) = mpsc::channel(1);
    let bytes = chunks(pool, input.file_id);
    tokio::task::spawn_blocking(move || {
        if let Err(error) = read_all(bytes, &input, &sender) {
            // An error only says that nobody waits for it any more.
            let _ = sender.blocking_send(Err(error));
        }
    });
    receiver
}

fn read_all(bytes: ChunkReader, input: &Input, sender: &mpsc::Sender<io::Result<Item>>) -> io::Result<()> {
    match &input.mapping {
        Some(mapping) => read_csv(bytes, mapping, input, sender),
        None => spoke::read(bytes, input, sender),
    }
}

fn read_csv(
    bytes: ChunkReader,
    mapping: &Mapping,
    input: &Input,
    sender: &mpsc::Sender<io::Result<Item>>,
) -> io::Result<()> {
    let counted = bytes.counted.clone();
    let mut table = Table::open(bytes)?;
    let headers = table.next_row()?.map(|row| row.values).unwrap_or_default();
    let rows = RowReader::new(&headers, mapping).map_err(refusal)?;
    let mut batches = Batches::begin(rows, input, sender)?;
    while let Some(row) = table.next_row()? {
        let values: Vec<&str> = row.values.iter().map(String::as_str).collect();
        let read = counted.load(std::sync::atomic::Ordering::Relaxed);
        let percent = read.saturating_mul(100) / input.size_bytes.max(1);
        if !batches.push(row.line, &values, percent) {
            return Ok(());
        }
    }
    batches.end();
    Ok(())
}

/// An error that is the file's, in words for people.
pub(crate) fn refusal(message: impl std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message.to_string())
}

/// Gathers rows to batches and sends them.
pub(super) struct Batches<'a> {
    rows: RowReader,
    input: &'a Input,
    sender: &'a mpsc::Sender<io::Result<Item>>,
    batch: Batch,
    in_batch: usize,
}

impl<'a> Batches<'a> {
    pub(super) fn begin(
        rows: RowReader,
        input: &'a Input,
        sender: &'a mpsc::Sender<io::Result<Item>>,
    ) -> io::Result<Self> {
        let fields = rows.custom_field_names().map(str::to_owned).collect();
        sender
            .blocking_send(Ok(Item::Fields(fields)))
            .map_err(io::Error::other)?;
        Ok(Self {
            rows,
            input,
            sender,
            batch: Batch::default(),
            in_batch: 0,
        })
    }

    /// Takes a row; false when nobody waits for it any more.
    pub(super) fn push(&mut self, line: u64, values: &[&str], percent: i64) -> bool {
        self.batch.rows += 1;
        if self.batch.rows <= self.input.skip_rows {
            return true;
        }
        match self.rows.read(values, &self.input.country) {
            Ok(row) => {
                let to = &mut self.batch.contacts;
                let (zip, cell) = (row.zip.as_deref(), row.cell.as_str());
                to.time_zone
                    .push(time_zone::joined(time_zone::zones_for(zip, cell)));
                to.state.push(us_state::state_for(zip, cell).to_owned());
                to.first_name.push(row.first_name);
                to.last_name.push(row.last_name);
                to.cell.push(row.cell.into());
                to.zip.push(row.zip.unwrap_or_default());
                to.external_id.push(row.external_id.unwrap_or_default());
                to.custom_fields
                    .push(serde_json::Value::Object(row.custom_fields).to_string());
            }
            Err(error) => self.batch.invalid.push((line, error.to_string())),
        }
        self.in_batch += 1;
        self.in_batch < BATCH_ROWS || self.send(percent, false)
    }

    pub(super) fn end(&mut self) {
        self.send(100, true);
    }

    fn send(&mut self, percent: i64, is_last: bool) -> bool {
        self.in_batch = 0;
        let next = Batch {
            rows: self.batch.rows,
            ..Batch::default()
        };
        let batch = std::mem::replace(&mut self.batch, next);
        let percent = i32::try_from(percent.clamp(0, 99)).unwrap_or_default();
        self.sender
            .blocking_send(Ok(Item::Batch(Box::new(Batch {
                percent,
                is_last,
                ..batch
            }))))
            .is_ok()
    }
}

/// The bytes of a stored file, fetched as they are read.
pub(crate) struct ChunkReader {
    receiver: mpsc::Receiver<Result<Vec<u8>, String>>,
    current: Cursor<Vec<u8>>,
    pub(crate) counted: std::sync::Arc<std::sync::atomic::AtomicI64>,
}

/// Begins to fetch a stored file. Call it inside of the runtime, and read on a thread that may block.
pub(crate) fn chunks(pool: Pool, file_id: i64) -> ChunkReader {
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        let mut position = 0;
        loop {
            let chunk = async {
                let mut conn = pool
                    .get()
                    .await
                    .map_err(|error| format!("database pool: {error}"))?;
                let chunk = stored_file::chunk(&mut conn, file_id, position).await;
                chunk.map_err(|error| format!("database: {error}"))
            };
            let Some(chunk) = chunk.await.transpose() else {
                return;
            };
            let is_error = chunk.is_err();
            if sender.send(chunk).await.is_err() || is_error {
                return;
            }
            position += 1;
        }
    });
    ChunkReader {
        receiver,
        current: Cursor::default(),
        counted: std::sync::Arc::default(),
    }
}

impl Read for ChunkReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.current.read(into)?;
            if count > 0 || into.is_empty() {
                self.counted
                    .fetch_add(count as i64, std::sync::atomic::Ordering::Relaxed);
                return Ok(count);
            }
            match self.receiver.blocking_recv() {
                Some(Ok(chunk)) => self.current = Cursor::new(chunk),
                Some(Err(error)) => return Err(io::Error::other(error)),
                None => return Ok(0),
            }
        }
    }
}
