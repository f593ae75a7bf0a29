use super::lake_table::LakeTable;
use super::object::Object;
use crate::refused::Summary;
use crate::results::{State, Totals, advice, partitions};
use crate::terminal::units::{count, grouped, size};
use curate::{Config, Ignored};
use lake::PartitionCount;
use std::fmt::{self, Write};
use std::time::Duration;

/// The result of a check.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) table: LakeTable,
    /// Whether files are cut as on a file system.
    pub(super) local: bool,
    pub(super) totals: Totals,
    pub(super) refused: Summary,
    pub(super) skipped: u64,
    /// Number of sources that could not be read.
    pub(super) failed: u64,
    /// Objects whose names match none of the patterns.
    pub(super) ignored: Ignored,
    /// What `--fail-on` looks at.
    pub(super) state: State,
}

/// Files that are smaller on average than this many bytes are small. Each takes a request or more to read.
const SMALL: u64 = 1_000_000;

/// Number of small files from which on they are a problem.
const MANY: u64 = 100;

/// Number of files for each object from which on partitions are the reason for small files.
const MANY_OF_ONE: u64 = 10;

impl Report {
    pub(super) fn new(table: LakeTable, config: &Config) -> Self {
        Report {
            local: config.lake.local,
            table,
            totals: Totals::default(),
            refused: Summary::default(),
            skipped: 0,
            failed: 0,
            ignored: Ignored::default(),
            state: State::default(),
        }
    }

    /// Adds the result for a source, or `None` if it could not be read.
    pub(super) fn add(&mut self, object: Option<Object>) {
        match object {
            Some(Object::Curated { receipt, text_bytes, refused }) => {
                self.state.add(&receipt, false);
                self.totals.add(&receipt, text_bytes);
                self.refused.merge(refused);
            }
            Some(Object::Skipped { .. }) => self.skipped += 1,
            None => self.failed += 1,
        }
    }

    /// Returns whether there was any source at all.
    pub(super) fn saw_any(&self) -> bool {
        self.totals.objects + self.skipped + self.failed > 0
    }

    /// Returns the numbers of objects and rows so far.
    pub(super) fn progress(&self) -> String {
        format!("{}, {}", count(self.totals.objects, "object"), count(self.totals.rows, "row"))
    }

    /// Returns the number of refused records that `refused` doesn't have, because their quarantine is too long.
    pub(super) fn not_read(&self) -> u64 {
        self.totals.all_quarantined().saturating_sub(self.refused.records)
    }

    /// Returns hints for what to do about the result.
    pub(super) fn hints(&self) -> Vec<String> {
        let Totals { bomb, quarantined, rows, .. } = &self.totals;
        let mut hints = Vec::new();
        if *bomb {
            hints.push(advice::for_bomb(&advice::CHECK));
        } else if *rows == 0 {
            hints.extend(advice::for_reasons(quarantined, &self.table.schema, &advice::CHECK));
        }
        hints.extend(self.about_small_files());
        hints
    }

    fn about_small_files(&self) -> Option<String> {
        let PartitionCount { files, bytes, .. } = self.totals.all_partitions();
        if files <= MANY || bytes / files >= SMALL {
            return None;
        }
        let advice = match files / self.totals.objects.max(1) >= MANY_OF_ONE {
            true => "partition by fewer or coarser values, such as day instead of hour (partition_by)",
            false => "have larger objects written: each becomes at least one file",
        };
        Some(format!(
            "{} of {} on average are slow to read; {advice}",
            count(files, "file"),
            size(bytes / files)
        ))
    }

    /// Returns the report that people read.
    pub(super) fn text(&self, elapsed: Duration) -> String {
        let mut text = String::new();
        let written = match self.totals.objects {
            0 => self.write_nothing(&mut text),
            _ => self.write(&mut text, elapsed),
        };
        written.expect("writing to memory does not fail");
        text
    }

    fn write_nothing(&self, out: &mut String) -> fmt::Result {
        if !self.saw_any() {
            return Ok(());
        }
        // A source is also a bucket or a folder that could not be searched.
        let counts = [(self.skipped, "object", "skipped"), (self.failed, "source", "failed")];
        let counts = counts.iter().filter(|(number, ..)| *number > 0);
        let counts: Vec<_> =
            counts.map(|(number, noun, what)| format!("{} {what}", count(*number, noun))).collect();
        writeln!(out, "nothing checked: {}", counts.join(", "))
    }

    fn write(&self, out: &mut String, elapsed: Duration) -> fmt::Result {
        let Totals { objects, damaged, quarantined, partitions, .. } = &self.totals;
        if !partitions.is_empty() {
            partitions::write(out, partitions)?;
            writeln!(out)?;
        }
        writeln!(out, "schema       {}", self.table.schema)?;
        if let Some(lake) = self.table.text() {
            writeln!(out, "lake         {lake}")?;
        }
        write!(out, "objects      {} checked", grouped(*objects))?;
        for (number, what) in
            [(*damaged, "of them damaged"), (self.skipped, "skipped"), (self.failed, "failed")]
        {
            if number > 0 {
                write!(out, ", {} {what}", grouped(number))?;
            }
        }
        writeln!(out)?;
        if self.ignored.total() > 0 {
            let files = count(self.ignored.total(), "file");
            writeln!(out, "ignored      {files}: {}", self.ignored.by_extension())?;
        }
        self.totals.write_rows(out, "would be curated")?;
        for (reason, count) in quarantined {
            writeln!(out, "             {:>12} {reason}", grouped(*count))?;
        }
        self.write_files(out)?;
        self.totals.write_time(out, elapsed)?;
        writeln!(out, "             nothing was written")?;
        self.write_refused(out)
    }

    fn write_files(&self, out: &mut String) -> fmt::Result {
        let PartitionCount { files, bytes, .. } = self.totals.all_partitions();
        let place = if self.local { "a local lake" } else { "a lake in a cloud" };
        write!(out, "files        {}, {}", grouped(files), size(bytes))?;
        match files {
            0 | 1 => writeln!(out, ", in {place}"),
            _ => writeln!(out, ", {} on average, in {place}", size(bytes / files)),
        }
    }

    fn write_refused(&self, out: &mut String) -> fmt::Result {
        if self.refused.records == 0 {
            return Ok(());
        }
        match self.not_read() {
            0 => writeln!(out, "\nrefused records by reason and field, with the first of each:")?,
            _ => writeln!(
                out,
                "\nthe first {} refused records by reason and field, with the first of each:",
                grouped(self.refused.records)
            )?,
        }
        self.refused.write(out)
    }
}

#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;
