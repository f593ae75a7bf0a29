//! `bronzeworks check`: shows what `curate` would do, and writes nothing.

mod json_report;
mod lake_table;
mod object;
mod report;

use crate::results::{FailOn, show_damage, show_error, show_skipped};
use crate::sources::{CloudAdvice, Work, addresses, error_advice, no_access, sources_argument};
use crate::terminal::{Output, Terminal, exit, init_log, log_format};
use crate::verb::{Environment, Verb};
use clap::{Arg, ArgAction, ArgMatches, Command};
use curate::{CHECK, CheckConfig, Checker, CurateError};
use futures::StreamExt;
use lake_table::LakeTable;
use object::Object;
use report::Report;
use settings::arguments;
use std::pin::pin;
use std::process::ExitCode;
use std::time::Instant;

pub(crate) const VERB: Verb = Verb { name: "check", command, run };

const SCHEMA: &str = "Schema of the table: the name of a built-in schema, the path or URL of a schema file, or lake for that of the lake's table";

const EXAMPLES: &str = "\
Examples:
  bronzeworks check readings.json events/ --input json
  bronzeworks check gl-journal oci://bronze@namespace/0/
  bronzeworks check orders-2.json bronze/ --lake ./lake     # does the lake's table accept it?
  bronzeworks check orders-2.json lake/_quarantine          # what would reprocessing bring in?
  bronzeworks check orders.json bronze/ --json --fail-on any | jq .refused

";

fn command(command: Command) -> Command {
    command
        .override_usage("bronzeworks check [OPTIONS] <SCHEMA> <SOURCE>...")
        .about("Show what curate would do: rows, refused records, partitions and sizes; writes nothing")
        .arg(
            Arg::new("schema")
                .value_name("SCHEMA")
                // Not required here: it is reported together with other problems.
                .help(format!("{SCHEMA} [required]")),
        )
        .arg(sources_argument())
        .args(arguments::options(&CHECK))
        .arg(
            Arg::new("json")
                .long("json")
                .action(ArgAction::SetTrue)
                .help("Print the report as one JSON object to stdout, and nothing else")
                .help_heading("Output"),
        )
        .arg(FailOn::argument("any object would have"))
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
    let (sources, mut problems) = addresses(matches);
    let schema = matches.get_one::<String>("schema");
    if schema.is_none() {
        problems.insert(0, format!("SCHEMA is missing: {SCHEMA}"));
    }
    let log = |level| init_log(&terminal, matches, level);
    let options = arguments::given(&CHECK, matches);
    let read = CheckConfig::read(environment, options, schema.map(String::as_str), problems, log).await;
    let (settings, warnings) = match read {
        Ok(read) => read,
        Err(problems) => {
            problems.warnings.iter().for_each(|warning| terminal.warning(warning));
            terminal.error_text(&problems);
            cloud.for_settings(&problems).iter().for_each(|hint| terminal.hint(hint));
            return ExitCode::from(exit::USAGE);
        }
    };
    let search = settings.config.search();
    if let Some(problems) = no_access(&search, &sources) {
        terminal.error_text(&problems);
        cloud.for_sources(&sources).iter().for_each(|hint| terminal.hint(hint));
        return ExitCode::from(exit::USAGE);
    }
    for warning in warnings {
        terminal.warning(&warning);
    }
    let (lake, table) = match LakeTable::open(&settings).await {
        Ok(opened) => opened,
        Err(error) => return not_opened(&terminal, &cloud, &settings, &error),
    };
    let checker = match Checker::new(settings, lake) {
        Ok(checker) => checker,
        Err(error) => {
            terminal.error_text(&format_args!("cannot start threads: {error}"));
            return ExitCode::from(exit::FAILURE);
        }
    };
    let progress = terminal.show_progress();
    let work = Work::new(search, progress.clone());
    let check = async |source, job| Object::check(&checker, source, job).await;
    // In order, so that the examples are the same each time.
    let mut results = pin!(work.started(sources, check).buffered(checker.config().jobs));
    let mut report = Report::new(table, checker.config());
    let mut cloud_failed = false;
    while let Some((url, result)) = results.next().await {
        show(&terminal, &url, &result);
        cloud_failed |= result.as_ref().is_err_and(|error| error_advice::is_of_oci(&url, "", error));
        report.add(result.ok());
        progress.message(&report.progress());
    }
    progress.finish();

    report.ignored = work.ignored();
    let mut output = Output::stdout();
    match matches.get_flag("json") {
        true => output.write(&(json_report::line(&report) + "\n"), &terminal),
        false => output.write(&report.text(start.elapsed()), &terminal),
    }
    for hint in report.hints() {
        terminal.hint(&hint);
    }
    if cloud_failed {
        cloud.hint().iter().for_each(|hint| terminal.hint(hint));
    }
    if !report.saw_any() {
        terminal.warning(&"found only the lake's own output, and nothing to check");
    }
    if report.failed > 0 || output.failed() {
        return ExitCode::from(exit::FAILURE);
    }
    match FailOn::given(matches).and_then(|fail_on| fail_on.problem(report.state)) {
        Some(problem) => {
            terminal.error_text(&problem);
            ExitCode::from(exit::DATA)
        }
        None => ExitCode::SUCCESS,
    }
}

fn not_opened(
    terminal: &Terminal,
    cloud: &CloudAdvice,
    settings: &CheckConfig,
    error: &CurateError,
) -> ExitCode {
    terminal.error(error);
    let lake = settings.lake_address.as_ref().map(ToString::to_string).unwrap_or_default();
    if error_advice::is_of_oci("", &lake, error) {
        cloud.hint().iter().for_each(|hint| terminal.hint(hint));
    }
    ExitCode::from(if error.is_about_schema() { exit::USAGE } else { exit::FAILURE })
}

/// Prints what people have to know about one source.
fn show(terminal: &Terminal, url: &str, result: &Result<Object, CurateError>) {
    match result {
        Err(error) => show_error(terminal, url, error),
        Ok(Object::Curated { receipt, .. }) => show_damage(terminal, url, receipt),
        Ok(Object::Skipped { reason }) => show_skipped(terminal, url, reason),
    }
}
