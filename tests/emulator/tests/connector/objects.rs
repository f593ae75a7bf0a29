//! What a connector writes, and when an object ends.

use std::time::Duration;

use crate::cloud::{Cloud, noise, values};
use crate::common::bronze::Object;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use emulator::{ConnectorDetails, Options};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn every_partition_becomes_a_series_of_objects_of_its_own() {
    let cloud = Cloud::in_memory(3).await;
    let connector = cloud.ensure(ConnectorDetails::default());
    for round in 0..2 {
        let texts: Vec<Vec<u8>> = (0..60).map(|number| format!("{round} {number}").into_bytes()).collect();
        cloud.put(&texts);
        cloud.cloud.flush_connectors().await.unwrap();
    }
    let objects = cloud.objects();
    assert_eq!(objects.len(), 6);
    let reader = cloud.cloud.stream("ledger").unwrap();
    for partition in 0..3 {
        let stored = reader.read(partition, 0, usize::MAX, u64::MAX).unwrap();
        let own = objects.iter().filter(|object| object.partition() == partition.to_string());
        let lines: String = own.clone().map(|object| object.text.as_str()).collect();
        let expected: String = stored
            .iter()
            .map(|message| {
                let value = BASE64_STANDARD.encode(&message.value);
                format!(
                    "{{\"stream\":\"ledger\",\"partition\":\"{partition}\",\"key\":null,\"value\":\"{value}\",\"offset\":{},\"timestamp\":{}}}\n",
                    message.offset, message.timestamp
                )
            })
            .collect();
        assert_eq!(lines, expected);
        for object in own {
            assert!(object.name.starts_with(&format!("{connector}/{partition}/20")), "{}", object.name);
            assert!(object.name.ends_with(".data.gz"), "{}", object.name);
        }
        let status = cloud.partition(partition);
        assert_eq!((status.objects, status.messages), (2, stored.len() as u64));
        assert_eq!((status.lag, status.position, status.open), (0, status.end, None));
    }
    cloud.cloud.flush_connectors().await.unwrap();
    assert_eq!(cloud.objects().len(), 6, "no object without a message");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_ends_when_it_is_old_enough() {
    let cloud = Cloud::in_memory(1).await;
    cloud.ensure(ConnectorDetails::default());
    cloud.texts(&["first"]);
    let open = cloud.until(0, |partition| partition.open.is_some()).await.open.unwrap();
    assert_eq!((open.first_offset, open.messages), (0, 1));
    cloud.cloud.advance_streaming_clock(Duration::from_secs(200));
    cloud.texts(&["second"]);
    cloud.until(0, |partition| partition.open.as_ref().is_some_and(|open| open.messages == 2)).await;
    assert!(cloud.objects().is_empty());
    cloud.cloud.advance_streaming_clock(Duration::from_secs(220));
    cloud.until(0, |partition| partition.objects == 1).await;
    let objects = cloud.objects();
    assert_eq!(values(&objects[0]), ["first", "second"]);
    // The name contains the seconds of the first and the last message.
    let stamps = objects[0].name.rsplit('/').next().unwrap().strip_suffix(".0.data.gz").unwrap();
    let reader = cloud.cloud.stream("ledger").unwrap();
    let messages = reader.read(0, 0, 10, u64::MAX).unwrap();
    let stamp = |message: &emulator::StreamMessage| {
        chrono::DateTime::from_timestamp_millis(message.timestamp).unwrap().format("%H%M%S").to_string()
    };
    let times: Vec<&str> = stamps.split(['T', 'Z']).filter(|part| part.len() == 6).collect();
    assert_eq!(times, [stamp(&messages[0]), stamp(&messages[1])], "{stamps}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_ends_when_it_is_large_enough_after_gzip_and_is_on_disk_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let cloud = Cloud::start(1, Options { state: Some(state.clone()), ..Options::default() }).await;
    cloud.ensure(ConnectorDetails { rollover_megabytes: 1, ..ConnectorDetails::default() });
    // The compressed size counts, so data that compresses well stays below a megabyte.
    for _ in 0..3 {
        cloud.put(&vec![vec![b'x'; 100_000]; 9]);
    }
    let open =
        cloud.until(0, |partition| partition.open.as_ref().is_some_and(|open| open.messages == 27)).await;
    assert!(open.open.unwrap().bytes > 3_000_000);
    for seed in 0..3 {
        cloud.put(&noise(9, 100_000, seed));
    }
    let status = cloud.until(0, |partition| partition.open.is_some() && partition.objects == 2).await;
    let objects = cloud.objects();
    for object in &objects {
        // The last message, and what the encoder holds back, may exceed the limit.
        assert!((1_000_000..1_250_000).contains(&object.size), "{} bytes", object.size);
    }
    let offsets: Vec<u64> = objects.iter().flat_map(Object::offsets).collect();
    assert_eq!(offsets, (0..status.position).collect::<Vec<u64>>());
    let blobs: Vec<u64> = std::fs::read_dir(state.join("object-storage/blobs"))
        .unwrap()
        .map(|blob| blob.unwrap().metadata().unwrap().len())
        .collect();
    assert_eq!(blobs.len(), 3, "the open one has its file, too");
    cloud.cloud.flush_connectors().await.unwrap();
    let all: Vec<u64> = cloud.objects().iter().flat_map(Object::offsets).collect();
    assert_eq!(all, (0..54).collect::<Vec<u64>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_read_before_their_stream_is_deleted_are_written() {
    let cloud = Cloud::in_memory(1).await;
    cloud.ensure(ConnectorDetails::default());
    cloud.texts(&["one", "two"]);
    cloud.until(0, |partition| partition.open.as_ref().is_some_and(|open| open.messages == 2)).await;
    let stream = format!("/20180418/streams/{}", cloud.stream);
    assert_eq!(cloud.client.call("DELETE", &stream, &[], b"").status, 202);
    cloud.until(0, |partition| partition.objects == 1).await;
    assert_eq!(values(&cloud.objects()[0]), ["one", "two"]);
    cloud.until(0, |partition| partition.failures > 0).await;
    let status = cloud.cloud.connectors().remove(0);
    assert_eq!((status.state, status.stream), ("NEEDS_ATTENTION", None));
    let error = cloud.cloud.flush_connectors().await.unwrap_err();
    assert!(error.to_string().contains("the stream ledger was deleted"), "{error}");
    // After seven days, the service deactivates the connector.
    cloud.cloud.advance_streaming_clock(Duration::from_secs(7 * 24 * 3600));
    while cloud.cloud.connectors()[0].state != "INACTIVE" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let path = format!("serviceConnectors/{}", status.id);
    let details = cloud.call("GET", &path, &Value::Null).document()["lifecycleDetails"].clone();
    assert!(details.as_str().unwrap().contains("seven days"), "{details}");
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_messages_are_skipped() {
    let cloud = Cloud::in_memory(1).await;
    cloud.ensure(ConnectorDetails::default());
    let act = |action: &str| {
        let id = cloud.cloud.connectors()[0].id.clone();
        cloud.call("POST", &format!("serviceConnectors/{id}/actions/{action}"), &json!({})).status
    };
    assert_eq!(act("deactivate"), 202);
    cloud.texts(&["lost"]);
    cloud.cloud.advance_streaming_clock(Duration::from_secs(25 * 3600));
    assert_eq!(act("activate"), 202);
    cloud.cloud.flush_connectors().await.unwrap();
    cloud.texts(&["kept"]);
    cloud.cloud.flush_connectors().await.unwrap();
    let moved: Vec<String> = cloud.objects().iter().flat_map(values).collect();
    assert_eq!(moved, ["kept"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn positions_outlive_the_emulator_and_an_open_window_is_started_again() {
    let folder = tempfile::tempdir().unwrap();
    let options = || Options { state: Some(folder.path().join("state")), ..Options::default() };
    let cloud = Cloud::start(1, options()).await;
    let id = cloud.ensure(ConnectorDetails::default());
    cloud.texts(&["one"]);
    cloud.cloud.flush_connectors().await.unwrap();
    cloud.texts(&["two"]);
    cloud.until(0, |partition| partition.open.is_some()).await;
    let before = cloud.call("GET", &format!("serviceConnectors/{id}"), &Value::Null).document();
    cloud.cloud.stop().await;
    let cloud = Cloud::start(1, options()).await;
    assert_eq!(cloud.call("GET", &format!("serviceConnectors/{id}"), &Value::Null).document(), before);
    cloud.texts(&["three"]);
    cloud.cloud.flush_connectors().await.unwrap();
    let mut moved: Vec<Vec<String>> = cloud.objects().iter().map(values).collect();
    moved.sort();
    assert_eq!(moved, [vec!["one"], vec!["two", "three"]]);
    cloud.cloud.stop().await;
    let cloud = Cloud::start(1, Options { fresh: true, ..options() }).await;
    assert!(cloud.cloud.connectors().is_empty());
}
