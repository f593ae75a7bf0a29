use crate::arguments::GridArguments;
use crate::cell::Cell;
use crate::client::Client;
use crate::local_cloud::{IngestService, LocalCloud};
use chrono::{SecondsFormat, TimeDelta, Utc};
use loadgen::{
    HttpForm, HttpTarget, Journals, Load, Loaded, Pace, Records, Retry, StreamTarget, Target, read_back,
};
use oci_streaming::{Connection, StreamClient};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// A local cloud with a stream, and a client in front of it.
pub(crate) struct Stage {
    client: Client,
    partitions: u32,
    target: Arc<dyn Target>,
    stream: StreamClient,
    _service: Option<IngestService>,
    cloud: LocalCloud,
}

/// The stream's counters since its start.
struct Counters {
    /// Bytes of the keys and values stored.
    bytes: u64,
    /// Number of messages throttled.
    throttled: u64,
}

/// Arguments that lift the limits on reading, because reading back would otherwise take longer than sending. The limits on writing remain.
const READ_UNLIMITED: [&str; 4] = ["--stream-reads", "0", "--stream-read-bytes", "0"];

/// How often to read the stream back while records are missing: a put whose response was lost may still be on its way.
const READS: u32 = 3;

/// The number of lines in the published journals.
const MINREC: u32 = 60;
const MAXREC: u32 = 100;

/// Maximum number of retries of a producer behind `ingest`: enough that it abandons no record within a measurement.
const INGEST_RETRIES: u32 = 100;

impl Stage {
    /// Starts the programs.
    pub(crate) async fn set(
        arguments: &GridArguments,
        client: Client,
        partitions: u32,
    ) -> Result<Self, String> {
        let mut more = READ_UNLIMITED.map(str::to_owned).to_vec();
        let programs = arguments.cloud.programs();
        match client {
            Client::Function => more.extend(["--programs".to_owned(), programs.display().to_string()]),
            _ => more.push("--bare".to_owned()),
        }
        let cloud = LocalCloud::start(&arguments.cloud.bronzeworks()?, partitions, &more).await?;
        let connection = Connection::from_environment(&cloud.environment());
        let connection = connection.map_err(|error| fn_kit::chain(&error))?;
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

    /// Measures with a given number of workers.
    pub(crate) async fn measure(&self, arguments: &GridArguments, workers: u32) -> Result<Cell, String> {
        let seed = arguments.cloud.seed;
        let client_rate = (self.client == Client::Published).then_some(arguments.client_rate);
        let load = Load {
            workers: workers.max(self.client.concurrency() * self.partitions).next_multiple_of(workers),
            warm_up: Duration::from_secs_f64(arguments.warm_up),
            duration: Duration::from_secs_f64(arguments.duration),
            iterations: self.client.journals(),
            sleep: Duration::ZERO,
            pace: Pace::Closed { client_rate },
            retry: match self.client.is_ingest() {
                true => Retry::hinted(INGEST_RETRIES),
                false => Retry::published(arguments.retries),
            },
            audited: true,
            seed,
        };
        // Every number of workers sends different records, because all of them go to the same stream.
        let records =
            |worker| Records::Journals(Journals::new(seed + u64::from(workers), worker, MINREC, MAXREC));
        let since = Utc::now() - TimeDelta::seconds(1);
        let (_go_on, stop) = watch::channel(false);
        let before = self.counters().await?;
        let running = load.run(Arc::clone(&self.target), records, stop, true);
        let (loaded, rate) = tokio::join!(running, self.rate(load.warm_up, load.duration));
        let (loaded, mb_per_second) = (loaded?, rate? / 1e6);
        let throttled = self.counters().await?.throttled - before.throttled;
        let throttled_per_second = throttled as f64 / loaded.elapsed.as_secs_f64();
        let since = since.to_rfc3339_opts(SecondsFormat::Millis, true);
        self.cell(workers, &since, loaded, (mb_per_second, throttled_per_second)).await
    }

    /// Returns the bytes per second that arrive on the stream in the window after the warm-up. The client's own count comes later and in
    /// bursts.
    async fn rate(&self, warm_up: Duration, duration: Duration) -> Result<f64, String> {
        tokio::time::sleep(warm_up).await;
        let (begin, first) = (Instant::now(), self.counters().await?);
        tokio::time::sleep(duration).await;
        let (end, last) = (Instant::now(), self.counters().await?);
        Ok((last.bytes - first.bytes) as f64 / (end - begin).as_secs_f64())
    }

    /// Returns the stream's own counts. `ingest` does not report messages that were throttled and stored later.
    async fn counters(&self) -> Result<Counters, String> {
        let streams = self.cloud.control("streams").await?;
        let partitions =
            streams[0]["partitions"].as_array().ok_or("the local cloud does not report its stream")?;
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
        let mut reads = 0;
        let verdict = loop {
            reads += 1;
            let audit = read_back(&self.stream, self.partitions, since, sent.clone()).await?;
            if reads == READS || audit.is_complete() {
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
