use super::{advice, partitions};
use crate::terminal::units::{count, grouped, size};
use lake::{PartitionCount, Receipt};
use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::time::Duration;

/// Totals of the objects that a run read.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    pub(crate) objects: u64,
    pub(crate) damaged: u64,
    /// Whether any object counted as a decompression bomb.
    pub(crate) bomb: bool,
    pub(crate) object_bytes: u64,
    pub(crate) text_bytes: u64,
    pub(crate) lines: u64,
    pub(crate) rows: u64,
    /// Numbers of quarantined lines by reason.
    pub(crate) quarantined: BTreeMap<String, u64>,
    pub(crate) partitions: BTreeMap<String, PartitionCount>,
    /// Name and version of the schema.
    pub(crate) schema: String,
}

impl Totals {
    /// Adds an object.
    pub(crate) fn add(&mut self, receipt: &Receipt, text_bytes: u64) {
        if self.objects == 0 {
            self.schema = format!("{} {}", receipt.schema.name, receipt.schema.version);
        }
        self.objects += 1;
        self.damaged += u64::from(!receipt.complete);
        self.bomb |= receipt.damage.iter().any(|damage| damage.code == advice::BOMB);
        self.object_bytes += receipt.source.size;
        self.text_bytes += text_bytes;
        self.lines += receipt.counts.lines;
        self.rows += receipt.counts.curated;
        for (reason, count) in &receipt.quarantined {
            *self.quarantined.entry(reason.clone()).or_default() += count;
        }
        for count in &receipt.partitions {
            partitions::add(self.partitions.entry(count.path.clone()).or_default(), count);
        }
    }

    /// Returns the number of quarantined lines.
    pub(crate) fn all_quarantined(&self) -> u64 {
        self.quarantined.values().sum()
    }

    /// Returns the sum of all partitions.
    pub(crate) fn all_partitions(&self) -> PartitionCount {
        let mut sum = PartitionCount::default();
        self.partitions.values().for_each(|count| partitions::add(&mut sum, count));
        sum
    }

    /// Writes the line about rows. `curated` says what becomes of the good ones: `curated`, `would be curated`.
    pub(crate) fn write_rows(&self, out: &mut String, curated: &str) -> fmt::Result {
        let (rows, refused) = (grouped(self.rows), grouped(self.all_quarantined()));
        writeln!(
            out,
            "rows         {rows} {curated}, {refused} quarantined, of {}",
            count(self.lines, "line")
        )
    }

    /// Writes the line about the time that the run took.
    pub(crate) fn write_time(&self, out: &mut String, elapsed: Duration) -> fmt::Result {
        let seconds = elapsed.as_secs_f64();
        let (object_bytes, text_bytes) = (size(self.object_bytes), size(self.text_bytes));
        write!(out, "time         {seconds:.2} s for {object_bytes} ({text_bytes} of text)")?;
        let speed = self.text_bytes as f64 / 1e6 / seconds.max(1e-3);
        // The speed with small objects is meaningless.
        if speed >= 1.0 { writeln!(out, ", {speed:.0} MB/s") } else { writeln!(out) }
    }
}
