use crate::arguments::PipelineArguments;
use crate::batch::Batch;
use crate::journal::Journals;
use crate::load::Load;
use crate::local_cloud::{LocalCloud, STREAM};
use crate::outcome::Outcome;
use crate::records::Records;
use crate::retry::Retry;
use crate::schedule::Pace;
use crate::stations::{Accepted, Cost, Object, Stations, stations};
use crate::stream_target::{StreamTarget, told};
use crate::target::Target;
use async_trait::async_trait;
use futures::TryStreamExt;
use jiff::Timestamp;
use lake::Receipt;
use object_store::{ObjectStore, ObjectStoreExt};
use oci_object_store::OciUrl;
use oci_streaming::Connection;
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// What was measured with one rollover.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Passage {
    /// The connector's, in milliseconds.
    pub rollover_ms: u64,
    /// Records that became rows.
    pub records: usize,
    /// Objects that the connector wrote.
    pub objects: usize,
    /// Where the time goes.
    pub stations: Stations,
    /// What a million records cost.
    pub cost: Cost,
}

/// A function's smallest memory, in MB.
const SMALLEST: u64 = 128;

/// Between two looks at how far it is.
const LOOK: Duration = Duration::from_millis(100);

/// Beyond the rollover, until all has gone through.
const PATIENCE: Duration = Duration::from_secs(120);

/// Measures with each rollover, on an emulator of its own.
///
/// # Errors
///
/// A program cannot be started, or not everything goes through.
pub(crate) async fn pipeline(
    arguments: &PipelineArguments,
    told: impl Fn(&Passage),
) -> Result<Vec<Passage>, String> {
    let mut passages = Vec::new();
    for rollover in &arguments.rollovers {
        let passage = passage(arguments, *rollover).await?;
        told(&passage);
        passages.push(passage);
    }
    Ok(passages)
}

async fn passage(arguments: &PipelineArguments, rollover_ms: u64) -> Result<Passage, String> {
    let (_file, more) = options(arguments, rollover_ms)?;
    let cloud = LocalCloud::start(&arguments.cloud.emulator()?, arguments.partitions, &more).await?;
    let connection = Connection::from_environment(&cloud.environment()).map_err(|error| told(&error))?;
    let target = StreamTarget::new(connection.stream(cloud.stream_id()?));
    let target = Arc::new(Timed { target, accepted: Mutex::default() });
    let load = Load {
        workers: 1,
        warm_up: Duration::ZERO,
        duration: Duration::from_millis(rollover_ms * u64::from(arguments.rounds)),
        iterations: 1,
        sleep: Duration::ZERO,
        pace: Pace::Open { rate: arguments.rate },
        retry: Retry::heeding(100),
        audited: false,
        seed: arguments.cloud.seed,
    };
    let records = |worker| Records::Journals(Journals::new(arguments.cloud.seed, worker, 60, 100));
    let (_go_on, stop) = watch::channel(false);
    let to: Arc<dyn Target> = Arc::clone(&target) as _;
    load.run(to, records, stop, true).await?;
    settle(&cloud, Duration::from_millis(rollover_ms) + PATIENCE).await?;
    let accepted = std::mem::take(&mut *target.accepted.lock().unwrap_or_else(PoisonError::into_inner));
    let objects = objects(&cloud).await?;
    let (stations, cost) = stations(&accepted, &objects, SMALLEST)?;
    Ok(Passage { rollover_ms, records: accepted.len(), objects: objects.len(), stations, cost })
}

/// The emulator's arguments, and the file that they name: `curate` in the smallest memory, where the pipeline gives it more.
fn options(
    arguments: &PipelineArguments,
    rollover_ms: u64,
) -> Result<(tempfile::NamedTempFile, Vec<String>), String> {
    let curate = json!({ "name": "curate", "command": ["curate"], "memory": SMALLEST, "timeout": 300, "config": {
        "SOURCE_URL": "oci://bronze@bronzeworks/", "LAKE_URL": "oci://lake@bronzeworks/journal" } });
    // The pipeline wants it, and nothing calls it.
    let ingest = json!({ "name": "ingest", "command": ["ingest"] });
    let applications = json!([{ "name": "bronzeworks", "functions": [curate, ingest] }]);
    let failed = |error: &dyn std::fmt::Display| format!("a temporary file: {error}");
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

/// The stream, with the time at which each record was accepted.
struct Timed {
    target: StreamTarget,
    accepted: Mutex<Vec<Accepted>>,
}

#[async_trait]
impl Target for Timed {
    async fn send(&self, batch: &Batch, places: &[usize]) -> Vec<Outcome> {
        let outcomes = self.target.send(batch, places).await;
        let milliseconds = Timestamp::now().as_millisecond();
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

/// Waits until the connector has written all, and every event is delivered.
async fn settle(cloud: &LocalCloud, patience: Duration) -> Result<(), String> {
    let end = Instant::now() + patience;
    while Instant::now() < end {
        let connectors = cloud.control("connectors").await?;
        let partitions = connectors[0]["partitions"].as_array().ok_or("the emulator has no connector")?;
        let lag: u64 = partitions.iter().filter_map(|partition| partition["lag"].as_u64()).sum();
        if lag == 0 && cloud.control("events").await?["pending"] == 0 {
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
    }
    Err(format!("not everything is in the lake after {} s", patience.as_secs()))
}

/// Every object, by the receipt in the lake, with the event about it and the call that made its rows.
async fn objects(cloud: &LocalCloud) -> Result<Vec<Object>, String> {
    let events = cloud.control("events").await?;
    let functions = cloud.control("functions").await?;
    let receipts = receipts(cloud).await?;
    let list = |value: &Value, name: &str| value[name].as_array().cloned().unwrap_or_default();
    let (events, invocations) = (list(&events, "events"), list(&functions, "invocations"));
    let time = |value: &Value| -> Result<i64, String> {
        let text = value.as_str().unwrap_or_default();
        let time = text.parse().map_err(|error| format!("the emulator tells a time as {text:?}: {error}"));
        time.map(Timestamp::as_millisecond)
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
            ranges: offsets.map(|range| (range.partition.clone(), range.first..=range.last)).collect(),
            rows: receipt.counts.curated,
            written: time(&event["time"])?,
            called: time(&invocation["time"])?,
            milliseconds: invocation["milliseconds"].as_i64().unwrap_or_default(),
            cold: invocation["cold"] == true,
        })
    };
    receipts.into_iter().map(object).collect()
}

async fn receipts(cloud: &LocalCloud) -> Result<Vec<Receipt>, String> {
    let failed = |error: &dyn std::error::Error| format!("the receipts: {}", told(error));
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
