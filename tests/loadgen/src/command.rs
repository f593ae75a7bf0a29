use crate::arguments::{ClientName, PipelineArguments, StreamArguments, SweepArguments};
use crate::audit::Verdict;
use crate::bronze_target::{BronzeTarget, Rollover};
use crate::http_target::HttpTarget;
use crate::journal::Journals;
use crate::line::{Asked, Line};
use crate::load::{Load, Loaded};
use crate::pipeline::{Passage, pipeline};
use crate::read_back::read_back;
use crate::records::{Lines, Records};
use crate::report::Report;
use crate::retry::Retry;
use crate::schedule::Pace;
use crate::stream_target::{StreamTarget, told};
use crate::sweep::{Cell, sweep};
use crate::target::Target;
use crate::template::Template;
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use oci_client::Environment;
use oci_streaming::{Connection, StreamClient};
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// The longest file of records: it is held whole.
const MAX_FILE: u64 = 1 << 30;

/// Partitions of bronze objects where nobody says.
const BRONZE_PARTITIONS: u32 = 4;

/// How much the service's clock may be behind this machine's when a stream is read back.
const SKEW: SignedDuration = SignedDuration::from_secs(5);

/// The published form of a time.
const TIME: &str = "%Y/%m/%d %H:%M:%S,%6f";

/// Runs one load; prints what came of it. True if every record is stored, and found where it was looked for.
///
/// # Errors
///
/// It cannot be run as asked.
pub async fn stream(arguments: &StreamArguments) -> Result<bool, String> {
    let source = Source::new(arguments)?;
    let connection = arguments.topic.as_ref().map(|topic| connect(topic)).transpose()?;
    let target = target(arguments, connection.as_ref().map(|(_, stream)| stream))?;
    // Before anything is sent, as it may not be allowed.
    let partitions = match (&connection, &arguments.topic) {
        (Some((connection, _)), Some(topic)) if arguments.verify => match arguments.partitions {
            Some(partitions) => partitions,
            None => connection.get_stream(topic).await.map_err(|error| told(&error))?.partitions,
        },
        _ => 0,
    };
    let load = load(arguments);
    let begin = Timestamp::now();
    let records = |worker| source.records(arguments, worker);
    let loaded = load.run(target, records, stop(), !arguments.json).await?;
    let asked = asked(arguments, begin);
    let verdict = match (loaded.audit.clone(), &connection) {
        (Some(audit), Some((_, stream))) => {
            let since = (begin - SKEW).to_string();
            Some(read_back(stream, partitions, &since, audit).await?.verdict())
        }
        _ => None,
    };
    print(arguments, &asked, &loaded, verdict).map_err(|error| format!("the output: {error}"))?;
    let clean = verdict.is_none_or(|verdict| verdict.lost == 0 && verdict.duplicated == 0);
    Ok(loaded.sum().lost == 0 && clean)
}

/// The connection, and the stream by it.
fn connect(topic: &str) -> Result<(Connection, StreamClient), String> {
    let connection =
        Connection::from_environment(&Environment::of_process()).map_err(|error| told(&error))?;
    let stream = connection.stream(topic);
    Ok((connection, stream))
}

fn target(arguments: &StreamArguments, stream: Option<&StreamClient>) -> Result<Arc<dyn Target>, String> {
    if let Some(url) = &arguments.url {
        return Ok(Arc::new(HttpTarget::new(url, arguments.form)?));
    }
    if let Some(folder) = &arguments.bronze {
        let rollover = Rollover {
            bytes: arguments.rollover_mb * 1_000_000,
            age: Duration::from_millis(arguments.rollover_ms),
        };
        let partitions = arguments.partitions.unwrap_or(BRONZE_PARTITIONS) as usize;
        let target = BronzeTarget::new(folder, crate::local_cloud::STREAM, partitions, rollover);
        return Ok(Arc::new(target.map_err(|error| format!("{}: {error}", folder.display()))?));
    }
    Ok(Arc::new(StreamTarget::new(stream.cloned().ok_or("there is no target")?)))
}

fn load(arguments: &StreamArguments) -> Load {
    let client = arguments.client.unwrap_or(match arguments.url {
        Some(_) => ClientName::Heeding,
        None => ClientName::Published,
    });
    Load {
        workers: arguments.threads,
        warm_up: Duration::from_secs_f64(arguments.warm_up),
        duration: Duration::from_secs_f64(arguments.duration),
        iterations: arguments.iterations,
        sleep: Duration::from_secs_f64(arguments.sleep),
        pace: match arguments.rate {
            Some(rate) => Pace::Open { rate: rate / f64::from(arguments.threads) },
            None => Pace::Closed { client_rate: arguments.client_rate },
        },
        retry: match client {
            ClientName::Published => Retry::published(arguments.retries),
            ClientName::Heeding => Retry::heeding(arguments.retries),
        },
        audited: arguments.verify,
        seed: arguments.seed,
    }
}

/// What records are made from, read once for all workers.
enum Source {
    Journals,
    Lines(Arc<Lines>),
    Template(Arc<Template>),
}

impl Source {
    fn new(arguments: &StreamArguments) -> Result<Self, String> {
        if let Some(path) = &arguments.file {
            let failed = |problem: &dyn std::fmt::Display| format!("{}: {problem}", path.display());
            let text = read(path).map_err(|error| failed(&error))?;
            let lines = Lines::read(&text, arguments.key.as_deref()).map_err(|problem| failed(&problem))?;
            return Ok(Source::Lines(Arc::new(lines)));
        }
        match &arguments.template {
            Some(template) => {
                Ok(Source::Template(Arc::new(Template::parse(template, arguments.key_template.as_deref())?)))
            }
            None => Ok(Source::Journals),
        }
    }

    fn records(&self, arguments: &StreamArguments, worker: u32) -> Records {
        let StreamArguments { seed, minrec, maxrec, .. } = *arguments;
        let count = minrec.min(maxrec) as usize..=minrec.max(maxrec) as usize;
        let random = Rng::with_seed(seed ^ u64::from(worker) << 32);
        match self {
            Source::Journals => Records::Journals(Journals::new(seed, worker, minrec, maxrec)),
            Source::Lines(lines) => Records::Lines { lines: Arc::clone(lines), count, random, next: 0 },
            Source::Template(template) => {
                Records::Template { template: Arc::clone(template), count, random, number: 0 }
            }
        }
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    #[allow(clippy::disallowed_methods, reason = "with a ceiling")]
    let length = std::fs::File::open(path)?.take(MAX_FILE + 1).read_to_end(&mut text)?;
    match length as u64 > MAX_FILE {
        true => Err(io::Error::other(format!("it is longer than {MAX_FILE} bytes"))),
        false => Ok(text),
    }
}

/// Says when Ctrl-C was pressed: workers finish what they have begun.
fn stop() -> watch::Receiver<bool> {
    let (pressed, stop) = watch::channel(false);
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            pressed.send_replace(true);
        }
    });
    stop
}

fn asked(arguments: &StreamArguments, begin: Timestamp) -> Asked {
    let time = |time: Timestamp| jiff::tz::Offset::UTC.to_datetime(time).strftime(TIME).to_string();
    let bronze = arguments.bronze.as_ref().map(|folder| folder.display().to_string());
    let target = arguments.url.clone().or(bronze).unwrap_or_else(|| "stream".to_owned());
    Asked {
        scenario: "stream",
        table: None,
        topic: arguments.topic.clone(),
        target,
        size: arguments.size.clone(),
        threads: arguments.threads,
        minrec: arguments.minrec,
        maxrec: arguments.maxrec,
        iterations: arguments.iterations,
        sleep: arguments.sleep,
        max_run_seconds: arguments.duration,
        rate: arguments.rate,
        seed: arguments.seed,
        load_start_datetime: time(begin),
        load_end_datetime: time(Timestamp::now()),
    }
}

fn print(
    arguments: &StreamArguments,
    asked: &Asked,
    loaded: &Loaded,
    verdict: Option<Verdict>,
) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let elapsed = loaded.elapsed.as_secs_f64();
    let sum = loaded.sum();
    for (thread, tally) in (1..).zip(&loaded.tallies) {
        writeln!(out, "{}", serde_json::to_string(&Line::detail(asked, thread, tally, elapsed))?)?;
    }
    writeln!(out, "{}", serde_json::to_string(&Line::sum(asked, &sum, elapsed, verdict))?)?;
    if !arguments.json {
        let latency = |quantile| sum.latency_milliseconds(quantile).unwrap_or_default();
        eprintln!(
            "{} records stored, {} lost, {} times throttled; {:.0} records/s, {:.2} MB/s, p50 {:.1} ms, p99 {:.1} ms",
            sum.stored,
            sum.lost,
            sum.throttled,
            sum.per_second(sum.window.stored),
            sum.per_second(sum.window.bytes) / 1e6,
            latency(0.5),
            latency(0.99),
        );
        if let Some(verdict) = verdict {
            eprintln!(
                "read back: {} found, {} lost, {} there twice, {} out of order",
                verdict.found, verdict.lost, verdict.duplicated, verdict.out_of_order
            );
        }
    }
    Ok(())
}

/// Runs the grid, and the pipeline's part unless it is left out, and writes the report.
///
/// # Errors
///
/// A program cannot be started, or a file cannot be written.
pub async fn grid(arguments: &SweepArguments) -> Result<(), String> {
    let cells = sweep(arguments, show_cell).await?;
    let of_pipeline = PipelineArguments {
        cloud: arguments.cloud.clone(),
        rollovers: arguments.rollovers.clone(),
        rate: 1000.0,
        partitions: 2,
        rounds: 2,
    };
    let passages = match arguments.no_pipeline {
        true => Vec::new(),
        false => pipeline(&of_pipeline, show_passage).await?,
    };
    let report = Report {
        grid: Some((arguments, &cells)),
        pipeline: (!arguments.no_pipeline).then_some((&of_pipeline, &passages)),
        circumstances: &circumstances(),
    };
    report.write(&arguments.cloud.report)
}

/// Runs the pipeline's part alone, and writes a report of it.
///
/// # Errors
///
/// A program cannot be started, not everything goes through, or a file cannot be written.
pub async fn passages(arguments: &PipelineArguments) -> Result<(), String> {
    let passages = pipeline(arguments, show_passage).await?;
    let circumstances = circumstances();
    let report = Report { grid: None, pipeline: Some((arguments, &passages)), circumstances: &circumstances };
    report.write(&arguments.cloud.report)
}

fn show_cell(cell: &Cell) {
    println!(
        "{} partitions, {} workers, {}: {:.2} MB/s ({:.1} %), {:.0} throttled/s, {} lost, {} twice",
        cell.partitions,
        cell.workers,
        cell.client.title(),
        cell.mb_per_second,
        cell.share() * 100.0,
        cell.throttled_per_second,
        cell.verdict.lost,
        cell.verdict.duplicated,
    );
}

fn show_passage(passage: &Passage) {
    let total = &passage.stations.total;
    println!(
        "rollover {} ms: {} records in {} objects, readable after {:.2} s (p50), {:.2} s at most",
        passage.rollover_ms, passage.records, passage.objects, total.p50, total.max
    );
}

/// When, on what, with which command.
fn circumstances() -> String {
    let command: Vec<String> =
        std::env::args_os().skip(1).map(|word| word.to_string_lossy().into()).collect();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!(
        "By `loadgen {}` on {}, {} on {cores} cores, which the emulator and the clients share.\n",
        command.join(" "),
        jiff::tz::Offset::UTC.to_datetime(Timestamp::now()).date(),
        std::env::consts::ARCH,
    )
}
