//! Tests the pipeline on a state folder from an earlier start.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::path::Path;

use common::Client;
use emulator::{Emulator, Options, Pipeline, StreamSpec, StreamingOptions};
use serde_json::Value;

/// Starts an emulator with the pipeline of a stream.
async fn pipeline(state: &Path, stream: &str, rollover: (u64, u64)) -> (Emulator, Client) {
    let streams = vec![StreamSpec { name: stream.to_owned(), partitions: 1 }];
    let options = Options {
        state: Some(state.to_owned()),
        streaming: StreamingOptions { streams, ..StreamingOptions::default() },
        pipeline: Some(Pipeline {
            stream: stream.to_owned(),
            rollover_megabytes: rollover.0,
            rollover_milliseconds: rollover.1,
            function_command: vec!["/bin/true".to_owned()],
            schema: None,
            key: None,
        }),
        ..Options::default()
    };
    let cloud = Emulator::start(options).await.unwrap();
    let client = Client::api_key(cloud.url(), cloud.folder());
    (cloud, client)
}

/// Returns the rollover settings of the only connector.
fn rollover(cloud: &Emulator, client: &Client) -> (Value, Value) {
    let path = format!("/20200909/serviceConnectors/{}", cloud.connectors()[0].id);
    let target = client.call("GET", &path, &[], b"").document()["target"].clone();
    (target["batchRolloverSizeInMBs"].clone(), target["batchRolloverTimeInMs"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pipelines_connector_has_the_rollover_settings_of_the_last_start() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let (cloud, client) = pipeline(&state, "ledger", (100, 10_000)).await;
    let id = cloud.connectors()[0].id.clone();
    assert_eq!(rollover(&cloud, &client), (100.into(), 10_000.into()));
    cloud.stop().await;
    let (cloud, client) = pipeline(&state, "ledger", (1, 500)).await;
    assert_eq!(rollover(&cloud, &client), (1.into(), 500.into()));
    assert_eq!((cloud.connectors().len(), &cloud.connectors()[0].id), (1, &id));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pipelines_connector_reads_from_a_recreated_stream() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let (cloud, client) = pipeline(&state, "ledger", (100, 10_000)).await;
    let (id, old) = (cloud.connectors()[0].id.clone(), cloud.stream("ledger").unwrap().id());
    assert_eq!(client.call("DELETE", &format!("/20180418/streams/{old}"), &[], b"").status, 202);
    cloud.stop().await;
    let (cloud, _) = pipeline(&state, "ledger", (100, 10_000)).await;
    let (connector, new) = (cloud.connectors().remove(0), cloud.stream("ledger").unwrap().id());
    assert_ne!(old, new);
    assert_eq!((connector.id, connector.stream_id, connector.state), (id, new, "ACTIVE"));
    cloud.flush_connectors().await.unwrap();
}
