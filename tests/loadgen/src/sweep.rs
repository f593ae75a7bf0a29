use crate::arguments::SweepArguments;
use crate::audit::Verdict;
use crate::http_target::{HttpForm, HttpTarget};
use crate::journal::Journals;
use crate::load::{Load, Loaded};
use crate::local_cloud::{IngestService, LocalCloud};
use crate::read_back::read_back;
use crate::records::Records;
use crate::retry::Retry;
use crate::schedule::Pace;
use crate::stream_target::{StreamTarget, told};
use crate::target::Target;
use jiff::{SignedDuration, Timestamp};
use oci_streaming::{Connection, StreamClient};
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Who sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Client {
    /// The published client's algorithm, as fast as the published client is.
    Published,
    /// The same algorithm, as fast as this program is.
    Unpaced,
    /// Ours: `ingest` as a function, behind the gateway.
    Function,
    /// Ours: `ingest` as a service.
    Service,
}

/// One measurement of the grid.
#[derive(Debug, Clone, Serialize)]
pub struct Cell {
    /// Who sent.
    pub client: Client,
    /// Partitions of the stream.
    pub partitions: u32,
    /// Workers.
    pub workers: u32,
    /// What came to the stream in the window, by its own count.
    pub mb_per_second: f64,
    /// How often a record was throttled, by the stream's own count, over the whole run.
    pub throttled_per_second: f64,
    /// Milliseconds from when a record was to be sent until it was confirmed.
    pub p50: Option<f64>,
    /// See `p50`.
    pub p99: Option<f64>,
    /// What the stream's content says of the whole run.
    pub verdict: Verdict,
    /// Why records failed otherwise, and how often.
    pub reasons: std::collections::BTreeMap<String, u64>,
}

/// A megabyte a second goes through a partition.
pub(crate) const LIMIT_MB: f64 = oci_streaming::PARTITION_BYTES_PER_SECOND as f64 / 1e6;

/// Read back over the wire it would take longer than it was sent: the limits on reading are lifted, those on writing are not.
const READ_UNLIMITED: [&str; 4] = ["--stream-reads", "0", "--stream-read-bytes", "0"];

/// How often what is missing is looked for again, since a put whose answer was lost may be on its way.
const LOOKS: u32 = 3;

/// Lines of the published journals.
const MINREC: u32 = 60;
const MAXREC: u32 = 100;

/// A record of ours is not given up within a measurement.
const OUR_RETRIES: u32 = 100;

impl Client {
    /// All of them, in the report's order.
    pub const ALL: [Client; 4] = [Client::Published, Client::Unpaced, Client::Function, Client::Service];

    /// What the report calls it.
    pub fn title(self) -> &'static str {
        match self {
            Client::Published => "published client",
            Client::Unpaced => "published algorithm, unpaced",
            Client::Function => "ingest as a function",
            Client::Service => "ingest as a service",
        }
    }

    fn is_ours(self) -> bool {
        matches!(self, Client::Function | Client::Service)
    }

    /// Journals in a request.
    pub(crate) fn journals(self) -> u32 {
        match self {
            Client::Published | Client::Unpaced => 1,
            // A call puts only one record of a key at a time: a few journals would make many small requests.
            Client::Function => 16,
            // It puts records of different requests together.
            Client::Service => 1,
        }
    }

    /// Requests under way for each partition, of all workers, where these are not more themselves.
    ///
    /// Where each journal goes by chance to one of m partitions, and another follows when it is done, n of them keep the partitions busy for
    /// n / (n + m - 1) of the time; of a request with several, all wait for the last. With 64 a partition and more, it is ours that is measured.
    pub(crate) fn at_once(self) -> u32 {
        match self {
            Client::Published | Client::Unpaced => 0,
            Client::Function => 8,
            Client::Service => 64,
        }
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = clap::ValueEnum::to_possible_value(self);
        f.write_str(value.as_ref().map_or("", |value| value.get_name()))
    }
}

impl Cell {
    /// The part of the limit that went through.
    pub fn share(&self) -> f64 {
        self.mb_per_second / (LIMIT_MB * f64::from(self.partitions))
    }
}

/// Measures the whole grid, one after the other; `told` hears of each cell.
///
/// # Errors
///
/// A program cannot be started, or what was sent cannot be read back.
pub(crate) async fn sweep(arguments: &SweepArguments, told: impl Fn(&Cell)) -> Result<Vec<Cell>, String> {
    let mut cells = Vec::new();
    for partitions in &arguments.partitions {
        for client in &arguments.clients {
            let stage = Stage::set(arguments, *client, *partitions).await?;
            for workers in &arguments.workers {
                let cell = stage.measure(arguments, *workers).await?;
                told(&cell);
                cells.push(cell);
            }
        }
    }
    Ok(cells)
}

/// What the stream has counted since its start.
struct Counters {
    /// Of keys and values stored.
    bytes: u64,
    /// Messages.
    throttled: u64,
}

/// A cloud, what stands before its stream, and who is going to send.
struct Stage {
    client: Client,
    partitions: u32,
    target: Arc<dyn Target>,
    stream: StreamClient,
    _service: Option<IngestService>,
    cloud: LocalCloud,
}

impl Stage {
    async fn set(arguments: &SweepArguments, client: Client, partitions: u32) -> Result<Self, String> {
        let mut more = READ_UNLIMITED.map(str::to_owned).to_vec();
        let programs = arguments.cloud.programs();
        match client {
            Client::Function => more.extend(["--programs".to_owned(), programs.display().to_string()]),
            _ => more.push("--bare".to_owned()),
        }
        let cloud = LocalCloud::start(&arguments.cloud.emulator()?, partitions, &more).await?;
        let connection = Connection::from_environment(&cloud.environment()).map_err(|error| told(&error))?;
        let stream = connection.stream(cloud.stream_id()?);
        let mut service = None;
        let target: Arc<dyn Target> = match client {
            Client::Published | Client::Unpaced => Arc::new(StreamTarget::new(stream.clone())),
            Client::Function => {
                cloud.deactivate_connector().await?;
                Arc::new(HttpTarget::new(&cloud.journals_url()?, HttpForm::Ndjson)?)
            }
            Client::Service => {
                let started = cloud.ingest_service(&programs.join("ingest")).await?;
                let target = HttpTarget::new(&started.url, HttpForm::Ndjson)?;
                service = Some(started);
                Arc::new(target)
            }
        };
        Ok(Stage { client, partitions, target, stream, _service: service, cloud })
    }

    async fn measure(&self, arguments: &SweepArguments, workers: u32) -> Result<Cell, String> {
        let seed = arguments.cloud.seed;
        let client_rate = (self.client == Client::Published).then_some(arguments.client_rate);
        let load = Load {
            workers: workers.max(self.client.at_once() * self.partitions).next_multiple_of(workers),
            warm_up: Duration::from_secs_f64(arguments.warm_up),
            duration: Duration::from_secs_f64(arguments.duration),
            iterations: self.client.journals(),
            sleep: Duration::ZERO,
            pace: Pace::Closed { client_rate },
            retry: match self.client.is_ours() {
                true => Retry::heeding(OUR_RETRIES),
                false => Retry::published(arguments.retries),
            },
            audited: true,
            seed,
        };
        // Of every number of workers others, since they all come to one stream.
        let records =
            |worker| Records::Journals(Journals::new(seed + u64::from(workers), worker, MINREC, MAXREC));
        let since = Timestamp::now() - SignedDuration::from_secs(1);
        let (_go_on, stop) = watch::channel(false);
        let before = self.counters().await?;
        let running = load.run(Arc::clone(&self.target), records, stop, true);
        let (loaded, rate) = tokio::join!(running, self.rate(load.warm_up, load.duration));
        let (loaded, mb_per_second) = (loaded?, rate? / 1e6);
        let throttled = self.counters().await?.throttled - before.throttled;
        let throttled_per_second = throttled as f64 / loaded.elapsed.as_secs_f64();
        self.cell(workers, &since.to_string(), loaded, (mb_per_second, throttled_per_second)).await
    }

    /// Bytes a second that come to the stream in a window: what a client hears of it comes later, and in lumps.
    async fn rate(&self, warm_up: Duration, duration: Duration) -> Result<f64, String> {
        tokio::time::sleep(warm_up).await;
        let (begin, first) = (Instant::now(), self.counters().await?);
        tokio::time::sleep(duration).await;
        let (end, last) = (Instant::now(), self.counters().await?);
        Ok((last.bytes - first.bytes) as f64 / (end - begin).as_secs_f64())
    }

    /// The stream's own counts: `ingest` does not tell of messages that were throttled and got through later.
    async fn counters(&self) -> Result<Counters, String> {
        let streams = self.cloud.control("streams").await?;
        let partitions =
            streams[0]["partitions"].as_array().ok_or("the emulator does not show its stream")?;
        let sum = |name: &str| partitions.iter().filter_map(|partition| partition[name].as_u64()).sum();
        Ok(Counters { bytes: sum("bytes_in"), throttled: sum("throttled_messages") })
    }

    async fn cell(
        &self,
        workers: u32,
        since: &str,
        loaded: Loaded,
        (mb_per_second, throttled_per_second): (f64, f64),
    ) -> Result<Cell, String> {
        let sum = loaded.sum();
        let sent = loaded.audit.unwrap_or_default();
        let mut looks = 0;
        let verdict = loop {
            looks += 1;
            let audit = read_back(&self.stream, self.partitions, since, sent.clone()).await?;
            if looks == LOOKS || audit.is_complete() {
                break audit.verdict();
            }
        };
        Ok(Cell {
            client: self.client,
            partitions: self.partitions,
            workers,
            mb_per_second,
            throttled_per_second,
            p50: sum.latency_milliseconds(0.5),
            p99: sum.latency_milliseconds(0.99),
            verdict,
            reasons: sum.reasons,
        })
    }
}

impl crate::arguments::CloudArguments {
    /// The emulator's program.
    ///
    /// # Errors
    ///
    /// It is not there.
    pub fn emulator(&self) -> Result<PathBuf, String> {
        std::path::absolute(&self.emulator).ok().filter(|path| path.is_file()).ok_or_else(|| {
            format!("{} is not there: build it, or name it with --emulator", self.emulator.display())
        })
    }

    /// The folder of our functions' programs.
    pub fn programs(&self) -> PathBuf {
        let beside = self.emulator.parent().unwrap_or(&self.emulator).to_owned();
        let folder = self.programs.clone().unwrap_or(beside);
        std::path::absolute(&folder).unwrap_or(folder)
    }
}
