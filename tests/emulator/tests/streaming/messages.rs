//! What happens to messages, and who else sees them.

use std::collections::BTreeSet;

use crate::cloud::{Cloud, details, refused};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use emulator::StreamingOptions;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn messages_come_back_unchanged() {
    let cloud = Cloud::unlimited(1).await;
    let result = cloud.put(&[(Some("key"), "first"), (None, "second"), (Some(""), "")]);
    assert_eq!(result["failures"], 0);
    for (number, entry) in result["entries"].as_array().unwrap().iter().enumerate() {
        assert_eq!((&entry["partition"], &entry["offset"]), (&json!("0"), &json!(number)));
        assert_eq!((&entry["error"], &entry["errorMessage"]), (&Value::Null, &Value::Null));
        assert!(entry["timestamp"].as_str().unwrap().ends_with('Z'));
    }
    let response = cloud.get(&cloud.cursor(&json!({ "partition": "0", "type": "TRIM_HORIZON" })), "");
    let timestamp = &result["entries"][0]["timestamp"];
    let message = |key: Option<&str>, value: &str, offset: u64| json!({ "stream": "ledger", "partition": "0", "key": key, "value": value, "offset": offset, "timestamp": timestamp });
    let expected =
        json!([message(Some("a2V5"), "Zmlyc3Q=", 0), message(None, "c2Vjb25k", 1), message(Some(""), "", 2)]);
    assert_eq!(response.document(), expected);
    let response = cloud.get(&response.headers["opc-next-cursor"], "");
    assert_eq!(response.document(), json!([]));
    assert!(!response.headers["opc-next-cursor"].is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn put_messages_is_signed_with_its_body_or_without() {
    let cloud = Cloud::unlimited(1).await;
    let (target, body) = (format!("{}/messages", cloud.stream), details(&[(None, "value")]).to_string());
    let short = ["date", "(request-target)", "host"];
    let long = [&short[..], &["content-length", "content-type", "x-content-sha256"]].concat();
    let send = |names: &[&str], body: &str, falsify: &dyn Fn(&mut crate::common::Request)| {
        let mut request = cloud.client.request("POST", &target, &[], body.as_bytes());
        if names.len() == 3 {
            request.headers.retain(|(name, _)| name != "x-content-sha256");
        }
        cloud.client.sign_headers(&mut request, names);
        falsify(&mut request);
        cloud.client.exchange(&request).unwrap().status
    };
    assert_eq!(send(&short, &body, &|_| {}), 200);
    assert_eq!(send(&long, &body, &|_| {}), 200);
    let other = body.replace("dmFsdWU=", "dmFsdWV=");
    assert_eq!(send(&long, &body, &|request| request.body = other.clone().into_bytes()), 401);
    assert_eq!(send(&short, &body, &|request| request.set("host", "elsewhere")), 401);
    // All other requests must sign their body.
    let mut request = cloud.client.request("POST", &format!("{}/cursors", cloud.stream), &[], b"{}");
    cloud.client.sign_headers(&mut request, &short);
    assert_eq!(cloud.client.exchange(&request).unwrap().status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_stays_in_its_partition_and_null_keys_follow_the_seed() {
    let run = async || {
        let cloud = Cloud::unlimited(5).await;
        let keys: Vec<String> = (0..50).map(|number| format!("key-{}", number % 25)).collect();
        let keyed: Vec<(Option<&str>, &str)> = keys.iter().map(|key| (Some(key.as_str()), "v")).collect();
        let partitions = |result: Value| {
            let entries = result["entries"].as_array().unwrap().clone();
            entries
                .into_iter()
                .map(|entry| entry["partition"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        let keyed = partitions(cloud.put(&keyed));
        assert_eq!(keyed[..25], keyed[25..]);
        let null = partitions(cloud.put(&vec![(None, "v"); 100]));
        assert_eq!(null.iter().collect::<BTreeSet<_>>().len(), 5);
        (keyed, null)
    };
    assert_eq!(run().await, run().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_message_rejects_the_whole_request() {
    let cloud = Cloud::unlimited(1).await;
    let good = json!({ "value": "dmFsdWU=" });
    let large = BASE64_STANDARD.encode(vec![7; (1 << 20) + 1]);
    for (messages, code, message) in [
        (json!([good, { "key": "a2V5" }]), "MissingParameter", "value of message 1"),
        (json!([good, { "value": "?" }]), "InvalidParameter", "not base64"),
        (json!([{ "key": BASE64_STANDARD.encode([7; 257]), "value": "" }]), "InvalidParameter", "256 bytes"),
        (json!([{ "value": large }]), "InvalidParameter", "Request size is limited to 1 MiB"),
        (json!([]), "InvalidParameter", "empty"),
        (json!(null), "MissingParameter", "messages"),
        (json!(7), "CannotParseRequest", ""),
    ] {
        refused(&cloud.post("messages", &json!({ "messages": messages })), 400, code, message);
    }
    assert_eq!(cloud.cloud.stream("ledger").unwrap().bounds(0).unwrap(), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn other_services_read_and_watch_streams_in_the_process() {
    let cloud = Cloud::start(1, StreamingOptions { offset_gap: 3, ..StreamingOptions::default() }).await;
    let stream = cloud.cloud.stream("ledger").unwrap();
    let waiting = tokio::spawn({
        let stream = stream.clone();
        async move { stream.wait_for(0, 0).await }
    });
    cloud.put(&[(Some("key"), "value"), (None, "other")]);
    waiting.await.unwrap().unwrap();
    let messages = stream.read(0, 0, 10, 1 << 20).unwrap();
    assert_eq!((messages[0].key.as_deref(), &messages[0].value[..]), (Some(&b"key"[..]), &b"value"[..]));
    assert!(messages.is_sorted_by_key(|message| message.offset));
    assert_eq!(stream.read(0, messages[1].offset, 10, 0).unwrap()[..], messages[1..]);
    let load = stream.load().remove(0);
    assert_eq!((load.messages_in, load.bytes_in, load.end), (2, 13, messages[1].offset + 1));
    assert!(load.messages_in_per_second > 0.0 && load.stored_bytes > 13);
    assert!(stream.read(1, 0, 1, 1).unwrap_err().to_string().contains("no partition 1"));
    let waiting = tokio::spawn({
        let stream = stream.clone();
        async move { stream.wait_for(0, 1000).await }
    });
    assert_eq!(cloud.client.call("DELETE", &cloud.stream, &[], b"").status, 202);
    assert!(waiting.await.unwrap().unwrap_err().to_string().contains("deleted"));
    assert!(cloud.cloud.stream("ledger").is_none());
}
