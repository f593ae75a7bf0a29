use crate::curator::Outcome;
use crate::error::CurateError;
use bytesize::ByteSize;
use fdk::chain;
use lake::{PartitionCount, receipt_key};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::time::Duration;

/// Partitions listed one by one; a ledger of ten years has more than anybody reads.
const LISTED: usize = 20;

/// Sums of a whole command, for a person.
#[derive(Debug, Default)]
pub(crate) struct Report {
    curated_objects: u64,
    unchanged_objects: u64,
    skipped_objects: u64,
    failed_objects: u64,
    incomplete_objects: u64,
    object_bytes: u64,
    text_bytes: u64,
    lines: u64,
    curated: u64,
    quarantined: BTreeMap<String, u64>,
    partitions: BTreeMap<String, PartitionCount>,
}

/// One source, as `--json` prints it.
#[derive(Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
enum Line<'a> {
    Curated(Done<'a>),
    Unchanged(Done<'a>),
    Skipped { url: &'a str, reason: &'a str },
    Failed { url: &'a str, error: String },
}

#[derive(Serialize)]
struct Done<'a> {
    receipt_key: String,
    #[serde(flatten)]
    receipt: &'a lake::Receipt,
}

impl<'a> Done<'a> {
    fn of(receipt: &'a lake::Receipt) -> Self {
        Done { receipt_key: receipt_key(&receipt.source.url).to_string(), receipt }
    }
}

/// The line of `--json` for a source.
pub(crate) fn json_line(url: &str, result: &Result<Outcome, CurateError>) -> String {
    let line = match result {
        Ok(Outcome::Curated { receipt, .. }) => Line::Curated(Done::of(receipt)),
        Ok(Outcome::Unchanged { receipt, .. }) => Line::Unchanged(Done::of(receipt)),
        Ok(Outcome::Skipped { reason }) => Line::Skipped { url, reason },
        Err(error) => Line::Failed { url, error: chain(error) },
    };
    serde_json::to_string(&line).expect("a receipt is plain data")
}

impl Report {
    /// Adds a source.
    pub(crate) fn add(&mut self, result: &Result<Outcome, CurateError>) {
        let receipt = match result {
            Ok(Outcome::Curated { receipt, text_bytes }) => {
                self.curated_objects += 1;
                self.object_bytes += receipt.source.size;
                self.text_bytes += text_bytes;
                receipt
            }
            Ok(Outcome::Unchanged { receipt, .. }) => {
                self.unchanged_objects += 1;
                receipt
            }
            Ok(Outcome::Skipped { .. }) => {
                self.skipped_objects += 1;
                return;
            }
            Err(_) => {
                self.failed_objects += 1;
                return;
            }
        };
        self.incomplete_objects += u64::from(!receipt.complete);
        self.lines += receipt.counts.lines;
        self.curated += receipt.counts.curated;
        for (reason, count) in &receipt.quarantined {
            *self.quarantined.entry(reason.clone()).or_default() += count;
        }
        for (partition, count) in &receipt.partitions {
            let sum = self.partitions.entry(partition.clone()).or_default();
            *sum = PartitionCount {
                rows: sum.rows + count.rows,
                files: sum.files + count.files,
                bytes: sum.bytes + count.bytes,
            };
        }
    }

    /// Whether there was any source at all.
    pub(crate) fn saw_any(&self) -> bool {
        self.objects() > 0
    }

    /// Whether a source was not curated.
    pub(crate) fn failed(&self) -> bool {
        self.failed_objects > 0
    }

    /// Objects seen so far, and rows.
    pub(crate) fn progress(&self) -> String {
        format!("{} objects, {} rows", self.objects(), self.curated)
    }

    fn objects(&self) -> u64 {
        self.curated_objects + self.unchanged_objects + self.skipped_objects + self.failed_objects
    }

    /// The table for a person.
    pub(crate) fn table(&self, elapsed: Duration) -> String {
        let mut text = String::new();
        self.write_table(&mut text, elapsed).expect("writing to memory does not fail");
        text
    }

    fn write_table(&self, out: &mut String, elapsed: Duration) -> fmt::Result {
        if !self.partitions.is_empty() {
            self.write_partitions(out)?;
            writeln!(out)?;
        }
        let Report { curated_objects, unchanged_objects, failed_objects, incomplete_objects, .. } = self;
        write!(out, "objects      {curated_objects} curated, {unchanged_objects} unchanged")?;
        for (count, what) in
            [(&self.skipped_objects, "skipped"), (incomplete_objects, "damaged"), (failed_objects, "FAILED")]
        {
            if *count > 0 {
                write!(out, ", {count} {what}")?;
            }
        }
        let quarantined: u64 = self.quarantined.values().sum();
        writeln!(
            out,
            "\nrows         {} curated, {quarantined} quarantined, of {} lines",
            self.curated, self.lines
        )?;
        for (reason, count) in &self.quarantined {
            writeln!(out, "             {count:>12} {reason}")?;
        }
        let seconds = elapsed.as_secs_f64();
        if self.curated_objects == 0 {
            return writeln!(out, "time         {seconds:.2} s");
        }
        let (object_bytes, text_bytes) = (ByteSize(self.object_bytes), ByteSize(self.text_bytes));
        let speed = self.text_bytes as f64 / 1e6 / seconds.max(1e-3);
        writeln!(
            out,
            "time         {seconds:.2} s for {} ({} of text): {speed:.0} MB/s",
            object_bytes.display().si(),
            text_bytes.display().si()
        )
    }

    fn write_partitions(&self, out: &mut String) -> fmt::Result {
        let mut partitions: Vec<_> = self.partitions.iter().collect();
        partitions.sort_by_key(|(_, count)| std::cmp::Reverse(count.rows));
        let (listed, others) = partitions.split_at(partitions.len().min(LISTED));
        let label = |partition: &str| match partition {
            "" => "(no partition columns)".to_owned(),
            partition => partition.to_owned(),
        };
        let width =
            listed.iter().map(|(partition, _)| label(partition).chars().count()).max().unwrap_or(0).max(9);
        writeln!(out, "{:width$}  {:>12}  {:>6}  {:>10}", "partition", "rows", "files", "size")?;
        let mut row = |name: &str, count: &PartitionCount| {
            let size = ByteSize(count.bytes).display().si().to_string();
            writeln!(out, "{name:width$}  {:>12}  {:>6}  {size:>10}", count.rows, count.files)
        };
        for (partition, count) in listed {
            row(&label(partition), count)?;
        }
        if !others.is_empty() {
            let sum = others.iter().fold(PartitionCount::default(), |sum, (_, count)| PartitionCount {
                rows: sum.rows + count.rows,
                files: sum.files + count.files,
                bytes: sum.bytes + count.bytes,
            });
            row(&format!("and {} more", others.len()), &sum)?;
        }
        Ok(())
    }
}
