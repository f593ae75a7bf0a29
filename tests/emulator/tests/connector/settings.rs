//! How connectors are created, changed and shown.

use std::time::Duration;

use crate::cloud::{Cloud, values};
use crate::common::bronze::objects;
use emulator::ConnectorDetails;
use serde_json::{Value, json};

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
