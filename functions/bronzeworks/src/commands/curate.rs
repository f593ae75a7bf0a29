use crate::config::Config;
use crate::console_log;
use crate::curator::{Curator, Outcome};
use crate::error::CurateError;
use crate::location;
use crate::report::{Report, json_line};
use crate::walk::{Source, walk};
use clap::Parser;
use fdk::chain;
use futures::{StreamExt, stream};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use lake::Receipt;
use std::collections::HashSet;
use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::pin::pin;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// Turn bronze objects into exact, typed Parquet, partitioned, with a receipt for each.
///
/// Each option can also be given as an environment variable, named in brackets.
#[derive(Debug, Clone, Parser)]
#[allow(rustdoc::broken_intra_doc_links, reason = "the help's brackets are not links")]
#[command(name = "curate", bin_name = "curate", version, max_term_width = 100)]
#[command(
    after_help = "With FN_LISTENER in its environment it is a function of OCI or Fn instead, configured by SOURCE_URL \
                        and the variables above. The README tells of both."
)]
pub struct Arguments {
    /// Objects, or folders or prefixes to search for .gz and .jsonl: paths, file://, oci:// or s3:// URLs
    #[arg(required = true, value_name = "SOURCE")]
    pub sources: Vec<String>,
    /// Where the lake is; required [LAKE_URL]
    #[arg(long, value_name = "PATH|URL")]
    pub lake: Option<String>,
    /// The table's schema: gl-journal (the default), or a schema file [TABLE_SCHEMA]
    #[arg(long, value_name = "NAME|PATH|URL")]
    pub schema: Option<String>,
    /// The ceiling for the process's memory, by default 512MB [MEMORY]
    #[arg(long, value_name = "SIZE")]
    pub memory: Option<String>,
    /// How many objects to work on at a time, by default 2 [JOBS]
    #[arg(long, value_name = "N")]
    pub jobs: Option<String>,
    /// The longest line taken as a record, by default 4MB [MAX_LINE]
    #[arg(long, value_name = "SIZE")]
    pub max_line: Option<String>,
    /// The greatest ratio of text to gzip, by default 200 [MAX_RATIO]
    #[arg(long, value_name = "N")]
    pub max_ratio: Option<String>,
    /// Curate again what has a receipt already, and replace what was written before
    #[arg(long)]
    pub redo: bool,
    /// Print one JSON object per source on stdout, and nothing else there
    #[arg(long)]
    pub json: bool,
}

impl Arguments {
    fn settings(&self) -> Vec<(&'static str, String)> {
        let options = [
            ("lake", &self.lake),
            ("schema", &self.schema),
            ("memory", &self.memory),
            ("jobs", &self.jobs),
            ("max-line", &self.max_line),
            ("max-ratio", &self.max_ratio),
        ];
        options.into_iter().filter_map(|(flag, value)| Some((flag, value.clone()?))).collect()
    }
}

/// Wrong usage.
const USAGE: u8 = 2;

/// Runs the command: exit code 0 when every object is accounted for, 1 when one could not be read or written, 2 for wrong
/// usage.
pub async fn run(arguments: Arguments, environment: Vec<(OsString, OsString)>) -> ExitCode {
    let started = Instant::now();
    for place in &arguments.sources {
        if let Err(problem) = location::check(place) {
            eprintln!("curate: {place:?} is no source: {problem}");
            return ExitCode::from(USAGE);
        }
    }
    let ((config, schema), warnings) = match Config::load(environment, arguments.settings()).await {
        Ok(read) => read,
        Err(problems) => {
            eprintln!("curate: {problems}");
            return ExitCode::from(USAGE);
        }
    };
    for warning in warnings {
        eprintln!("curate: {warning}");
    }
    let curator = match Curator::new(config, schema, usize::MAX) {
        Ok(curator) => curator,
        Err(error) => {
            eprintln!("curate: cannot start its threads: {error}");
            return ExitCode::FAILURE;
        }
    };
    let mut console = Console::new(arguments.json);
    console_log::init(console.progress.clone());
    let sources = stream::iter(&arguments.sources).then(|place| find(place, &curator)).flatten();
    let redo = arguments.redo;
    let mut seen = HashSet::new();
    let several = arguments.sources.len() > 1;
    // Places may overlap; each object is one object.
    let sources = sources.filter(|(_, found)| {
        let again = several && found.as_ref().is_ok_and(|source| !seen.insert(source.url.clone()));
        std::future::ready(!again)
    });
    let results = sources.map(|found| curate(&curator, found, redo));
    let mut results = pin!(results.buffer_unordered(curator.config().jobs));
    while let Some((url, result)) = results.next().await {
        if let Err(error) = console.show(&url, &result) {
            // Whoever read the output has gone; what is under way is healed by the next run.
            eprintln!("curate: cannot write its output: {error}");
            return ExitCode::FAILURE;
        }
    }
    console.end(started.elapsed())
}

type Found = Result<Source, CurateError>;

/// The sources at a place, or the reason why there is none to be found.
async fn find(place: &str, curator: &Curator) -> stream::BoxStream<'static, (String, Found)> {
    let config = curator.config();
    let place = place.to_owned();
    match walk(&place, &config.lake, &config.clouds).await {
        Ok(found) => found.map(move |source| (place.clone(), source)).boxed(),
        Err(error) => stream::iter([(place, Err(error))]).boxed(),
    }
}

async fn curate(
    curator: &Curator,
    (place, found): (String, Found),
    redo: bool,
) -> (String, Result<Outcome, CurateError>) {
    match found {
        Ok(source) => (source.url.clone(), curator.curate(source, redo, &CancellationToken::new()).await),
        Err(error) => (place, Err(error)),
    }
}

/// Where results are shown.
struct Console {
    json: bool,
    report: Report,
    progress: ProgressBar,
}

impl Console {
    fn new(json: bool) -> Self {
        let target = match io::stderr().is_terminal() {
            true => ProgressDrawTarget::stderr(),
            false => ProgressDrawTarget::hidden(),
        };
        let progress = ProgressBar::with_draw_target(None, target);
        let style = ProgressStyle::with_template("{spinner} {msg} [{elapsed}]");
        progress.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        progress.enable_steady_tick(Duration::from_millis(100));
        Console { json, report: Report::default(), progress }
    }

    fn show(&mut self, url: &str, result: &Result<Outcome, CurateError>) -> io::Result<()> {
        self.report.add(result);
        self.progress.set_message(self.report.progress());
        match result {
            Err(error) => self.warn(&chain(error)),
            Ok(Outcome::Curated { receipt, .. }) => self.warn_of_damage(url, receipt),
            Ok(Outcome::Unchanged { receipt, other_schema }) => {
                self.warn_of_damage(url, receipt);
                if *other_schema {
                    let (name, version) = (&receipt.schema.name, receipt.schema.version);
                    self.warn(&format!(
                        "{url}: done before, under another schema ({name} {version}); --redo does it again"
                    ));
                }
            }
            Ok(Outcome::Skipped { reason }) => self.warn(&format!("{url}: skipped: {reason}")),
        }
        if self.json {
            let mut stdout = io::stdout().lock();
            writeln!(stdout, "{}", json_line(url, result))?;
        }
        Ok(())
    }

    fn warn_of_damage(&self, url: &str, receipt: &Receipt) {
        for damage in &receipt.damage {
            self.warn(&format!("{url}: {} at byte {}: {}", damage.code, damage.byte, damage.message));
        }
    }

    fn warn(&self, message: &str) {
        self.progress.suspend(|| eprintln!("curate: {message}"));
    }

    fn end(self, elapsed: Duration) -> ExitCode {
        self.progress.finish_and_clear();
        if !self.report.saw_any() {
            eprintln!("curate: there is no .gz or .jsonl object to curate");
        }
        if !self.json {
            // A closed pipe is no reason to fail: everything is in the lake.
            let _ = io::stdout().write_all(self.report.table(elapsed).as_bytes());
        }
        if self.report.failed() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }
}
