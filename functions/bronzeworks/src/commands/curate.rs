//! `bronzeworks curate`: curates objects into the lake.

mod advice;
mod error_advice;
mod fail_on;
mod finder;
mod json_line;
mod lake_paths;
mod report;
mod table;

use crate::terminal::{Output, Progress, Terminal, exit, init_log, log_format};
use crate::verb::{Environment, Verb};
use clap::{Arg, ArgAction, ArgMatches, Command};
use curate::{Address, COMMAND, CommandConfig, CurateError, Curator, Ignored, Job, Outcome, Search, Source};
use error_advice::CloudAdvice;
use fail_on::FailOn;
use futures::StreamExt;
use json_line::json_line;
use lake_paths::LakePaths;
use report::Report;
use settings::arguments;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

pub(crate) const VERB: Verb = Verb { name: "curate", command, run };

const SOURCES: &str = "Objects, or folders or prefixes to search for objects with one of --names: paths, or file://, oci:// or s3:// URLs";

const EXAMPLES: &str = "\
Examples:
  bronzeworks curate bronze/ --lake ./lake
  bronzeworks curate oci://bronze@namespace/0/ --lake s3://lake/journal --schema orders.json
  bronzeworks curate events/ --lake ./lake --schema readings.json --input json
  bronzeworks curate lake/_quarantine --lake ./lake --schema orders-2.json    # reprocess
  bronzeworks curate bronze/ --lake ./lake --json --fail-on any | jq .counts

";

fn command(command: Command) -> Command {
    command
        .override_usage("bronzeworks curate [OPTIONS] --lake <PATH|URL> <SOURCE>...")
        .about("Turn bronze objects into exact, typed Parquet, with a receipt for each")
        .arg(
            Arg::new("sources")
                .value_name("SOURCE")
                .num_args(1..)
                // Not required here: it is reported together with missing settings.
                .help(format!("{SOURCES} [required]")),
        )
        .args(arguments::options(&COMMAND))
        .arg(
            Arg::new("redo")
                .long("redo")
                .action(ArgAction::SetTrue)
                .help("Curate objects again even if they have a receipt, and replace their earlier output"),
        )
        .arg(
            Arg::new("json")
                .long("json")
                .action(ArgAction::SetTrue)
                .help("Print one JSON object per bronze object to stdout, and nothing else")
                .help_heading("Output"),
        )
        .arg(FailOn::argument())
        .arg(log_format())
        .after_help(format!("{EXAMPLES}{}", exit::HELP))
}

fn run(matches: &ArgMatches, environment: Environment) -> ExitCode {
    curate::use_one_heap();
    curate::PROCESS.block_on(run_async(matches, environment))
}

async fn run_async(matches: &ArgMatches, environment: Environment) -> ExitCode {
    let start = Instant::now();
    let terminal = Terminal::new(&environment);
    let cloud = CloudAdvice::new(&environment);
    let (sources, problems) = addresses(matches);
    let log = |level| init_log(&terminal, matches, level);
    let read = CommandConfig::read(environment, arguments::given(&COMMAND, matches), problems, log).await;
    let (command, warnings) = match read {
        Ok(read) => read,
        Err(problems) => {
            problems.warnings.iter().for_each(|warning| terminal.warning(warning));
            terminal.error_text(&problems);
            cloud.for_settings(&problems).iter().for_each(|hint| terminal.hint(hint));
            return ExitCode::from(exit::USAGE);
        }
    };
    let search = command.config.search();
    if let Some(problems) = no_access(&search, &sources) {
        terminal.error_text(&problems);
        cloud.for_sources(&sources).iter().for_each(|hint| terminal.hint(hint));
        return ExitCode::from(exit::USAGE);
    }
    for warning in warnings {
        terminal.warning(&warning);
    }
    let opened = match command.config.open_lake(command.schema).await {
        Ok(opened) => opened,
        Err(error) => {
            terminal.error(&error);
            if error_advice::is_of_oci("", &command.config.lake_address.to_string(), &error) {
                cloud.hint().iter().for_each(|hint| terminal.hint(hint));
            }
            return ExitCode::from(if error.is_about_schema() { exit::USAGE } else { exit::FAILURE });
        }
    };
    let paths = LakePaths::new(&command.config);
    let lake = command.config.lake_address.to_string();
    let curator = match Curator::new(command.config, opened.lake, usize::MAX) {
        Ok(curator) => curator,
        Err(error) => {
            terminal.error_text(&format_args!("cannot start threads: {error}"));
            return ExitCode::from(exit::FAILURE);
        }
    };
    let progress = terminal.show_progress();

    let (json, redo) = (matches.get_flag("json"), matches.get_flag("redo"));
    let ignored = Arc::new(Mutex::new(Ignored::default()));
    let found = finder::find_ahead(search, sources, progress.clone(), Arc::clone(&ignored));
    let results = found.map(|(url, found)| curate_one(&curator, url, found, redo, &progress));
    let mut results = std::pin::pin!(results.buffer_unordered(curator.config().jobs));
    let (mut report, mut output) = (Report::new(opened.origin), Output::stdout());
    let mut cloud_failed = false;
    while let Some((url, result)) = results.next().await {
        report.add(&result);
        progress.message(&report.progress());
        show(&terminal, &url, &result);
        cloud_failed |= result.as_ref().is_err_and(|error| error_advice::is_of_oci(&url, &lake, error));
        if json {
            output.write(&(json_line(&url, &result) + "\n"), &terminal);
        }
    }
    progress.finish();

    report.ignored = std::mem::take(&mut *ignored.lock().unwrap_or_else(PoisonError::into_inner));
    if !json {
        output.write(&report.text(&paths, start.elapsed()), &terminal);
    }
    for hint in report.hints() {
        terminal.hint(&hint);
    }
    if cloud_failed {
        cloud.hint().iter().for_each(|hint| terminal.hint(hint));
    }
    if !report.saw_any() {
        terminal.warning(&"found only the lake's own output, and nothing to curate");
    }
    if report.failed() || output.failed() {
        return ExitCode::from(exit::FAILURE);
    }
    match FailOn::given(matches).and_then(|fail_on| fail_on.problem(report.state())) {
        Some(problem) => {
            terminal.error_text(&problem);
            ExitCode::from(exit::DATA)
        }
        None => ExitCode::SUCCESS,
    }
}

/// Parses the sources' addresses. Returns those that are valid, and all problems.
fn addresses(matches: &ArgMatches) -> (Vec<Address>, Vec<String>) {
    let given = matches.get_many::<String>("sources").into_iter().flatten();
    let (mut addresses, mut problems) = (Vec::new(), Vec::new());
    for text in given {
        match text.parse() {
            Ok(address) => addresses.push(address),
            Err(problem) => problems.push(format!("source {text:?}: {problem}")),
        }
    }
    if addresses.is_empty() && problems.is_empty() {
        problems.push(format!("SOURCE is missing: {SOURCES}"));
    }
    (addresses, problems)
}

/// Returns the problems of sources in clouds to which the settings don't allow access.
fn no_access(search: &Search, sources: &[Address]) -> Option<String> {
    let problem = |source: &Address| {
        Some(format!("source {:?}: {}", source.to_string(), search.check_access(source).err()?))
    };
    let problems: Vec<_> = sources.iter().filter_map(problem).collect();
    (!problems.is_empty()).then(|| problems.join("\n  "))
}

type Curated = Result<Outcome, CurateError>;

async fn curate_one(
    curator: &Curator,
    url: String,
    found: Result<Source, CurateError>,
    redo: bool,
    progress: &Progress,
) -> (String, Curated) {
    let source = match found {
        Ok(source) => source,
        Err(error) => return (url, Err(error)),
    };
    let (size, consumed) = (source.size(), Arc::new(AtomicU64::new(0)));
    let mut job = Job { redo, ..Job::default() };
    if progress.is_visible() {
        let (progress, consumed) = (progress.clone(), Arc::clone(&consumed));
        job.consumed = Some(Arc::new(move |bytes| {
            consumed.fetch_add(bytes, Ordering::Relaxed);
            progress.done(bytes);
        }));
    }
    let result = curator.curate(source, &job).await;
    let rest = size.saturating_sub(consumed.load(Ordering::Relaxed));
    match result {
        Ok(Outcome::Curated { .. }) => progress.done(rest),
        _ => progress.left_out(rest),
    }
    (url, result)
}

/// Prints an error, and warnings about damage and the like, for one source.
fn show(terminal: &Terminal, url: &str, result: &Curated) {
    match result {
        Err(error) => {
            terminal.error(error);
            error_advice::of(url, error).iter().for_each(|hint| terminal.hint(hint));
        }
        Ok(Outcome::Curated { receipt, .. }) => {
            for damage in &receipt.damage {
                let (code, byte, message) = (&damage.code, damage.byte, &damage.message);
                terminal.warning(&format_args!("{url} is damaged: {code} at byte {byte}: {message}"));
            }
        }
        Ok(Outcome::Skipped { reason }) => terminal.warning(&format_args!("skipped {url}: {reason}")),
        Ok(Outcome::Unchanged { .. }) => {}
    }
}
