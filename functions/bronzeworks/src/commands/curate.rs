//! `bronzeworks curate`: curates objects into the lake.

mod json_line;
mod lake_paths;
mod report;

use crate::results::{FailOn, show_damage, show_error, show_skipped};
use crate::sources::{CloudAdvice, Work, addresses, error_advice, no_access, sources_argument};
use crate::terminal::{Output, Terminal, exit, init_log, log_format};
use crate::verb::{Environment, Verb};
use clap::{Arg, ArgAction, ArgMatches, Command};
use curate::{COMMAND, CommandConfig, CurateError, Curator, Job, Outcome};
use futures::StreamExt;
use json_line::json_line;
use lake_paths::LakePaths;
use report::Report;
use settings::arguments;
use std::pin::pin;
use std::process::ExitCode;
use std::time::Instant;

pub(crate) const VERB: Verb = Verb { name: "curate", command, run };

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
        .arg(sources_argument())
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
        .arg(FailOn::argument("any object, curated now or earlier, has"))
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
            error_advice::of("", &error).iter().for_each(|hint| terminal.hint(hint));
            if error_advice::is_of_oci("", &command.lake_address.to_string(), &error) {
                cloud.hint().iter().for_each(|hint| terminal.hint(hint));
            }
            return ExitCode::from(if error.is_about_schema() { exit::USAGE } else { exit::FAILURE });
        }
    };
    let paths = LakePaths::new(&command.lake_address, &command.config);
    let lake = command.lake_address.to_string();
    let curator = match Curator::new(command.config, opened.lake, usize::MAX) {
        Ok(curator) => curator,
        Err(error) => {
            terminal.error_text(&format_args!("cannot start threads: {error}"));
            return ExitCode::from(exit::FAILURE);
        }
    };
    let progress = terminal.show_progress();

    let (json, redo) = (matches.get_flag("json"), matches.get_flag("redo"));
    let work = Work::new(search, progress.clone());
    let curate = async |source, job| curator.curate(source, &Job { redo, ..job }).await;
    let mut results = pin!(work.started(sources, curate).buffer_unordered(curator.config().jobs));
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

    report.ignored = work.ignored();
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

/// Prints what people have to know about one source.
fn show(terminal: &Terminal, url: &str, result: &Result<Outcome, CurateError>) {
    match result {
        Err(error) => show_error(terminal, url, error),
        Ok(Outcome::Curated { receipt, .. }) => show_damage(terminal, url, receipt),
        Ok(Outcome::Skipped { reason }) => show_skipped(terminal, url, reason),
        Ok(Outcome::Unchanged { .. }) => {}
    }
}
