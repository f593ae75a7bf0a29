use crate::error::{LakeError, Result};
use crate::input::Units;
use crate::layout::{parquet_key, quarantine_key};
use crate::receipts::receipt::{OutputKind, Receipt};
use crate::write::decoded_chunk::DecodedChunk;
use crate::write::job::{Done, Encoded, Job, Outcome, Work};
use crate::write::packed_rows::PackedRows;
use crate::write::parquet_file::ParquetFile;
use crate::write::partitions::{Budget, Cut, Partitions};
use crate::write::quarantine_entry::remark;
use crate::write::quarantine_file::QuarantineFile;
use crate::write::receipt_draft::ReceiptDraft;
use crate::write::table_format::TableFormat;
use bronze::Damage;
use object_store::path::Path;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use table::{PartitionKey, partition_path};

/// Writes the decoded chunks of one run: rows to Parquet files by partition, and everything else to quarantine.
///
/// It does no I/O and starts no threads. Decoded chunks go in with [`append`](Self::append), in order. Expensive work comes out as
/// [`Job`]s, which may run anywhere and in any order. Their results go back in with [`complete`](Self::complete), which returns [`Part`]s
/// of objects to store.
///
/// Memory: rows up to the [`Budget`], plus the bytes [`in_flight`](Self::in_flight), which the caller bounds by pausing its calls to
/// `append`, plus 2 KiB for each file.
#[derive(Debug)]
pub struct LakeWriter {
    format: Arc<TableFormat>,
    max_files: usize,
    partitions: Partitions,
    cuts: Vec<Cut>,
    files: HashMap<u32, FileSlot>,
    quarantine: QuarantineSlot,
    jobs: VecDeque<Job>,
    /// Number of jobs that were handed out and haven't come back.
    running: usize,
    in_flight: usize,
    /// Number of units without a position of their own so far.
    units: u64,
    receipt: ReceiptDraft,
}

/// A file between its first row group and its last byte.
#[derive(Debug)]
struct FileSlot {
    key: Path,
    partition: String,
    /// The file's encoder, while no job has it.
    file: Option<Box<ParquetFile>>,
    busy: bool,
    waiting: VecDeque<PackedRows>,
    /// Whether the file ends with the row groups in `waiting`.
    closing: bool,
}

/// State of the quarantine object.
#[derive(Debug, Default)]
struct QuarantineSlot {
    file: Option<Box<QuarantineFile>>,
    busy: bool,
    begun: bool,
    /// Pieces of text, one per job, each with the number of entries that end in it.
    waiting: VecDeque<(Vec<u8>, u64)>,
    closing: bool,
}

/// Memory that a finished file takes until the end of the run, in bytes: its entry in the receipt, both in memory and as text.
pub const FILE_OVERHEAD: usize = 2 << 10;

/// Size up to which small pieces of quarantine text are joined, so that a job is worth its overhead.
const QUARANTINE_JOB: usize = 256 << 10;

/// How much of a chunk was appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Appended {
    /// All of it.
    Whole,
    /// The rest has to wait for a job that was handed out or is waiting.
    Partly,
}

/// The next bytes of an object to store in the lake.
#[derive(Debug)]
pub struct Part {
    /// The object's key.
    pub key: Path,
    /// The bytes, which follow those of the object's previous part.
    pub bytes: Vec<u8>,
    /// Whether this is the object's last part.
    pub last: bool,
}

impl LakeWriter {
    pub(crate) fn new(format: Arc<TableFormat>, budget: Budget, max_files: usize) -> Self {
        let receipt = ReceiptDraft::new(&format.run, &format.schema);
        LakeWriter {
            max_files,
            partitions: Partitions::new(budget, format.leaves()),
            format,
            cuts: Vec::new(),
            files: HashMap::new(),
            quarantine: QuarantineSlot::default(),
            jobs: VecDeque::new(),
            running: 0,
            in_flight: 0,
            units: 0,
            receipt,
        }
    }

    /// Accepts the next decoded chunk, and takes its quarantine text. If that has to wait for the result of a job, it returns
    /// [`Appended::Partly`]: call it again with the same chunk after [`complete`](Self::complete).
    ///
    /// Fails if the run has begun more files than there is memory for in its receipt.
    pub fn append(&mut self, chunk: &mut DecodedChunk) -> Result<Appended> {
        if let Units::Values(origin) = &self.format.run.input.units {
            self.units += chunk.place(origin, origin.first_offset + self.units as i64);
        }
        let mut is_whole = self.partitions.settle(&mut self.cuts);
        while is_whole && let Some((key, row)) = chunk.next_row() {
            self.partitions.push(key, row, &mut self.cuts);
            is_whole = self.partitions.settle(&mut self.cuts);
        }
        self.take_cuts();
        self.check_files()?;
        if !is_whole {
            return Ok(Appended::Partly);
        }
        self.receipt.count(chunk);
        self.quarantine(std::mem::take(&mut chunk.quarantine), chunk.entries);
        Ok(Appended::Whole)
    }

    fn check_files(&self) -> Result<()> {
        let most = self.max_files;
        let count = self.partitions.files();
        if count > most { Err(LakeError::TooManyFiles { most }) } else { Ok(()) }
    }

    /// Records that the object couldn't be read to its end.
    pub fn damaged(&mut self, damage: &Damage) {
        self.receipt.damaged(damage);
        self.quarantine(remark(damage), 1);
    }

    /// Ends every object. Afterwards only jobs remain to be run.
    pub fn finish(&mut self) {
        self.partitions.finish(&mut self.cuts);
        self.take_cuts();
        self.quarantine.closing = true;
        self.schedule_quarantine();
    }

    /// Returns the next job to run, if there is one.
    pub fn next_job(&mut self) -> Option<Job> {
        let job = self.jobs.pop_front()?;
        self.running += 1;
        Some(job)
    }

    /// Accepts the result of a job and returns the bytes to store, if there are any.
    pub fn complete(&mut self, done: Done) -> Result<Option<Part>> {
        self.running -= 1;
        self.in_flight -= done.bytes;
        let part = match done.outcome {
            Outcome::RowGroup { number, encoded } => self.complete_row_group(number, encoded)?,
            Outcome::Quarantine(encoded) => self.complete_quarantine(encoded),
        };
        Ok(Some(part).filter(|part| part.last || !part.bytes.is_empty()))
    }

    /// Returns the bytes of rows and quarantine text that wait for a job or are in one.
    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Returns the bytes charged for rows collected for a row group, plus the bytes [`in_flight`](Self::in_flight).
    pub fn held(&self) -> usize {
        self.partitions.held() + self.in_flight
    }

    /// Returns whether no jobs are waiting or running.
    pub fn is_idle(&self) -> bool {
        self.jobs.is_empty() && self.running == 0
    }

    /// Returns the receipt. Call this after the writer is finished and idle, and every part is stored.
    pub fn into_receipt(self) -> Receipt {
        debug_assert!(self.is_idle());
        self.receipt.finish()
    }

    fn take_cuts(&mut self) {
        for cut in std::mem::take(&mut self.cuts) {
            let number = cut.file;
            self.in_flight += cut.rows.bytes();
            if let Some(key) = cut.opened {
                let partition = partition_path(self.format.schema.partition_names(), PartitionKey(&key))
                    .expect("the row judge refuses values too long for a path");
                let slot = FileSlot {
                    key: parquet_key(&partition, &self.format.run, number),
                    partition,
                    file: None,
                    busy: false,
                    waiting: VecDeque::new(),
                    closing: false,
                };
                self.files.insert(number, slot);
            }
            let slot = self.files.get_mut(&number).expect("a file is opened by its first cut");
            slot.waiting.push_back(cut.rows);
            slot.closing |= cut.last;
            self.schedule_row_group(number);
        }
    }

    /// Creates a job for a file's next row group, unless one is already running: a file is written in order.
    fn schedule_row_group(&mut self, number: u32) {
        let Some(slot) = self.files.get_mut(&number).filter(|slot| !slot.busy) else { return };
        let Some(rows) = slot.waiting.pop_front() else { return };
        slot.busy = true;
        let last = slot.closing && slot.waiting.is_empty();
        let (bytes, format) = (rows.bytes(), Arc::clone(&self.format));
        let work = Work::RowGroup { number, file: slot.file.take(), rows, last, format };
        self.jobs.push_back(Job { work, bytes });
    }

    fn complete_row_group(
        &mut self,
        number: u32,
        encoded: parquet::errors::Result<Encoded<ParquetFile>>,
    ) -> Result<Part> {
        let slot = self.files.get_mut(&number).expect("a file exists until it ends");
        let key = slot.key.clone();
        let encoded = encoded.map_err(|source| LakeError::Encode { key: key.to_string(), source })?;
        self.partitions.report(number, encoded.bytes.len());
        match encoded.next {
            Ok(file) => {
                slot.file = Some(file);
                slot.busy = false;
                self.schedule_row_group(number);
                Ok(Part { key, bytes: encoded.bytes, last: false })
            }
            Err(summary) => {
                self.receipt.parquet(&key, std::mem::take(&mut slot.partition), summary);
                self.files.remove(&number);
                Ok(Part { key, bytes: encoded.bytes, last: true })
            }
        }
    }

    fn quarantine(&mut self, text: Vec<u8>, entries: u64) {
        if text.is_empty() {
            return;
        }
        self.in_flight += text.len();
        match self.quarantine.waiting.back_mut() {
            Some((last, in_last)) if last.len() + text.len() <= QUARANTINE_JOB => {
                last.extend_from_slice(&text);
                *in_last += entries;
            }
            _ => self.quarantine.waiting.push_back((text, entries)),
        }
        self.schedule_quarantine();
    }

    fn schedule_quarantine(&mut self) {
        let slot = &mut self.quarantine;
        // The last piece may still grow, unless it is already large. At the end, there may be no piece left but still a file to end.
        let full = slot.waiting.front().is_some_and(|(text, _)| text.len() >= QUARANTINE_JOB);
        let last = slot.closing && (slot.waiting.len() == 1 || slot.file.is_some());
        let ready = full || last || slot.waiting.len() > 1;
        if slot.busy || !ready {
            return;
        }
        let file = match slot.file.take() {
            Some(file) => file,
            None if slot.begun => return, // ended
            None => Box::new(QuarantineFile::new()),
        };
        (slot.busy, slot.begun) = (true, true);
        let (text, entries) = slot.waiting.pop_front().unwrap_or_default();
        let bytes = text.len();
        let work = Work::Quarantine { file, text, entries, last: slot.closing && slot.waiting.is_empty() };
        self.jobs.push_back(Job { work, bytes });
    }

    fn complete_quarantine(&mut self, encoded: Encoded<QuarantineFile>) -> Part {
        let key = quarantine_key(&self.format.run);
        self.quarantine.busy = false;
        match encoded.next {
            Ok(file) => {
                self.quarantine.file = Some(file);
                self.schedule_quarantine();
                Part { key, bytes: encoded.bytes, last: false }
            }
            Err(summary) => {
                self.receipt.output(&key, OutputKind::Quarantine, summary);
                Part { key, bytes: encoded.bytes, last: true }
            }
        }
    }
}
