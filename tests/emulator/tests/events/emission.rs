//! Which changes of objects emit which events.

use crate::cloud::{BRONZE, Cloud, event, kind, only, text};
use crate::function_peers::until;
use emulator::DeliveryState;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_function_is_invoked_with_the_event_as_captured_from_oci() {
    let cloud = Cloud::start("").await;
    let rule = cloud.rule(&json!({ "data": { "resourceName": "in/*.gz" } }));
    cloud.put("out/1.gz");
    let etag = cloud.put("in/a%20b.gz");
    let calls = cloud.calls().await;
    assert_eq!(calls.len(), 1);
    let mut told = event(&calls[0]);
    let bucket = cloud.client.call("GET", BRONZE, &[], b"").document();
    let id = told["eventID"].take();
    assert_eq!(uuid_like(&text(&id)), [8, 4, 4, 4, 12], "{id}");
    let time = text(&told["eventTime"].take());
    assert!(time.len() == 20 && time.ends_with('Z'), "{time}");
    assert_eq!(
        told,
        json!({
            "eventType": "com.oraclecloud.objectstorage.createobject",
            "cloudEventsVersion": "0.1",
            "eventTypeVersion": "2.0",
            "source": "ObjectStorage",
            "eventTime": null,
            "contentType": "application/json",
            "data": {
                "compartmentId": cloud.cloud.tenancy(),
                "compartmentName": "bronzeworks",
                "resourceName": "in/a b.gz",
                "resourceId": "/n/bronzeworks/b/bronze/o/in/a b.gz",
                "availabilityDomain": "FRA-AD-1",
                "additionalDetails": {
                    "bucketName": "bronze",
                    "archivalState": "Available",
                    "namespace": "bronzeworks",
                    "bucketId": bucket["id"],
                    "eTag": etag,
                },
            },
            "eventID": null,
            "extensions": { "compartmentId": cloud.cloud.tenancy() },
        })
    );
    let head: Vec<String> = calls[0]["head"].as_array().unwrap().iter().map(text).collect();
    for line in [
        "Content-Type: application/json",
        "Fn-Intent: cloudevent",
        "Fn-Invoke-Type: sync",
        &format!("Oci-Subject-Id: {rule}"),
        &format!("Oci-Subject-Tenancy-Id: {}", cloud.cloud.tenancy()),
        "Oci-Subject-Type: resource",
    ] {
        assert!(head.iter().any(|found| found == line), "{line} in {head:?}");
    }
    let recent = cloud.cloud.events().recent();
    assert_eq!(recent.iter().map(|event| event.rules.len()).collect::<Vec<_>>(), [0, 1]);
    assert_eq!((&recent[1].etag, &recent[1].id), (&etag, &text(&id)));
    let call = crate::function_peers::last(&cloud.cloud);
    let delivery = only(&recent[1]);
    assert_eq!(
        (delivery.state, delivery.attempts, delivery.status),
        (DeliveryState::Succeeded, 1, Some(200))
    );
    assert_eq!(delivery.call_id.as_ref(), Some(&call.call_id));
    let metrics = cloud.cloud.events().metrics();
    assert_eq!((metrics.published_events, metrics.matched_events), (2, 1));
    assert_eq!((metrics.delivery_succeed_events, metrics.delivery_failed_events), (1, 0));
}

fn uuid_like(id: &str) -> Vec<usize> {
    id.split('-').map(str::len).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_to_create_change_and_delete_an_object_emits_an_event() {
    let cloud = Cloud::start("").await;
    let client = &cloud.client;
    let post = |target: &str, body: Value| {
        let response = client.json("POST", &format!("{BRONZE}/{target}"), &body);
        assert!(response.status < 300, "{response:?}");
        response
    };
    cloud.put("a");
    cloud.put("a");
    let upload = post("u", json!({ "object": "parts" })).document();
    let target = format!("{BRONZE}/u/parts?uploadId={}", upload["uploadId"].as_str().unwrap());
    let part = client.call("PUT", &format!("{target}&uploadPartNum=1"), &[], b"part");
    let commit = json!({ "partsToCommit": [{ "partNum": 1, "etag": part.headers["etag"] }] });
    assert_eq!(client.json("POST", &target, &commit).status, 200);
    post("actions/renameObject", json!({ "sourceName": "a", "newName": "b" }));
    let copy = |from: &str, to: &str| {
        json!({
            "sourceObjectName": from,
            "destinationRegion": "eu-frankfurt-1",
            "destinationNamespace": "bronzeworks",
            "destinationBucket": "bronze",
            "destinationObjectName": to,
        })
    };
    for (number, (from, to)) in [("b", "c"), ("parts", "b")].into_iter().enumerate() {
        post("actions/copyObject", copy(from, to));
        until(|| cloud.cloud.events().recent().len() == 6 + number).await;
    }
    post(
        "actions/batchDeleteObjects",
        json!({ "objects": [{ "objectName": "c" }, { "objectName": "absent" }, { "objectName": "parts" }] }),
    );
    cloud.delete("b");
    // This bucket emits no events.
    assert_eq!(client.call("PUT", "/n/bronzeworks/b/lake/o/x", &[], b"").status, 200);
    cloud.cloud.events().settled().await;
    let recent = cloud.cloud.events().recent();
    assert_eq!(
        recent.iter().map(kind).collect::<Vec<_>>(),
        [
            ("createobject", "a"),
            ("updateobject", "a"),
            ("createobject", "parts"),
            ("createobject", "b"),
            ("deleteobject", "a"),
            ("createobject", "c"),
            ("updateobject", "b"),
            ("deleteobject", "c"),
            ("deleteobject", "parts"),
            ("deleteobject", "b"),
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_emits_events_only_if_set_to_and_versions_have_their_ids() {
    let cloud = Cloud::start("").await;
    cloud.rule(&json!({}));
    let update = |settings: Value| {
        assert_eq!(cloud.client.json("POST", BRONZE, &settings).status, 200);
    };
    update(json!({ "objectEventsEnabled": false }));
    cloud.put("silent");
    update(json!({ "objectEventsEnabled": true, "versioning": "Enabled" }));
    cloud.put("a");
    let newest = cloud.client.call("HEAD", &format!("{BRONZE}/o/a"), &[], b"").headers["version-id"].clone();
    cloud.delete("a");
    let target = format!("{BRONZE}/o/a?versionId={newest}");
    assert_eq!(cloud.client.call("DELETE", &target, &[], b"").status, 204);
    let told: Vec<(String, Value)> = cloud
        .calls()
        .await
        .iter()
        .map(event)
        .map(|event| (text(&event["eventType"]), event["data"]["additionalDetails"]["versionId"].clone()))
        .collect();
    let kinds = ["createobject", "deleteobject", "deleteobject"];
    let expected = kinds.map(|kind| (format!("com.oraclecloud.objectstorage.{kind}"), json!(newest)));
    assert_eq!(told, expected);
}
