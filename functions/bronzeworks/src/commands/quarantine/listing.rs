use super::filter::Filter;
use super::json_line::json_line;
use super::objects::QuarantineObject;
use crate::refused::{Line, LineSplitter, Refused, Summary, example, records};
use crate::terminal::units::{count, grouped};
use crate::terminal::{Output, Terminal, visible};
use curate::Location;
use fn_kit::chain;
use futures::StreamExt;
use lake::LakeError;
use object_store::ObjectStoreExt;
use object_store::path::Path;
use std::fmt::Write;
use std::ops::ControlFlow;

/// A listing in progress.
pub(super) struct Listing {
    pub(super) location: Location,
    pub(super) filter: Filter,
    /// Maximum number of records.
    pub(super) limit: u64,
    pub(super) output: Output,
    pub(super) terminal: Terminal,
    /// Whether anything could not be read.
    pub(super) failed: bool,
}

impl Listing {
    /// Returns whether anything could not be read or printed.
    pub(super) fn failed(&self) -> bool {
        self.failed || self.output.failed()
    }

    /// Prints each record as one line of JSON.
    pub(super) async fn print_json(&mut self, objects: &[QuarantineObject]) {
        let mut left = self.limit;
        for object in self.selected(objects) {
            let (output, terminal) = (&mut self.output, &self.terminal);
            let print = |refused: Refused| {
                output.write(&(json_line(object, &refused) + "\n"), terminal);
                left -= 1;
                go_on(left > 0 && output.is_open())
            };
            let read = read(&self.location, object, &self.filter, print).await;
            self.report(read);
            if left == 0 || !self.output.is_open() {
                return;
            }
        }
    }

    /// Prints a summary and the first records for people. Reads the quarantine twice rather than hold all records in memory.
    pub(super) async fn print_text(&mut self, objects: &[QuarantineObject]) {
        let selected = self.selected(objects);
        let mut summary = Summary::default();
        for object in &selected {
            let add = |refused: Refused| {
                summary.add(&refused, &object.source);
                ControlFlow::Continue(())
            };
            let read = read(&self.location, object, &self.filter, add).await;
            self.report(read);
        }
        let mut text = head(&summary, objects, self.filter.all);
        if summary.records > 0 {
            summary.write(&mut text).expect("writing to memory does not fail");
        }
        self.output.write(&text, &self.terminal);
        let shown = self.print_records(&selected, summary.records.min(self.limit)).await;
        if shown < summary.records {
            let more = grouped(summary.records - shown);
            self.output.write(&format!("\nand {more} more: list them with --limit all\n"), &self.terminal);
        }
    }

    /// Prints the first records, and returns their number.
    async fn print_records(&mut self, selected: &[&QuarantineObject], wanted: u64) -> u64 {
        let mut shown = 0;
        for object in selected {
            if shown == wanted || !self.output.is_open() {
                break;
            }
            let mut first = true;
            let (output, terminal) = (&mut self.output, &self.terminal);
            let print = |refused: Refused| {
                let mut text = String::new();
                if first {
                    let state = if object.open { "" } else { "  (reprocessed)" };
                    text = format!("\n{}{state}\n", visible(&object.source));
                    first = false;
                }
                text += &record(&refused);
                output.write(&text, terminal);
                shown += 1;
                go_on(shown < wanted && output.is_open())
            };
            // Problems were reported when the summary was made.
            self.failed |= read(&self.location, object, &self.filter, print).await.is_err();
        }
        shown
    }

    /// Returns the objects to read.
    fn selected<'a>(&self, objects: &'a [QuarantineObject]) -> Vec<&'a QuarantineObject> {
        let filter = &self.filter;
        let wanted = |object: &&QuarantineObject| {
            (object.open || filter.all) && filter.includes_source(&object.source)
        };
        objects.iter().filter(wanted).collect()
    }

    fn report(&mut self, read: Result<(), String>) {
        if let Err(problem) = read {
            self.failed = true;
            self.terminal.error_text(&problem);
        }
    }
}

/// Passes on the records of a quarantine object that the filter includes, until there is enough. Returns the problem as a text.
async fn read(
    location: &Location,
    object: &QuarantineObject,
    filter: &Filter,
    mut each: impl FnMut(Refused) -> ControlFlow<()>,
) -> Result<(), String> {
    let key = Path::parse(&object.key).map_err(|error| format!("cannot read {}\n  {error}", object.key))?;
    let failed = |source| chain(&LakeError::Read { key: object.key.clone(), source });
    let mut each = |line: Line<'_>| {
        let refused = Refused::read(line);
        if filter.includes(&refused) { each(refused) } else { ControlFlow::Continue(()) }
    };
    let damaged = |damage| format!("{} is damaged: {damage}", object.key);
    let mut splitter = LineSplitter::new();
    let mut bytes = location.store.get(&key).await.map_err(failed)?.into_stream();
    while let Some(bytes) = bytes.next().await {
        if splitter.push(&bytes.map_err(failed)?, &mut each).map_err(damaged)?.is_break() {
            return Ok(());
        }
    }
    splitter.finish(&mut each).map_err(damaged).map(drop)
}

/// Returns whether to go on reading, in the form in which readers ask for it. After a closed pipe, nobody reads the rest.
fn go_on(more: bool) -> ControlFlow<()> {
    if more { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
}

/// Returns the first line for people: how many records there are.
fn head(summary: &Summary, objects: &[QuarantineObject], all: bool) -> String {
    let done = objects.iter().filter(|object| !object.open);
    let (done, entries) = done.fold((0, 0), |(done, entries), object| (done + 1, entries + object.entries));
    let mut text = match summary.records {
        0 => "no refused records".to_owned(),
        number => records(number),
    };
    if done > 0 && !all {
        let records = count(entries, "record");
        write!(text, "; {records} of reprocessed objects not counted (--all)")
            .expect("writing to memory does not fail");
    }
    text + "\n"
}

/// Returns a record for people: where it was, why it was refused, and its value.
fn record(refused: &Refused) -> String {
    let error = &refused.error;
    let place = match (error.line, error.byte) {
        (Some(line), _) => format!("line {line}"),
        (None, Some(byte)) => format!("byte {byte}"),
        (None, None) => "somewhere".into(),
    };
    let field = error.field.as_deref().map(|field| format!("  {}", visible(field))).unwrap_or_default();
    let mut text = format!("  {place}  {}{field}\n", visible(&error.code));
    for line in example(refused) {
        text += &format!("    {line}\n");
    }
    text
}
