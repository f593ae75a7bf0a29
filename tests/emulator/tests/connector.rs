//! Tests connectors: what they write from a stream into a bucket, and how they are configured.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use common::bronze::{Object, objects};
use common::{Client, Response};
use emulator::{
    ConnectorDetails, ConnectorPartition, Emulator, Fault, Options, Rule, StreamSpec, StreamingOptions,
};
use serde_json::{Value, json};

/// An emulator with the stream `ledger` and the bucket `bronze`, and a client for both.
struct Cloud {
    cloud: Emulator,
    client: Client,
    stream: String,
}

impl Cloud {
    async fn start(partitions: u32, options: Options) -> Self {
        let streams = vec![StreamSpec { name: "ledger".to_owned(), partitions }];
        let streaming = StreamingOptions { streams, ..StreamingOptions::default().unlimited() };
        let cloud = Emulator::start(Options { streaming, ..options }).await.unwrap();
        let client = Client::api_key(cloud.url(), cloud.folder());
        let stream = cloud.stream("ledger").unwrap().id();
        Self { cloud, client, stream }
    }

    async fn in_memory(partitions: u32) -> Self {
        Self::start(partitions, Options::default()).await
    }

    fn put(&self, values: &[Vec<u8>]) {
        self.put_to(&self.stream, values);
    }

    fn put_to(&self, stream: &str, values: &[Vec<u8>]) {
        let message = |value: &Vec<u8>| json!({ "key": null, "value": BASE64_STANDARD.encode(value) });
        let messages = json!({ "messages": values.iter().map(message).collect::<Vec<_>>() });
        let response = self.client.json("POST", &format!("/20180418/streams/{stream}/messages"), &messages);
        assert_eq!((response.status, &response.document()["failures"]), (200, &json!(0)), "{response:?}");
    }

    fn texts(&self, texts: &[&str]) {
        self.put(&texts.iter().map(|text| text.as_bytes().to_vec()).collect::<Vec<_>>());
    }

    /// Returns the body that creates a connector from `ledger` to `bronze`.
    fn details(&self) -> Value {
        json!({
            "displayName": "bronze",
            "compartmentId": self.cloud.tenancy(),
            "source": { "kind": "streaming", "streamId": self.stream },
            "target": { "kind": "objectStorage", "bucketName": "bronze" },
        })
    }

    fn call(&self, method: &'static str, path: &str, body: &Value) -> Response {
        let body = if method == "POST" || method == "PUT" { body.to_string() } else { String::new() };
        // The shared client does not sign the body of a PUT, like Object Storage's clients.
        let mut request = self.client.request(method, &format!("/20200909/{path}"), &[], body.as_bytes());
        let signed =
            ["date", "(request-target)", "host", "content-length", "content-type", "x-content-sha256"];
        self.client.sign_headers(&mut request, if body.is_empty() { &signed[..3] } else { &signed });
        self.client.exchange(&request).unwrap()
    }

    fn ensure(&self, details: ConnectorDetails) -> String {
        self.cloud.ensure_connector("bronze", "ledger", "bronze", details).unwrap()
    }

    fn partition(&self, number: usize) -> ConnectorPartition {
        self.cloud.connectors()[0].partitions[number].clone()
    }

    /// Waits until a partition meets a condition, and returns its status.
    async fn until(&self, number: usize, is: impl Fn(&ConnectorPartition) -> bool) -> ConnectorPartition {
        loop {
            let partition = self.partition(number);
            if is(&partition) {
                return partition;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn objects(&self) -> Vec<Object> {
        objects(&self.client, "bronze")
    }
}

fn values(object: &Object) -> Vec<String> {
    let value = |line: &Value| {
        String::from_utf8(BASE64_STANDARD.decode(line["value"].as_str().unwrap()).unwrap()).unwrap()
    };
    object.lines().iter().map(value).collect()
}

fn noise(count: usize, length: usize, seed: u64) -> Vec<Vec<u8>> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut value = || {
        let mut value = vec![0; length];
        random.fill(&mut value);
        value
    };
    (0..count).map(|_| value()).collect()
}

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
async fn a_connector_starts_at_the_end_of_the_stream_unless_configured_otherwise() {
    for (cursor, expected) in [
        (Value::Null, vec!["late"]),
        (json!({ "kind": "LATEST" }), vec!["late"]),
        (json!({ "kind": "TRIM_HORIZON" }), vec!["early", "late"]),
    ] {
        let cloud = Cloud::in_memory(1).await;
        cloud.texts(&["early"]);
        let mut details = cloud.details();
        details["source"]["cursor"] = cursor.clone();
        let response = cloud.call("POST", "serviceConnectors", &details);
        assert_eq!(response.status, 202, "{response:?}");
        cloud.texts(&["late"]);
        cloud.cloud.flush_connectors().await.unwrap();
        assert_eq!(values(&cloud.objects()[0]), expected, "{cursor}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_field_is_rejected_by_name() {
    let cloud = Cloud::in_memory(1).await;
    let refusals = [
        ("/displayName", Value::Null, "MissingParameter", "displayName"),
        ("/compartmentId", Value::Null, "MissingParameter", "compartmentId"),
        ("/source", Value::Null, "MissingParameter", "source"),
        (
            "/target",
            json!({ "kind": "streaming" }),
            "InvalidParameter",
            "only a target of kind 'objectStorage', not 'streaming'",
        ),
        (
            "/source/kind",
            json!("monitoring"),
            "InvalidParameter",
            "only a source of kind 'streaming', not 'monitoring'",
        ),
        (
            "/source/streamId",
            json!("ocid1.stream.none"),
            "RelatedResourceNotAuthorizedOrNotFound",
            "ocid1.stream.none",
        ),
        ("/target/bucketName", json!("none"), "RelatedResourceNotAuthorizedOrNotFound", "'none'"),
        ("/tasks", json!([{ "kind": "function", "functionId": "f" }]), "InvalidParameter", "'function'"),
    ];
    for (place, value, code, told) in refusals {
        let mut details = cloud.details();
        details["tasks"] = json!([]);
        *details.pointer_mut(place).unwrap() = value;
        let response = cloud.call("POST", "serviceConnectors", &details);
        assert_eq!((response.status, response.code().as_str()), (400, code), "{place}: {response:?}");
        let message = response.document()["message"].as_str().unwrap().to_owned();
        assert!(message.contains(told), "{message}");
    }
    for (method, path) in [
        ("GET", "serviceConnectors/none"),
        ("PUT", "serviceConnectors/none"),
        ("DELETE", "serviceConnectors/none"),
        ("POST", "serviceConnectors/none/actions/activate"),
        ("GET", "workRequests/none"),
        ("GET", "workRequests/none/errors"),
    ] {
        let response = cloud.call(method, path, &json!({}));
        assert_eq!((response.status, response.code().as_str()), (404, "NotAuthorizedOrNotFound"), "{path}");
    }
    assert!(cloud.cloud.connectors().is_empty());
    let missing = cloud.cloud.ensure_connector("c", "none", "bronze", ConnectorDetails::default());
    assert_eq!(missing.unwrap_err().to_string(), "there is no stream none");
    let missing = cloud.cloud.ensure_connector("c", "ledger", "none", ConnectorDetails::default());
    assert_eq!(missing.unwrap_err().to_string(), "there is no bucket none");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connector_is_created_once_for_a_name_and_for_a_retry_token() {
    let cloud = Cloud::in_memory(1).await;
    let first = cloud.ensure(ConnectorDetails::default());
    assert_eq!(cloud.ensure(ConnectorDetails { rollover_megabytes: 9, ..Default::default() }), first);
    let body = cloud.details().to_string();
    let create = |body: &str| {
        let headers = [("opc-retry-token", "token")];
        cloud.client.call("POST", "/20200909/serviceConnectors", &headers, body.as_bytes())
    };
    let (one, two) = (create(&body), create(&body));
    assert_eq!((one.status, two.status), (202, 202));
    assert_eq!(one.headers["opc-work-request-id"], two.headers["opc-work-request-id"]);
    assert_eq!(cloud.cloud.connectors().len(), 2);
    let other = create(&body.replace("bronze", "lake"));
    assert_eq!((other.status, other.code().as_str()), (409, "InvalidatedRetryToken"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_bucket_stops_its_connector_and_loses_nothing() {
    let cloud = Cloud::in_memory(1).await;
    let id = cloud.ensure(ConnectorDetails::default());
    assert_eq!(cloud.client.call("DELETE", "/n/bronzeworks/b/bronze", &[], b"").status, 204);
    cloud.texts(&["one", "two"]);
    let error = cloud.cloud.flush_connectors().await.unwrap_err().to_string();
    assert!(error.contains("cannot write to the bucket bronze") && error.contains("partition 0"), "{error}");
    cloud.texts(&["three"]);
    let document = cloud.call("GET", &format!("serviceConnectors/{id}"), &Value::Null).document();
    assert_eq!(document["lifecycleState"], "NEEDS_ATTENTION");
    assert!(document["lifecycleDetails"].as_str().unwrap().contains("BucketNotFound"), "{document}");
    let details = json!({ "name": "bronze", "compartmentId": cloud.cloud.tenancy() });
    assert_eq!(cloud.client.json("POST", "/n/bronzeworks/b", &details).status, 200);
    cloud.cloud.flush_connectors().await.unwrap();
    let objects = cloud.objects();
    assert_eq!(objects.iter().flat_map(values).collect::<Vec<_>>(), ["one", "two", "three"]);
    assert_eq!(values(&objects[0]), ["one", "two"], "the window that failed is the one that was tried again");
    assert_eq!(cloud.cloud.connectors()[0].state, "ACTIVE");
    assert!(cloud.partition(0).last_error.is_some(), "what went wrong is not forgotten");
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_hit_by_bucket_object_and_stream() {
    let cloud = Cloud::in_memory(1).await;
    let id = cloud.ensure(ConnectorDetails::default());
    for fault in [Fault::InternalError, Fault::Unavailable { retry_after_seconds: Some(1) }] {
        cloud.cloud.faults().add(Rule::new("WriteBatch", fault).bucket("bronze").first(1));
    }
    cloud.cloud.faults().add(Rule::new("WriteBatch", Fault::InternalError).bucket("lake"));
    cloud.texts(&["one", "two", "three"]);
    cloud.cloud.flush_connectors().await.unwrap();
    assert_eq!(values(&cloud.objects()[0]), ["one", "two", "three"]);
    let rewind = Rule::new("WriteBatch", Fault::Rewind { messages: 2 }).stream("ledger").first(1);
    let forget = Rule::new("WriteBatch", Fault::Forget).object(format!("{id}/0/*")).nth([2]);
    cloud.cloud.faults().set(vec![rewind, forget]);
    cloud.texts(&["four"]);
    cloud.cloud.flush_connectors().await.unwrap();
    cloud.cloud.flush_connectors().await.unwrap();
    let mut batches: Vec<Vec<u64>> = cloud.objects().iter().map(Object::offsets).collect();
    batches.sort();
    assert_eq!(batches, [vec![0, 1, 2], vec![2, 3], vec![2, 3], vec![3]]);
    assert_eq!(cloud.partition(0).position, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inactive_connector_moves_nothing_and_later_continues_where_it_was() {
    let cloud = Cloud::in_memory(1).await;
    let id = cloud.ensure(ConnectorDetails::default());
    cloud.texts(&["one"]);
    cloud.cloud.flush_connectors().await.unwrap();
    let act =
        |action: &str| cloud.call("POST", &format!("serviceConnectors/{id}/actions/{action}"), &json!({}));
    let refused = act("activate");
    assert_eq!((refused.status, refused.code().as_str()), (409, "IncorrectState"));
    assert_eq!(act("deactivate").status, 202);
    cloud.cloud.advance_streaming_clock(Duration::from_secs(1));
    assert_eq!(cloud.cloud.connectors()[0].state, "INACTIVE");
    cloud.texts(&["two"]);
    cloud.cloud.flush_connectors().await.unwrap();
    assert_eq!((cloud.objects().len(), cloud.partition(0).lag), (1, 1));
    assert_eq!(act("activate").status, 202);
    cloud.cloud.flush_connectors().await.unwrap();
    let moved: Vec<String> = cloud.objects().iter().flat_map(values).collect();
    assert_eq!(moved, ["one", "two"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_source_is_read_from_its_cursor_and_a_new_target_continues() {
    let cloud = Cloud::in_memory(1).await;
    let id = cloud.ensure(ConnectorDetails::default());
    let path = format!("serviceConnectors/{id}");
    cloud.texts(&["one", "two"]);
    cloud.cloud.flush_connectors().await.unwrap();
    cloud.texts(&["three"]);
    cloud.until(0, |partition| partition.open.is_some()).await;
    let target =
        json!({ "target": { "kind": "objectStorage", "bucketName": "lake", "objectNamePrefix": "raw/a" } });
    let etag = cloud.call("GET", &path, &Value::Null).headers["etag"].clone();
    assert_eq!(cloud.call("PUT", &path, &target).status, 202);
    assert_ne!(cloud.call("GET", &path, &Value::Null).headers["etag"], etag);
    cloud.cloud.flush_connectors().await.unwrap();
    let lake = objects(&cloud.client, "lake");
    assert_eq!(values(&lake[0]), ["three"], "what was open goes to the new bucket");
    assert!(lake[0].name.starts_with(&format!("raw/a/{id}/0/")), "{}", lake[0].name);
    // The same source with another cursor counts as a different source.
    let source = json!({ "source": { "kind": "streaming", "streamId": cloud.stream, "cursor": { "kind": "LATEST" } } });
    assert_eq!(cloud.call("PUT", &path, &source).status, 202);
    let source = json!({ "source": { "kind": "streaming", "streamId": cloud.stream, "cursor": { "kind": "TRIM_HORIZON" } } });
    assert_eq!(cloud.call("PUT", &path, &source).status, 202);
    cloud.cloud.flush_connectors().await.unwrap();
    let mut all: Vec<Vec<String>> = objects(&cloud.client, "lake").iter().map(values).collect();
    all.sort();
    assert_eq!(all, [vec!["one", "two", "three"], vec!["three"]]);
    assert_eq!(cloud.call("DELETE", &path, &Value::Null).status, 202);
    cloud.texts(&["four"]);
    cloud.cloud.advance_streaming_clock(Duration::from_secs(1));
    let document = cloud.call("GET", &path, &Value::Null).document();
    assert_eq!(document["lifecycleState"], "DELETED");
    assert!(cloud.cloud.connectors().is_empty());
    assert_eq!(cloud.call("PUT", &path, &source).status, 404);
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
async fn a_flush_of_a_connector_without_its_stream_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let options = || Options { state: Some(state.clone()), ..Options::default() };
    let cloud = Emulator::start(options()).await.unwrap();
    let client = Client::api_key(cloud.url(), cloud.folder());
    let id = cloud.ensure_connector("c", "ledger", "bronze", ConnectorDetails::default()).unwrap();
    let stream = cloud.stream("ledger").unwrap().id();
    assert_eq!(client.call("DELETE", &format!("/20180418/streams/{stream}"), &[], b"").status, 202);
    let flush = |client: &Client| {
        let response = client.call("POST", "/_emulator/connectors/flush", &[], b"");
        assert_eq!((response.status, response.code().as_str()), (409, "ConnectorFails"), "{response:?}");
        assert!(response.document()["message"].as_str().unwrap().contains(&id), "{response:?}");
    };
    flush(&client);
    cloud.stop().await;
    let cloud = Emulator::start(options()).await.unwrap();
    flush(&Client::api_key(cloud.url(), cloud.folder()));
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

#[tokio::test(flavor = "multi_thread")]
async fn the_control_api_shows_connectors_and_flushes_them() {
    let cloud = Cloud::in_memory(2).await;
    let id = cloud.ensure(ConnectorDetails::default());
    cloud.texts(&["one"]);
    assert_eq!(cloud.client.call("POST", "/_emulator/connectors/flush", &[], b"").status, 204);
    let shown = cloud.client.call("GET", "/_emulator/connectors", &[], b"").document();
    let objects = cloud.objects();
    let moved: usize = objects[0].partition().parse().unwrap();
    assert_eq!(
        (&shown[0]["id"], &shown[0]["name"], &shown[0]["stream"], &shown[0]["bucket"]),
        (&json!(id), &json!("bronze"), &json!("ledger"), &json!("bronze"))
    );
    assert_eq!(
        shown[0]["partitions"][moved],
        json!({
            "position": 1, "end": 1, "lag": 0, "open": null, "objects": 1, "messages": 1,
            "bytes": objects[0].size, "last_object": objects[0].name, "failures": 0, "last_error": null,
        })
    );
    assert_eq!(shown[0]["partitions"][1 - moved]["objects"], 0);
    cloud.client.call("DELETE", &format!("/n/bronzeworks/b/bronze/o/{}", objects[0].name), &[], b"");
    assert_eq!(cloud.client.call("DELETE", "/n/bronzeworks/b/bronze", &[], b"").status, 204);
    cloud.texts(&["two"]);
    let response = cloud.client.call("POST", "/_emulator/connectors/flush", &[], b"");
    assert_eq!((response.status, response.code().as_str()), (409, "ConnectorFails"), "{response:?}");
    let page = cloud.client.call("GET", "/", &[], b"");
    assert!(String::from_utf8(page.body).unwrap().contains("NEEDS_ATTENTION"));
}
