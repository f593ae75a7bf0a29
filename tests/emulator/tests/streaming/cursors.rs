//! Where reading starts, ends and continues.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::cloud::{Cloud, refused};
use emulator::StreamingOptions;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn cursors_of_every_type_start_where_they_should() {
    let cloud = Cloud::unlimited(1).await;
    cloud.put(&[(None, "a"), (None, "b")]);
    cloud.cloud.advance_streaming_clock(Duration::from_secs(3600));
    let third = cloud.put(&[(None, "c")])["entries"][0]["timestamp"].as_str().unwrap().to_owned();
    for (details, expected) in [
        (json!({ "type": "TRIM_HORIZON" }), vec!["a", "b", "c"]),
        (json!({ "type": "LATEST" }), vec![]),
        (json!({ "type": "AT_OFFSET", "offset": 1 }), vec!["b", "c"]),
        (json!({ "type": "AFTER_OFFSET", "offset": 1 }), vec!["c"]),
        (json!({ "type": "AFTER_OFFSET", "offset": 2 }), vec![]),
        (json!({ "type": "AT_TIME", "time": third }), vec!["c"]),
        (json!({ "type": "AT_TIME", "time": third.replace('Z', "+00:00") }), vec!["c"]),
        (json!({ "type": "AT_TIME", "time": "2020-01-01T00:00:00Z" }), vec!["a", "b", "c"]),
        (json!({ "type": "AT_TIME", "time": "2999-01-01T00:00:00Z" }), vec![]),
    ] {
        let mut whole = details.clone();
        whole["partition"] = json!("0");
        let cursor = cloud.cursor(&whole);
        assert_eq!(cloud.values(&cursor).0, expected, "{details}");
    }
    let latest = cloud.cursor(&json!({ "partition": "0", "type": "LATEST" }));
    cloud.put(&[(None, "d")]);
    assert_eq!(cloud.values(&latest).0, ["d"]);
    for (details, code) in [
        (json!({ "partition": "1", "type": "LATEST" }), "InvalidParameter"),
        (json!({ "partition": "x", "type": "LATEST" }), "InvalidParameter"),
        (json!({ "type": "LATEST" }), "MissingParameter"),
        (json!({ "partition": "0" }), "MissingParameter"),
        (json!({ "partition": "0", "type": "FIRST" }), "InvalidParameter"),
        (json!({ "partition": "0", "type": "AT_OFFSET" }), "MissingParameter"),
        (json!({ "partition": "0", "type": "AT_OFFSET", "offset": 4 }), "InvalidParameter"),
        (json!({ "partition": "0", "type": "AFTER_OFFSET", "offset": -1 }), "InvalidParameter"),
        (json!({ "partition": "0", "type": "AT_TIME" }), "MissingParameter"),
        (json!({ "partition": "0", "type": "AT_TIME", "time": "yesterday" }), "InvalidParameter"),
    ] {
        refused(&cloud.post("cursors", &details), 400, code, "");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_expires_after_five_minutes_and_works_for_its_stream_only() {
    let cloud = Cloud::unlimited(1).await;
    let cursor = cloud.cursor(&json!({ "partition": "0", "type": "TRIM_HORIZON" }));
    cloud.cloud.advance_streaming_clock(Duration::from_secs(299));
    let (_, next) = cloud.values(&cursor);
    cloud.cloud.advance_streaming_clock(Duration::from_secs(2));
    refused(&cloud.get(&cursor, ""), 400, "InvalidParameter", "expired");
    assert_eq!(cloud.values(&next).0.len(), 0);
    refused(&cloud.get("cursor", ""), 400, "InvalidParameter", "cursor");
    refused(&cloud.get("", ""), 400, "InvalidParameter", "cursor");
    refused(
        &cloud.post(&format!("commit?cursor={next}"), &json!({})),
        400,
        "InvalidParameter",
        "consumer group",
    );
    for limit in ["0", "10001", "x"] {
        refused(&cloud.get(&next, &format!("&limit={limit}")), 400, "InvalidParameter", "limit");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_ends_at_the_message_limit_or_the_byte_limit() {
    let streaming = StreamingOptions { batch_bytes: 1000, ..StreamingOptions::default().unlimited() };
    let cloud = Cloud::start(1, streaming).await;
    let value = "v".repeat(300);
    cloud.put(&[(None, value.as_str()); 8]);
    let mut cursor = cloud.cursor(&json!({ "partition": "0", "type": "TRIM_HORIZON" }));
    for (more, expected) in [("&limit=1", 1), ("&limit=10000", 3), ("", 3), ("&limit=5", 1), ("", 0)] {
        let response = cloud.get(&cursor, more);
        assert_eq!(response.document().as_array().unwrap().len(), expected, "{more}");
        cursor.clone_from(&response.headers["opc-next-cursor"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_messages_are_gone_and_a_cursor_to_them_is_rejected() {
    let hours = |hours: u64| Duration::from_secs(hours * 3600);
    let streaming =
        StreamingOptions { cursor_lifetime: hours(48), ..StreamingOptions::default().unlimited() };
    let cloud = Cloud::start(1, streaming).await;
    cloud.put(&[(None, "old")]);
    cloud.cloud.advance_streaming_clock(hours(23));
    cloud.put(&[(None, "new")]);
    let first = json!({ "partition": "0", "type": "AT_OFFSET", "offset": 0 });
    let (cursor, group) = (cloud.cursor(&first), cloud.group_cursor("group", "instance"));
    cloud.cloud.advance_streaming_clock(hours(2));
    refused(&cloud.get(&cursor, ""), 400, "InvalidParameter", "The cursor is outside the retention period");
    refused(&cloud.post("cursors", &first), 400, "InvalidParameter", "outside the retention period");
    assert_eq!(cloud.values(&cloud.cursor(&json!({ "partition": "0", "type": "TRIM_HORIZON" }))).0, ["new"]);
    assert_eq!(cloud.values(&group).0, ["new"], "a group goes on with what is left");
    assert_eq!(cloud.cloud.stream("ledger").unwrap().bounds(0).unwrap(), (1, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_shares_partitions_and_continues_where_a_silent_member_stopped() {
    let cloud = Cloud::unlimited(2).await;
    let keys: Vec<String> = (0..40).map(|number| number.to_string()).collect();
    let messages: Vec<(Option<&str>, &str)> =
        keys.iter().map(|key| (Some(key.as_str()), key.as_str())).collect();
    cloud.put(&messages);
    let one = cloud.group_cursor("group", "one");
    let two = cloud.group_cursor("group", "two");
    let (first, one) = cloud.values(&one);
    let (second, two) = cloud.values(&two);
    let all: BTreeSet<String> = first.iter().chain(&second).cloned().collect();
    assert_eq!((first.len() + second.len(), all.len()), (40, 40));
    assert!(!first.is_empty() && !second.is_empty());
    let group = || cloud.client.call("GET", &format!("{}/groups/group", cloud.stream), &[], b"").document();
    let owners: Vec<Value> =
        (0..2).map(|number| group()["reservations"][number]["reservedInstance"].clone()).collect();
    assert_eq!(owners, [json!("one"), json!("two")]);
    assert_eq!(group()["reservations"][0]["committedOffset"], Value::Null);
    let seen = cloud.cloud.stream("ledger").unwrap().groups().remove(0);
    assert_eq!((seen.0.as_str(), seen.1[1].instance.as_deref()), ("group", Some("two")));
    // Instance `one` continues to read, which commits; `two` is never heard of again.
    let (_, one) = cloud.values(&one);
    assert_eq!(group()["reservations"][0]["committedOffset"], json!(first.len() - 1));
    cloud.cloud.advance_streaming_clock(Duration::from_secs(29));
    let (_, one) = cloud.values(&one);
    cloud.cloud.advance_streaming_clock(Duration::from_secs(2));
    let (again, one) = cloud.values(&one);
    assert_eq!(again, second, "what two read and did not commit is read again");
    refused(
        &cloud.post(&format!("heartbeat?cursor={two}"), &json!({})),
        400,
        "InvalidParameter",
        "timed out",
    );
    refused(
        &cloud.post(&format!("commit?cursor={two}"), &json!({})),
        400,
        "InvalidParameter",
        "Trying to commit unreserved partition",
    );
    let committed = cloud.post(&format!("commit?cursor={one}"), &json!({}));
    assert_eq!(committed.status, 200);
    assert_eq!(group()["reservations"][1]["committedOffset"], json!(second.len() - 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_can_be_moved_and_disappears_when_nobody_uses_it() {
    let cloud = Cloud::unlimited(1).await;
    cloud.put(&[(None, "a"), (None, "b")]);
    let (values, cursor) = cloud.values(&cloud.group_cursor("group", "one"));
    assert_eq!(values, ["a", "b"]);
    let target = format!("{}/groups/group", cloud.stream);
    let mut request = cloud.client.request("PUT", &target, &[], br#"{"type":"TRIM_HORIZON"}"#);
    let names = ["date", "(request-target)", "host", "content-length", "content-type", "x-content-sha256"];
    cloud.client.sign_headers(&mut request, &names);
    assert_eq!(cloud.client.exchange(&request).unwrap().status, 204);
    assert_eq!(cloud.values(&cursor).0, ["a", "b"]);
    cloud.cloud.advance_streaming_clock(Duration::from_secs(25 * 3600));
    refused(&cloud.client.call("GET", &target, &[], b""), 404, "NotFound", "group");
    for number in 0..50 {
        cloud.group_cursor(&format!("g{number}"), "one");
    }
    let more = json!({ "type": "LATEST", "groupName": "g50", "instanceName": "one" });
    refused(&cloud.post("groupCursors", &more), 400, "LimitExceeded", "50");
}
