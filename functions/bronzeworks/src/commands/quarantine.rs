//! `bronzeworks quarantine`: lists the refused records of a lake.

mod filter;
mod json_line;
mod objects;
mod reader;
mod refused;
mod summary;
mod visible;

use crate::terminal::units::{count, grouped};
use crate::terminal::{Output, Terminal, exit, init_warnings};
use crate::verb::{Environment, Verb};
use clap::{Arg, ArgAction, ArgMatches, Command};
use curate::{Address, Location, OCI_VARIABLES};
use filter::Filter;
use fn_kit::chain;
use futures::StreamExt;
use json_line::json_line;
use lake::{Lake, LakeError};
use object_store::ObjectStoreExt;
use object_store::path::Path;
use objects::{QuarantineObject, QuarantineObjects};
use reader::{Line, LineSplitter};
use refused::Refused;
use settings::{Program, Reader};
use std::fmt::Write;
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::sync::Arc;
use summary::{Summary, example, records};
use table::Schema;
use visible::visible;

pub(crate) const VERB: Verb = Verb { name: "quarantine", command, run };

const EXAMPLES: &str = "\
Examples:
  bronzeworks quarantine ./lake
  bronzeworks quarantine ./lake --reason type_mismatch --field amount --limit all
  bronzeworks quarantine s3://lake/journal --source '*/2024-06-*' --all
  bronzeworks quarantine ./lake --json | jq -c 'select(.code == \"out_of_range\") | .value_json'

";

/// The variables that are read, so that a misspelled one is noticed.
const VARIABLES: Program = Program {
    name: "bronzeworks quarantine",
    settings: &[],
    variables: OCI_VARIABLES,
    prefixes: &["BRONZEWORKS_"],
};

/// How many records people see at first.
const LIMIT: u64 = 20;

fn command(command: Command) -> Command {
    command
        .about("List the records that a lake has refused, with their values and the reasons")
        .arg(
            Arg::new("lake")
                .value_name("LAKE")
                .required(true)
                .help("Location of the lake: a path, or a file://, oci:// or s3:// URL"),
        )
        .args(Filter::arguments())
        .arg(
            Arg::new("limit")
                .long("limit")
                .value_name("N")
                .value_parser(limit)
                .help(
                    "Maximum number of records listed; 0 or all for no limit [default: 20, with --json all]",
                )
                .help_heading("Output"),
        )
        .arg(
            Arg::new("json")
                .long("json")
                .action(ArgAction::SetTrue)
                .help("Print one JSON object per record to stdout, and nothing else")
                .help_heading("Output"),
        )
        .after_help(format!("{EXAMPLES}{}", exit::HELP))
}

/// Parses a limit.
fn limit(text: &str) -> Result<u64, String> {
    match text {
        "all" | "0" => Ok(u64::MAX),
        _ => text.parse().map_err(|_| "expected a number or all".to_owned()),
    }
}

fn run(matches: &ArgMatches, environment: Environment) -> ExitCode {
    curate::PROCESS.block_on(run_async(matches, environment))
}

async fn run_async(matches: &ArgMatches, environment: Environment) -> ExitCode {
    let terminal = Terminal::new(&environment);
    if let Err(problems) = Reader::new(&VARIABLES, environment.iter().cloned(), []).finish(Some(())) {
        terminal.error_text(&problems);
        return ExitCode::from(exit::USAGE);
    }
    init_warnings(&terminal);
    let given = matches.get_one::<String>("lake").expect("clap requires it");
    let address = given.parse::<Address>();
    let opened = address.and_then(|address| Location::existing_lake(&address, &environment));
    let location = match opened {
        Ok(location) => location,
        Err(problem) => {
            terminal.error_text(&format_args!("lake {given:?} {problem}"));
            return ExitCode::from(exit::USAGE);
        }
    };
    // The schema matters only to those who write.
    let lake = Lake::open(Arc::clone(&location.store), Arc::new(Schema::gl_journal()));
    let found = QuarantineObjects::of(&lake.receipts()).await;
    for problem in &found.problems {
        terminal.error(problem);
    }
    if !found.any_receipt && found.problems.is_empty() {
        match Lake::table(&*location.store).await {
            Ok(Some(_)) => {}
            Ok(None) => {
                let missing = "it has neither receipts nor _table.json";
                terminal.error_text(&format_args!("there is no lake at {given}: {missing}"));
                return ExitCode::from(exit::FAILURE);
            }
            Err(error) => {
                terminal.error(&error);
                return ExitCode::from(exit::FAILURE);
            }
        }
    }
    let json = matches.get_flag("json");
    let default_limit = if json { u64::MAX } else { LIMIT };
    let mut listing = Listing {
        location,
        failed: !found.problems.is_empty(),
        filter: Filter::given(matches),
        limit: matches.get_one::<u64>("limit").copied().unwrap_or(default_limit),
        output: Output::stdout(),
        terminal,
    };
    match json {
        true => listing.print_json(&found.objects).await,
        false => listing.print_text(&found.objects).await,
    }
    match listing.failed || listing.output.failed() {
        true => ExitCode::from(exit::FAILURE),
        false => ExitCode::SUCCESS,
    }
}

/// A listing in progress.
struct Listing {
    location: Location,
    filter: Filter,
    limit: u64,
    output: Output,
    terminal: Terminal,
    /// Whether anything could not be read.
    failed: bool,
}

impl Listing {
    async fn print_json(&mut self, objects: &[QuarantineObject]) {
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

    /// Reads the quarantine twice, for the summary and for the records, rather than hold all records in memory.
    async fn print_text(&mut self, objects: &[QuarantineObject]) {
        let selected = self.selected(objects);
        let mut summary = Summary::default();
        for object in &selected {
            let add = |refused: Refused| {
                summary.add(&refused);
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
