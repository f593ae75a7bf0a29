//! `bronzeworks infer`: drafts a schema from samples.

mod feed;
mod reading;
mod report;
mod table_name;
mod workers;

use crate::sources::{CloudAdvice, addresses, error_advice, no_access, sources_argument};
use crate::terminal::{Output, Terminal, exit, init_warnings, units::size, visible_json};
use crate::verb::{Environment, Verb};
use clap::{Arg, ArgMatches, Command};
use curate::{Address, SAMPLE, SampleConfig};
use infer::Proposal;
use reading::{Reading, Sample};
use settings::arguments;
use settings::parse;
use std::process::ExitCode;
use std::thread;
use tokio::sync::{mpsc, oneshot};

pub(crate) const VERB: Verb = Verb { name: "infer", command, run };

const EXAMPLES: &str = "\
Examples:
  bronzeworks infer events/ > readings.json
  bronzeworks infer events/2024-06-28.jsonl.gz --name readings > readings.json
  bronzeworks infer oci://bronze@namespace/0/ --limit 1GB > readings.json
  bronzeworks curate events/ --lake ./lake --schema readings.json --input json

The schema goes to stdout, and the reasons for it to stderr. Every record in the samples fits the schema, apart from outliers, which the reasons count.

";

fn command(command: Command) -> Command {
    command
        .override_usage("bronzeworks infer [OPTIONS] <SOURCE>...")
        .about("Draft a schema from samples: the schema on stdout, the reasons on stderr")
        .arg(sources_argument())
        .arg(
            Arg::new("name")
                .long("name")
                .value_name("NAME")
                .help("Name of the table [default: the name of the first source, up to its first dot]"),
        )
        .arg(
            Arg::new("limit")
                .long("limit")
                .value_name("SIZE")
                .value_parser(|text: &str| parse::size(text))
                .help("Maximum amount of text to read; the rest of the samples is left out [default: all]"),
        )
        .args(arguments::options(&SAMPLE))
        .after_help(format!("{EXAMPLES}{}", exit::HELP))
}

fn run(matches: &ArgMatches, environment: Environment) -> ExitCode {
    curate::PROCESS.block_on(run_async(matches, environment))
}

async fn run_async(matches: &ArgMatches, environment: Environment) -> ExitCode {
    let terminal = Terminal::new(&environment);
    let cloud = CloudAdvice::new(&environment);
    let (mut sources, problems) = addresses(matches);
    let (config, warnings) =
        match SampleConfig::read(environment, arguments::given(&SAMPLE, matches), problems) {
            Ok(read) => read,
            Err(problems) => {
                problems.warnings.iter().for_each(|warning| terminal.warning(warning));
                terminal.error_text(&problems);
                cloud.for_settings(&problems).iter().for_each(|hint| terminal.hint(hint));
                return ExitCode::from(exit::USAGE);
            }
        };
    if let Some(problems) = no_access(&config.search, &sources) {
        terminal.error_text(&problems);
        cloud.for_sources(&sources).iter().for_each(|hint| terminal.hint(hint));
        return ExitCode::from(exit::USAGE);
    }
    warnings.iter().for_each(|warning| terminal.warning(warning));
    init_warnings(&terminal);
    // The draft must not depend on the order of the arguments.
    sources.sort_by_key(ToString::to_string);
    sources.dedup_by_key(|source| source.to_string());
    let given_name = matches.get_one::<String>("name").filter(|name| !name.is_empty());
    let name = given_name.cloned().unwrap_or_else(|| table_name::of(&sources[0]));
    let limit = matches.get_one::<u64>("limit").copied().unwrap_or(u64::MAX);
    match read(config, sources, limit, &terminal).await {
        Ok(sample) => {
            if sample.errors.iter().any(|error| error_advice::is_of_oci("", "", error)) {
                cloud.hint().iter().for_each(|hint| terminal.hint(hint));
            }
            show(&sample, &name, limit, &terminal)
        }
        Err(problem) => {
            terminal.error_text(&problem);
            ExitCode::from(exit::FAILURE)
        }
    }
}

async fn read(
    config: SampleConfig,
    sources: Vec<Address>,
    limit: u64,
    terminal: &Terminal,
) -> Result<Sample, String> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let progress = terminal.show_progress();
    let (sender, events) = mpsc::channel(1);
    tokio::spawn(feed::feed(config.search.clone(), sources, sender, progress.clone()));
    // A thread of its own, because reading is work for the processor.
    let (result, done) = oneshot::channel();
    let work = move || {
        let sample = Reading::new(config, limit, threads).and_then(|reading| reading.run(events));
        result.send(sample).is_ok()
    };
    let started = thread::Builder::new().name("infer".to_owned()).spawn(work);
    started.map_err(|error| format!("cannot start a thread: {error}"))?;
    let sample = done.await;
    progress.finish();
    sample.unwrap_or_else(|_| Err("internal error; please report this bug".to_owned()))
}

/// Prints the proposal and everything worth knowing about it.
fn show(sample: &Sample, name: &str, limit: u64, terminal: &Terminal) -> ExitCode {
    for error in &sample.errors {
        terminal.error(error);
    }
    if sample.observer.counts.records == 0 {
        for warning in report::problems(sample) {
            terminal.warning(&warning);
        }
        if sample.errors.is_empty() {
            terminal.error_text(&"the samples contain no record that could become a row of a table");
            if sample.observer.counts.too_long > 0 {
                terminal.hint(&"use --max-line to read longer lines");
            } else if !sample.is_damaged {
                terminal.hint(&"records are JSON objects, with or without a connector's envelope; other formats must be converted first");
            }
        }
        return ExitCode::from(exit::FAILURE);
    }
    let proposal = Proposal::of(&sample.observer, name);
    terminal.write(report::text(sample, &proposal).as_bytes());
    for warning in report::problems(sample) {
        terminal.warning(&warning);
    }
    if sample.is_cut {
        terminal
            .warning(&format_args!("only the first {} of text was read, because of --limit", size(limit)));
    }
    let mut output = Output::stdout();
    output.write(&visible_json(&proposal.schema), terminal);
    match output.failed() || !sample.errors.is_empty() || sample.has_other_format {
        true => ExitCode::from(exit::FAILURE),
        false => ExitCode::SUCCESS,
    }
}
