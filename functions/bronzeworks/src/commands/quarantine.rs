//! `bronzeworks quarantine`: lists the refused records of a lake.

mod filter;
mod json_line;
mod listing;
mod objects;

use crate::terminal::{Output, Terminal, exit, init_warnings};
use crate::verb::{Environment, Verb};
use clap::{Arg, ArgAction, ArgMatches, Command};
use curate::{Address, Location, OCI_VARIABLES};
use filter::Filter;
use lake::Lake;
use listing::Listing;
use objects::QuarantineObjects;
use settings::{Program, Reader};
use std::process::ExitCode;
use std::sync::Arc;
use table::Schema;

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
    match listing.failed() {
        true => ExitCode::from(exit::FAILURE),
        false => ExitCode::SUCCESS,
    }
}
