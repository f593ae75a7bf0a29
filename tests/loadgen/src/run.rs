use crate::arguments::{Arguments, RetryPolicy};
use crate::bronze_target::{BronzeTarget, Rollover};
use crate::http_target::HttpTarget;
use crate::journal::Journals;
use crate::load::Load;
use crate::load_error::LoadError;
use crate::read_back::read_back;
use crate::records::{Lines, Records};
use crate::retry::Retry;
use crate::schedule::Pace;
use crate::stream_target::StreamTarget;
use crate::summary::Summary;
use crate::target::Target;
use crate::template::Template;
use chrono::{SecondsFormat, TimeDelta, Utc};
use fastrand::Rng;
use fn_kit::chain;
use oci_requests::{Cause, Environment, RetryPolicy as RetryPolicyOfRequests};
use oci_streaming::{Connection, Error, StreamClient};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Maximum size of a file of records in bytes. The file is held in memory.
const MAX_FILE: u64 = 1 << 30;

/// Number of partitions of bronze objects unless the arguments set it.
const BRONZE_PARTITIONS: u32 = 4;

/// The stream that bronze objects name, which is also the name of the local cloud's stream.
const BRONZE_STREAM: &str = "ledger";

/// How far the service's clock may be behind this machine's when a stream is read back.
const SKEW: TimeDelta = TimeDelta::seconds(5);

/// Runs a load, and verifies it if the arguments ask for that.
///
/// The environment contains the credentials that sign requests to the stream. `stop` ends the load early; workers finish the requests
/// that they have begun. A progress bar is drawn on standard error if `progress` is set and standard error is a terminal.
///
/// # Errors
///
/// Returns [`LoadError::Usage`] or [`LoadError::Credentials`] before anything is sent, and [`LoadError::Failed`] if the target, the stream's description or the stream's content is not accessible. Records that are not stored are not an error: see
/// [`Summary::is_clean`].
pub async fn run(
    arguments: &Arguments,
    environment: &Environment,
    stop: watch::Receiver<bool>,
    progress: bool,
) -> Result<Summary, LoadError> {
    if arguments.minrec > arguments.maxrec {
        let Arguments { minrec, maxrec, .. } = arguments;
        return Err(LoadError::Usage(format!("--minrec {minrec} is more than --maxrec {maxrec}")));
    }
    let source = Source::new(arguments)?;
    let stream = arguments.topic.as_ref().map(|topic| Topic::connect(topic, environment)).transpose()?;
    let target = target(arguments, stream.as_ref())?;
    target.reach().await.map_err(LoadError::Failed)?;
    if let Some(topic) = &arguments.topic {
        reach(topic, environment).await?;
    }
    // Done before anything is sent, because the caller may not be allowed to read the description.
    let partitions = match &stream {
        Some(stream) if arguments.verify => stream.partitions(arguments).await?,
        _ => 0,
    };
    let begin = Utc::now();
    let records = |worker| source.records(arguments, worker);
    let loaded = load(arguments).run(target, records, stop, progress).await.map_err(LoadError::Failed)?;
    let end = Utc::now();
    let verdict = match (loaded.audit.clone(), &stream) {
        (Some(audit), Some(Topic { stream, .. })) => {
            let since = (begin - SKEW).to_rfc3339_opts(SecondsFormat::Millis, true);
            let audit = read_back(stream, partitions, &since, audit).await.map_err(LoadError::Failed)?;
            Some(audit.verdict())
        }
        _ => None,
    };
    Ok(Summary::new(arguments, begin..end, &loaded, verdict))
}

/// Checks in one attempt that Streaming can be reached. Any response will do, because the caller may not be allowed to read the stream's
/// description.
async fn reach(topic: &str, environment: &Environment) -> Result<(), LoadError> {
    let once = Connection::from_environment_with(environment, RetryPolicyOfRequests::none());
    match once.map_err(LoadError::Credentials)?.get_stream(topic).await {
        Err(Error::Client(error)) if matches!(&error.cause, Cause::Transport(cause) if !cause.leaves_effect_unknown()) => {
            Err(LoadError::Failed(chain(&error)))
        }
        _ => Ok(()),
    }
}

/// The stream that receives the records, directly or behind an endpoint.
struct Topic {
    connection: Connection,
    stream: StreamClient,
}

impl Topic {
    fn connect(topic: &str, environment: &Environment) -> Result<Self, LoadError> {
        let connection = Connection::from_environment(environment).map_err(LoadError::Credentials)?;
        let stream = connection.stream(topic);
        Ok(Topic { connection, stream })
    }

    async fn partitions(&self, arguments: &Arguments) -> Result<u32, LoadError> {
        match (arguments.partitions, &arguments.topic) {
            (None, Some(topic)) => {
                let described = self.connection.get_stream(topic).await;
                Ok(described.map_err(|error| LoadError::Failed(chain(&error)))?.partitions)
            }
            (given, _) => Ok(given.unwrap_or_default()),
        }
    }
}

fn target(arguments: &Arguments, stream: Option<&Topic>) -> Result<Arc<dyn Target>, LoadError> {
    if let Some(url) = &arguments.url {
        return Ok(Arc::new(HttpTarget::new(url, arguments.form).map_err(LoadError::Usage)?));
    }
    if let Some(folder) = &arguments.bronze {
        let rollover = Rollover {
            bytes: arguments.rollover_mb * 1_000_000,
            age: Duration::from_millis(arguments.rollover_ms),
        };
        let partitions = arguments.partitions.unwrap_or(BRONZE_PARTITIONS) as usize;
        let target = BronzeTarget::new(folder, BRONZE_STREAM, partitions, rollover);
        let target = target
            .map_err(|error| LoadError::Failed(format!("cannot write to {}: {error}", folder.display())))?;
        return Ok(Arc::new(target));
    }
    let stream = stream.ok_or_else(|| LoadError::Usage("no target was given".into()))?;
    Ok(Arc::new(StreamTarget::new(stream.stream.clone())))
}

fn load(arguments: &Arguments) -> Load {
    let policy = arguments.client.unwrap_or(match arguments.url {
        Some(_) => RetryPolicy::Hinted,
        None => RetryPolicy::Published,
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
        retry: match policy {
            RetryPolicy::Published => Retry::published(arguments.retries),
            RetryPolicy::Hinted => Retry::hinted(arguments.retries),
        },
        audited: arguments.verify,
        seed: arguments.seed,
    }
}

/// The source of records, which is read once for all workers.
enum Source {
    Journals,
    Lines(Arc<Lines>),
    Template(Arc<Template>),
}

impl Source {
    fn new(arguments: &Arguments) -> Result<Self, LoadError> {
        if let Some(path) = &arguments.file {
            let shown = path.display();
            let text =
                read(path).map_err(|error| LoadError::Usage(format!("cannot read {shown}: {error}")))?;
            let lines = Lines::read(&text, arguments.key.as_deref());
            let lines = lines.map_err(|problem| LoadError::Usage(format!("{shown}: {problem}")))?;
            return Ok(Source::Lines(Arc::new(lines)));
        }
        let Some(template) = &arguments.template else { return Ok(Source::Journals) };
        let template = Template::parse(template, arguments.key_template.as_deref());
        Ok(Source::Template(Arc::new(template.map_err(LoadError::Usage)?)))
    }

    fn records(&self, arguments: &Arguments, worker: u32) -> Records {
        let Arguments { seed, minrec, maxrec, .. } = *arguments;
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
    let length = File::open(path)?.take(MAX_FILE + 1).read_to_end(&mut text)?;
    match length as u64 > MAX_FILE {
        true => Err(io::Error::other(format!("it is longer than {MAX_FILE} bytes"))),
        false => Ok(text),
    }
}
