use super::lake_paths::LakePaths;
use crate::results::{State, Totals, advice, partitions};
use crate::terminal::units::{count, grouped};
use curate::{CurateError, Ignored, Outcome, SchemaOrigin};
use lake::{OutputKind, Receipt, receipt_key};
use std::fmt::{self, Write};
use std::time::Duration;

/// The result of a run. Objects that were curated earlier are counted, but their rows are not.
#[derive(Debug)]
pub(super) struct Report {
    /// Where the schema comes from.
    origin: SchemaOrigin,
    curated: Curated,
    unchanged: u64,
    /// Number of unchanged objects whose receipts were written under another schema.
    other_schema: u64,
    skipped: u64,
    failed: u64,
    /// Objects whose names match none of the patterns.
    pub(super) ignored: Ignored,
    /// The state of all objects, including the unchanged ones.
    state: State,
}

/// What was curated in this run.
#[derive(Debug, Default)]
struct Curated {
    totals: Totals,
    /// Whether there is any quarantine object.
    has_quarantine: bool,
    /// Key of the first object's receipt.
    receipt: String,
}

impl Report {
    pub(super) fn new(origin: SchemaOrigin) -> Self {
        Report {
            origin,
            ignored: Ignored::default(),
            curated: Curated::default(),
            unchanged: 0,
            other_schema: 0,
            skipped: 0,
            failed: 0,
            state: State::default(),
        }
    }

    /// Adds the result for a source.
    pub(super) fn add(&mut self, result: &Result<Outcome, CurateError>) {
        match result {
            Ok(Outcome::Curated { receipt, text_bytes }) => {
                self.state.add(receipt, false);
                self.curated.add(receipt, *text_bytes);
            }
            Ok(Outcome::Unchanged { receipt, other_schema }) => {
                self.state.add(receipt, true);
                self.unchanged += 1;
                self.other_schema += u64::from(*other_schema);
            }
            Ok(Outcome::Skipped { .. }) => self.skipped += 1,
            Err(_) => self.failed += 1,
        }
    }

    /// Returns whether there was any source at all.
    pub(super) fn saw_any(&self) -> bool {
        self.objects() > 0
    }

    /// Returns whether curating any source failed.
    pub(super) fn failed(&self) -> bool {
        self.failed > 0
    }

    pub(super) fn state(&self) -> State {
        self.state
    }

    /// Returns the numbers of objects and rows so far.
    pub(super) fn progress(&self) -> String {
        format!("{}, {}", count(self.objects(), "object"), count(self.curated.totals.rows, "row"))
    }

    fn objects(&self) -> u64 {
        self.curated.totals.objects + self.unchanged + self.skipped + self.failed
    }

    /// Returns hints for what to do about the result.
    pub(super) fn hints(&self) -> Vec<String> {
        let Totals { bomb, quarantined, rows, schema, .. } = &self.curated.totals;
        let mut hints = Vec::new();
        if *bomb {
            // The lines were cut off with the object, so their reasons say nothing.
            hints.push(advice::for_bomb(&advice::CURATE));
        } else if *rows == 0 {
            hints.extend(advice::for_reasons(quarantined, schema, &advice::CURATE));
        }
        if self.other_schema > 0 {
            let objects = count(self.other_schema, "object");
            let were = if self.other_schema == 1 { "was" } else { "were" };
            hints.push(format!("{objects} {were} curated under another schema; use --redo to curate again"));
        }
        hints
    }

    /// Returns the summary that people read.
    pub(super) fn text(&self, paths: &LakePaths, elapsed: Duration) -> String {
        let mut text = String::new();
        let written = match self.curated.totals.objects {
            0 => self.write_nothing(&mut text),
            _ => self.write(&mut text, paths, elapsed),
        };
        written.expect("writing to memory does not fail");
        text
    }

    /// Writes the summary of a run that curated nothing. It mentions no rows, because those in the lake are from earlier runs.
    fn write_nothing(&self, out: &mut String) -> fmt::Result {
        if !self.saw_any() {
            return Ok(());
        }
        let first = if self.failed() { "nothing curated" } else { "nothing to do" };
        let counts = [
            (self.unchanged, "object", "unchanged"),
            (self.skipped, "object", "skipped"),
            // Also a bucket or a folder that could not be searched.
            (self.failed, "source", "failed"),
        ];
        let counts = counts.iter().filter(|(number, ..)| *number > 0);
        let counts: Vec<_> =
            counts.map(|(number, noun, what)| format!("{} {what}", count(*number, noun))).collect();
        writeln!(out, "{first}: {}", counts.join(", "))?;
        if self.failed() { Ok(()) } else { self.write_ignored(out) }
    }

    fn write_ignored(&self, out: &mut String) -> fmt::Result {
        match self.ignored.total() {
            0 => Ok(()),
            total => writeln!(out, "ignored      {}: {}", count(total, "file"), self.ignored.by_extension()),
        }
    }

    fn write(&self, out: &mut String, paths: &LakePaths, elapsed: Duration) -> fmt::Result {
        let totals = &self.curated.totals;
        let Totals { objects, damaged, quarantined, partitions, .. } = totals;
        if !partitions.is_empty() {
            partitions::write(out, partitions)?;
            writeln!(out)?;
        }
        if self.origin == SchemaOrigin::Default {
            let schema = &totals.schema;
            writeln!(out, "table        {schema}, the default for a new lake (--schema, TABLE_SCHEMA)")?;
        }
        write!(out, "objects      {} curated", grouped(*objects))?;
        for (number, what) in [
            (*damaged, "of them damaged"),
            (self.unchanged, "unchanged"),
            (self.skipped, "skipped"),
            (self.failed, "failed"),
        ] {
            if number > 0 {
                write!(out, ", {} {what}", grouped(number))?;
            }
        }
        writeln!(out)?;
        self.write_ignored(out)?;
        totals.write_rows(out, "curated")?;
        for (reason, count) in quarantined {
            writeln!(out, "             {:>12} {reason}", grouped(*count))?;
        }
        totals.write_time(out, elapsed)?;
        self.curated.write_paths(out, paths)
    }
}

impl Curated {
    fn add(&mut self, receipt: &Receipt, text_bytes: u64) {
        if self.totals.objects == 0 {
            self.receipt = receipt_key(&receipt.source.url).to_string();
        }
        self.totals.add(receipt, text_bytes);
        self.has_quarantine |= receipt.outputs.iter().any(|output| output.kind == OutputKind::Quarantine);
    }

    fn write_paths(&self, out: &mut String, paths: &LakePaths) -> fmt::Result {
        if self.has_quarantine {
            writeln!(out, "quarantine   {}", paths.quarantine())?;
            writeln!(out, "             show it: {}", paths.list_quarantine())?;
        }
        match self.totals.objects {
            1 => {
                writeln!(out, "receipt      {}", paths.of(&self.receipt))?;
                match paths.print_receipt(&self.receipt) {
                    Some(command) => writeln!(out, "             show it: {command}"),
                    None => Ok(()),
                }
            }
            _ => {
                writeln!(out, "receipts     {}", paths.receipts())?;
                match paths.print_receipts() {
                    Some(command) => writeln!(out, "             show their counts: {command}"),
                    None => Ok(()),
                }
            }
        }
    }
}
