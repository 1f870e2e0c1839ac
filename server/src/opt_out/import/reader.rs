//! Reads an uploaded list on a thread of its own and hands cells over in batches. Reading waits for whoever takes the
//! batches, so that memory holds a few of them and never the file.

use std::{
    collections::HashSet,
    io,
    sync::atomic::{AtomicI64, Ordering},
};

use bellwether_db::{Pool, opt_out_list::CellColumns};
use chrono::{DateTime, Utc};
use tokio::sync::mpsc;

use super::columns::{self, Columns};
use crate::campaign::import_contacts::{
    reader::{ChunkReader, chunks, refusal},
    table::{Row, Table},
};

/// Rows in one batch: large enough that a statement per batch costs little, small enough that its locks are short.
pub const BATCH_ROWS: usize = if cfg!(test) { 200 } else { 10_000 };
/// Characters of a value that is told of because it is no cell.
const MAX_VALUE: usize = 100;

/// What a file holds and how it is read.
#[derive(Debug, Clone)]
pub struct Input {
    /// The stored file.
    pub file_id: i64,
    /// Its length.
    pub size_bytes: i64,
    /// Country of numbers without one.
    pub country: String,
    /// Rows that were read before an interruption.
    pub skip_rows: i64,
    /// The present instant.
    pub now: DateTime<Utc>,
}

/// A row without a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidRow {
    /// Its line in the file, from 1.
    pub line: u64,
    /// What stands in the place of the cell.
    pub value: String,
    /// Why that is none.
    pub reason: String,
}

/// Some rows.
#[derive(Debug, Default)]
pub struct Batch {
    /// Cells, each once.
    pub cells: CellColumns,
    /// Rows of the batch whose cell stands in it before.
    pub repeated: i64,
    /// Rows without a cell.
    pub invalid: Vec<InvalidRow>,
    /// All rows up to and with this batch, the header not counted.
    pub rows: i64,
    /// How far in the file, in percent.
    pub percent: i32,
    /// Whether the file ends here.
    pub is_last: bool,
}

/// Begins to read.
pub fn read(pool: Pool, input: Input) -> mpsc::Receiver<io::Result<Batch>> {
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

fn read_all(bytes: ChunkReader, input: &Input, sender: &mpsc::Sender<io::Result<Batch>>) -> io::Result<()> {
    let counted = bytes.counted.clone();
    let mut table = Table::open(bytes)?;
    let Some(first) = table.next_row()? else {
        return Err(refusal("it is empty"));
    };
    let columns = columns::find(&first.values, &input.country)
        .ok_or_else(|| refusal("no column is named like a phone number, such as \"cell\" or \"phone\""))?;
    let mut gathered = Gathered::new(columns, input);
    let mut next = if columns.has_header {
        table.next_row()?
    } else {
        Some(first)
    };
    while let Some(row) = next {
        gathered.take(&row);
        if gathered.read >= BATCH_ROWS {
            let percent = percent(&counted, input.size_bytes);
            if sender.blocking_send(Ok(gathered.batch(percent, false))).is_err() {
                return Ok(());
            }
        }
        next = table.next_row()?;
    }
    let _ = sender.blocking_send(Ok(gathered.batch(99, true)));
    Ok(())
}

fn percent(counted: &AtomicI64, size_bytes: i64) -> i32 {
    let read = counted.load(Ordering::Relaxed);
    i32::try_from(read.saturating_mul(100) / size_bytes.max(1))
        .unwrap_or(99)
        .clamp(0, 99)
}

/// Rows on their way into a batch.
struct Gathered<'a> {
    columns: Columns,
    input: &'a Input,
    batch: Batch,
    seen: HashSet<String>,
    read: usize,
}

impl<'a> Gathered<'a> {
    fn new(columns: Columns, input: &'a Input) -> Self {
        Self {
            columns,
            input,
            batch: Batch::default(),
            seen: HashSet::new(),
            read: 0,
        }
    }

    fn take(&mut self, row: &Row) {
        self.batch.rows += 1;
        if self.batch.rows <= self.input.skip_rows {
            return;
        }
        self.read += 1;
        let value = |at: Option<usize>| at.and_then(|at| row.values.get(at)).map_or("", String::as_str);
        let written = value(Some(self.columns.cell));
        match columns::cell_of(written, &self.input.country) {
            Ok(cell) if !self.seen.insert(cell.clone()) => self.batch.repeated += 1,
            Ok(cell) => {
                let cells = &mut self.batch.cells;
                cells.cell.push(cell);
                cells.reason.push(columns::reason_of(value(self.columns.reason)));
                cells
                    .said_at
                    .push(columns::said_at(value(self.columns.said_at), self.input.now));
            }
            Err(error) => self.batch.invalid.push(InvalidRow {
                line: row.line,
                value: written.replace('\0', "").chars().take(MAX_VALUE).collect(),
                reason: error.to_string(),
            }),
        }
    }

    fn batch(&mut self, percent: i32, is_last: bool) -> Batch {
        self.read = 0;
        self.seen.clear();
        let next = Batch {
            rows: self.batch.rows,
            ..Batch::default()
        };
        Batch {
            percent,
            is_last,
            ..std::mem::replace(&mut self.batch, next)
        }
    }
}
