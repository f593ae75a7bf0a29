//! Connectors whose bucket or stream is missing or fails.

use crate::cloud::{Cloud, values};
use crate::common::Client;
use crate::common::bronze::Object;
use emulator::{ConnectorDetails, Emulator, Fault, Options, Rule};
use serde_json::{Value, json};

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
