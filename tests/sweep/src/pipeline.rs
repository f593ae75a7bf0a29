use crate::arguments::PipelineArguments;
use crate::local_cloud::{LocalCloud, STREAM};
use crate::stations::{Accepted, Cost, Object, Stations, stations};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use fn_kit::chain;
use futures::TryStreamExt;
use lake::Receipt;
use loadgen::{Batch, Journals, Load, Outcome, Pace, Records, Retry, StreamTarget, Target};
use object_store::{ObjectStore, ObjectStoreExt};
use oci_object_store::OciUrl;
use oci_streaming::Connection;
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// The measurement of the pipeline with one rollover.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Passage {
    /// Rollover of the connector, in milliseconds.
    pub(crate) rollover_ms: u64,
    /// Number of records that became rows.
    pub(crate) records: usize,
    /// Number of objects that the connector wrote.
    pub(crate) objects: usize,
    /// How long records spent at each station.
    pub(crate) stations: Stations,
    /// The cost of a million records.
    pub(crate) cost: Cost,
}

/// The minimum memory of a function in MB.
const MIN_MEMORY: u64 = 128;

/// Time between two checks of whether all records are in the lake.
const POLL: Duration = Duration::from_millis(100);

/// How long to wait for the last records, in addition to the rollover.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Measures each rollover with a new local cloud; `show` receives each result.
///
/// # Errors
///
/// Returns an error if a program cannot be started, or if some records do not reach the lake.
pub(crate) async fn measure(
    arguments: &PipelineArguments,
    show: impl Fn(&Passage),
) -> Result<Vec<Passage>, String> {
    let mut passages = Vec::new();
    for rollover in &arguments.rollovers {
        let passage = passage(arguments, *rollover).await?;
        show(&passage);
        passages.push(passage);
    }
    Ok(passages)
}

async fn passage(arguments: &PipelineArguments, rollover_ms: u64) -> Result<Passage, String> {
    let (_file, more) = options(arguments, rollover_ms)?;
    let cloud = LocalCloud::start(&arguments.cloud.bronzeworks()?, arguments.partitions, &more).await?;
    let connection = Connection::from_environment(&cloud.environment()).map_err(|error| chain(&error))?;
    let target = StreamTarget::new(connection.stream(cloud.stream_id()?));
    let target = Arc::new(Timed { target, accepted: Mutex::default() });
    let load = Load {
        workers: 1,
        warm_up: Duration::ZERO,
        duration: Duration::from_millis(rollover_ms * u64::from(arguments.rounds)),
        iterations: 1,
        sleep: Duration::ZERO,
        pace: Pace::Open { rate: arguments.rate },
        retry: Retry::hinted(100),
        audited: false,
        seed: arguments.cloud.seed,
    };
    let records = |worker| Records::Journals(Journals::new(arguments.cloud.seed, worker, 60, 100));
    let (_go_on, stop) = watch::channel(false);
    let to: Arc<dyn Target> = Arc::clone(&target) as _;
    load.run(to, records, stop, true).await?;
    settle(&cloud, Duration::from_millis(rollover_ms) + TIMEOUT).await?;
    let accepted = std::mem::take(&mut *target.accepted.lock().unwrap_or_else(PoisonError::into_inner));
    let objects = objects(&cloud).await?;
    let (stations, cost) = stations(&accepted, &objects, MIN_MEMORY)?;
    Ok(Passage { rollover_ms, records: accepted.len(), objects: objects.len(), stations, cost })
}

/// Returns the local cloud's arguments and the file that they refer to, which gives `curate` the minimum memory.
fn options(
    arguments: &PipelineArguments,
    rollover_ms: u64,
) -> Result<(tempfile::NamedTempFile, Vec<String>), String> {
    let curate = json!({ "name": "curate", "command": ["curate"], "memory": MIN_MEMORY, "timeout": 300, "config": {
        "SOURCE_URL": "oci://bronze@bronzeworks/", "LAKE_URL": "oci://lake@bronzeworks/journal" } });
    // The pipeline requires this function, but nothing invokes it.
    let ingest = json!({ "name": "ingest", "command": ["ingest"] });
    let applications = json!([{ "name": "bronzeworks", "functions": [curate, ingest] }]);
    let failed = |error: &dyn std::fmt::Display| format!("cannot write a temporary file: {error}");
    let mut file = tempfile::NamedTempFile::new().map_err(|error| failed(&error))?;
    serde_json::to_writer(&mut file, &applications).map_err(|error| failed(&error))?;
    let more = [
        ("--functions", file.path().display().to_string()),
        ("--programs", arguments.cloud.programs().display().to_string()),
        ("--rollover-ms", rollover_ms.to_string()),
    ];
    let more = more.into_iter().flat_map(|(name, value)| [name.to_owned(), value]).collect();
    Ok((file, more))
}

/// A target that records when the stream accepted each record.
struct Timed {
    target: StreamTarget,
    accepted: Mutex<Vec<Accepted>>,
}

#[async_trait]
impl Target for Timed {
    async fn send(&self, batch: &Batch, indices: &[usize]) -> Vec<Outcome> {
        let outcomes = self.target.send(batch, indices).await;
        let milliseconds = Utc::now().timestamp_millis();
        let of = |outcome: &Outcome| match outcome {
            Outcome::Stored { partition, offset } => {
                Some(Accepted { partition: partition.clone(), offset: *offset, milliseconds })
            }
            _ => None,
        };
        let mut accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner);
        accepted.extend(outcomes.iter().filter_map(of));
        outcomes
    }
}

/// Waits until the connector has written all records and every event has been delivered.
async fn settle(cloud: &LocalCloud, timeout: Duration) -> Result<(), String> {
    let end = Instant::now() + timeout;
    while Instant::now() < end {
        let connectors = cloud.control("connectors").await?;
        let partitions = connectors[0]["partitions"].as_array().ok_or("the emulator has no connector")?;
        let lag: u64 = partitions.iter().filter_map(|partition| partition["lag"].as_u64()).sum();
        if lag == 0 && cloud.control("events").await?["pending"] == 0 {
            return Ok(());
        }
        tokio::time::sleep(POLL).await;
    }
    Err(format!("some records are not in the lake after {} s", timeout.as_secs()))
}

/// Returns every object that has a receipt in the lake, with its event and the invocation that curated it.
async fn objects(cloud: &LocalCloud) -> Result<Vec<Object>, String> {
    let events = cloud.control("events").await?;
    let functions = cloud.control("functions").await?;
    let receipts = receipts(cloud).await?;
    let list = |value: &Value, name: &str| value[name].as_array().cloned().unwrap_or_default();
    let (events, invocations) = (list(&events, "events"), list(&functions, "invocations"));
    let time = |value: &Value| -> Result<i64, String> {
        let text = value.as_str().unwrap_or_default();
        let time: Result<DateTime<Utc>, _> = text.parse();
        time.map(|time| time.timestamp_millis()).map_err(|error| format!("{text:?} is not a time: {error}"))
    };
    let object = |receipt: Receipt| {
        let url = &receipt.source.url;
        let of = |event: &&Value| event["object"].as_str().is_some_and(|name| url.ends_with(name));
        let event = events.iter().find(of).ok_or_else(|| format!("there is no event about {url}"))?;
        let call = &event["deliveries"][0]["call_id"];
        let invocation = invocations.iter().find(|invocation| invocation["call_id"] == *call);
        let invocation = invocation.ok_or_else(|| format!("there is no invocation for {url}"))?;
        let offsets = receipt.offsets.iter().filter(|range| range.stream == STREAM);
        Ok(Object {
            ranges: offsets
                .map(|range| (range.partition.clone().unwrap_or_default(), range.first..=range.last))
                .collect(),
            rows: receipt.counts.curated,
            written: time(&event["time"])?,
            invoked: time(&invocation["time"])?,
            milliseconds: invocation["milliseconds"].as_i64().unwrap_or_default(),
            cold: invocation["cold"] == true,
        })
    };
    receipts.into_iter().map(object).collect()
}

async fn receipts(cloud: &LocalCloud) -> Result<Vec<Receipt>, String> {
    let failed =
        |error: &(dyn std::error::Error + 'static)| format!("cannot read the receipts: {}", chain(error));
    let connection = oci_object_store::Connection::from_environment(&cloud.environment());
    let url: OciUrl = "oci://lake@bronzeworks/journal/_receipts".parse().map_err(|error| failed(&error))?;
    let store = connection.map_err(|error| failed(&error))?.store(&url);
    let listed: Vec<_> = store.list(Some(&url.path())).try_collect().await.map_err(|error| failed(&error))?;
    let mut receipts = Vec::with_capacity(listed.len());
    for object in listed {
        let got = store.get(&object.location).await.map_err(|error| failed(&error))?;
        let bytes = got.bytes().await.map_err(|error| failed(&error))?;
        receipts.push(serde_json::from_slice(&bytes).map_err(|error| failed(&error))?);
    }
    Ok(receipts)
}
