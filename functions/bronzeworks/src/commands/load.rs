//! `bronzeworks load`: sends records to a stream, an HTTP endpoint or bronze objects, then measures and verifies the result.

mod table;

use crate::terminal::{Output, Terminal, exit, init_warnings};
use crate::verb::{Environment, Verb};
use clap::{ArgMatches, Args, Command, FromArgMatches};
use loadgen::{Arguments, LoadError, Summary};
use settings::{Program, Reader};
use std::process::ExitCode;
use tokio::runtime;
use tokio::sync::watch;

pub(crate) const VERB: Verb = Verb { name: "load", command, run };

const HELP: &str = "\
Examples:
  bronzeworks load --topic OCID --threads 4 --duration 60
  bronzeworks load --topic OCID --rate 5000 --verify --seed 2    # then read the stream back
  bronzeworks load --url http://localhost:8556/ --threads 8 --iterations 8
  bronzeworks load --bronze bronze/ --duration 10 --rollover-ms 5000
  bronzeworks load --topic OCID --file records.jsonl --key /id --json | tail -1 | jq .latency_ms

Credentials come from where the OCI command line finds them (OCI_CLI_CONFIG_FILE, OCI_CLI_PROFILE, …). \
To use a local cloud, set OCI_STREAMING_ENDPOINT to its URL.

Exit codes:
  0  every record is stored and, with --verify, found exactly once
  1  records are lost or duplicated, or something could not be read, written or sent
  2  usage or configuration error; nothing was sent";

/// The variables that a load to a stream reads, so that a misspelled one is noticed.
const VARIABLES: Program = Program {
    name: "bronzeworks load",
    settings: &[],
    variables: ingest::PROGRAM.variables,
    prefixes: &["BRONZEWORKS_"],
};

/// Exit code of a process that was ended by Ctrl-C: 128 plus the number of SIGINT.
const INTERRUPTED: i32 = 130;

fn command(command: Command) -> Command {
    Arguments::augment_args(command)
        .about("Send records to a stream, an HTTP endpoint or a folder of bronze objects, and measure throughput and latency")
        .long_about(None)
        .after_help(HELP)
}

fn run(matches: &ArgMatches, environment: Environment) -> ExitCode {
    let arguments = Arguments::from_arg_matches(matches).unwrap_or_else(|error| error.exit());
    let terminal = Terminal::new(&environment);
    if arguments.topic.is_some()
        && let Err(problems) = Reader::new(&VARIABLES, environment.iter().cloned(), []).finish(Some(()))
    {
        terminal.error_text(&problems);
        return ExitCode::from(exit::USAGE);
    }
    init_warnings(&terminal);
    let runtime = match runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            terminal.error_text(&format_args!("cannot start threads: {error}"));
            return ExitCode::from(exit::FAILURE);
        }
    };
    runtime.block_on(load(&arguments, environment, &terminal))
}

async fn load(arguments: &Arguments, environment: Environment, terminal: &Terminal) -> ExitCode {
    let environment = environment.into_iter().collect();
    let result = loadgen::run(arguments, &environment, interrupt(), terminal.is_interactive()).await;
    let summary = match result {
        Ok(summary) => summary,
        Err(error) => return failed(&error, terminal),
    };
    let mut output = Output::stdout();
    output.write(&text(arguments, &summary), terminal);
    match summary.is_clean() && !output.failed() {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(exit::FAILURE),
    }
}

fn text(arguments: &Arguments, summary: &Summary) -> String {
    match arguments.json {
        true => summary.json_lines(),
        false => table::table(summary.workers(), summary.total(), summary.verdict()),
    }
}

fn failed(error: &LoadError, terminal: &Terminal) -> ExitCode {
    terminal.error(error);
    match error {
        LoadError::Credentials(_) => {
            terminal.hint(
                &"set OCI_CLI_CONFIG_FILE and OCI_CLI_PROFILE, or use the config file that `bronzeworks local` prints",
            );
            ExitCode::from(exit::USAGE)
        }
        LoadError::Usage(_) => ExitCode::from(exit::USAGE),
        LoadError::Failed(_) => ExitCode::from(exit::FAILURE),
    }
}

/// Returns a flag that becomes true at the first Ctrl-C, so that workers can finish their requests. The second Ctrl-C ends the process.
fn interrupt() -> watch::Receiver<bool> {
    let (interrupted, stop) = watch::channel(false);
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            interrupted.send_replace(true);
            if tokio::signal::ctrl_c().await.is_ok() {
                std::process::exit(INTERRUPTED);
            }
        }
    });
    stop
}
