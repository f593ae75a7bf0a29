//! Tests streams on the wire.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use common::{Client, Response};
use emulator::{Emulator, Fault, Options, Rule, StreamSpec, StreamingOptions};
use serde_json::{Value, json};

/// An emulator with one stream, and a client for it.
struct Cloud {
    cloud: Emulator,
    client: Client,
    stream: String,
}

impl Cloud {
    async fn start(partitions: u32, streaming: StreamingOptions) -> Self {
        let streams = vec![StreamSpec { name: "ledger".to_owned(), partitions }];
        let streaming = StreamingOptions { streams, ..streaming };
        let cloud = Emulator::start(Options { streaming, ..Options::default() }).await.unwrap();
        let client = Client::api_key(cloud.url(), cloud.folder());
        let stream = format!("/20180418/streams/{}", cloud.stream("ledger").unwrap().id());
        Self { cloud, client, stream }
    }

    async fn unlimited(partitions: u32) -> Self {
        Self::start(partitions, StreamingOptions::default().unlimited()).await
    }

    fn put(&self, messages: &[(Option<&str>, &str)]) -> Value {
        let response = self.client.json("POST", &format!("{}/messages", self.stream), &details(messages));
        assert_eq!(response.status, 200, "{response:?}");
        response.document()
    }

    fn post(&self, path: &str, body: &Value) -> Response {
        self.client.json("POST", &format!("{}/{path}", self.stream), body)
    }

    fn cursor(&self, details: &Value) -> String {
        let response = self.post("cursors", details);
        assert_eq!(response.status, 201, "{response:?}");
        response.document()["value"].as_str().unwrap().to_owned()
    }

    fn group_cursor(&self, group: &str, instance: &str) -> String {
        let details = json!({ "type": "TRIM_HORIZON", "groupName": group, "instanceName": instance });
        let response = self.post("groupCursors", &details);
        assert_eq!(response.status, 201, "{response:?}");
        response.document()["value"].as_str().unwrap().to_owned()
    }

    fn get(&self, cursor: &str, more: &str) -> Response {
        self.client.call("GET", &format!("{}/messages?cursor={cursor}{more}", self.stream), &[], b"")
    }

    /// Returns the values that a cursor yields, and the next cursor.
    fn values(&self, cursor: &str) -> (Vec<String>, String) {
        let response = self.get(cursor, "");
        assert_eq!(response.status, 200, "{response:?}");
        let text = |message: &Value| {
            let value = BASE64_STANDARD.decode(message["value"].as_str().unwrap()).unwrap();
            String::from_utf8(value).unwrap()
        };
        let values = response.document().as_array().unwrap().iter().map(text).collect();
        (values, response.headers["opc-next-cursor"].clone())
    }
}

fn details(messages: &[(Option<&str>, &str)]) -> Value {
    let message = |(key, value): &(Option<&str>, &str)| json!({ "key": key.map(|key| BASE64_STANDARD.encode(key)), "value": BASE64_STANDARD.encode(value) });
    json!({ "messages": messages.iter().map(message).collect::<Vec<_>>() })
}

fn refused(response: &Response, status: u16, code: &str, message: &str) {
    assert_eq!((response.status, response.code().as_str()), (status, code), "{response:?}");
    let told = response.document()["message"].as_str().unwrap().to_owned();
    assert!(told.contains(message), "{told}");
}

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
    let send = |names: &[&str], body: &str, falsify: &dyn Fn(&mut common::Request)| {
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
async fn over_the_limit_entries_fail_while_those_of_other_partitions_succeed() {
    let streaming = StreamingOptions { write_bytes_per_second: Some(1000), ..StreamingOptions::default() };
    let cloud = Cloud::start(2, streaming).await;
    // Returns a key whose messages go to the given partition.
    let key = |partition: &str| {
        let keys = (0..64).map(|number| format!("k{number}"));
        let mut found =
            keys.filter(|key| cloud.put(&[(Some(key), "")])["entries"][0]["partition"] == partition);
        found.next().unwrap()
    };
    let (full, free) = (key("0"), key("1"));
    cloud.cloud.advance_streaming_clock(Duration::from_secs(10));
    let value = "v".repeat(600);
    let result = cloud.put(&[(Some(&full), &value), (Some(&full), &value), (Some(&free), &value)]);
    assert_eq!(result["failures"], 1);
    let entries = result["entries"].as_array().unwrap();
    assert!(entries[0]["error"].is_null() && entries[2]["error"].is_null(), "{result}");
    assert_eq!((&entries[1]["error"], &entries[1]["offset"]), (&json!("429"), &Value::Null));
    let message = entries[1]["errorMessage"].as_str().unwrap();
    assert!(message.contains("Too Many Requests"), "{message}");
    let wait = message.split("next request can be made in ").nth(1).and_then(|rest| rest.strip_suffix(" ms"));
    let wait: u64 = wait.unwrap().parse().unwrap();
    cloud.cloud.advance_streaming_clock(Duration::from_millis(wait));
    assert_eq!(cloud.put(&[(Some(&full), &value)])["failures"], 0);
    let load = cloud.cloud.stream("ledger").unwrap().load();
    assert_eq!((load[0].throttled_messages, load[1].throttled_messages), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_above_five_per_second_are_rejected_and_a_rule_rejects_whole_requests() {
    let streaming = StreamingOptions { reads_per_second: Some(1), ..StreamingOptions::default() };
    let cloud = Cloud::start(1, streaming).await;
    let cursor = cloud.cursor(&json!({ "partition": "0", "type": "TRIM_HORIZON" }));
    let group = cloud.group_cursor("group", "instance");
    let statuses: Vec<u16> = (0..20).map(|_| cloud.get(&cursor, "").status).collect();
    assert!(statuses.contains(&429) && statuses[0] == 200, "{statuses:?}");
    assert_eq!(cloud.get(&group, "").status, 200, "a group has reads of its own");
    cloud.cloud.advance_streaming_clock(Duration::from_secs(1));
    assert_eq!(cloud.get(&cursor, "").status, 200);
    let rule = |fault| vec![Rule::new("PutMessages", fault).stream("ledger").first(1)];
    cloud.cloud.faults().set(rule(Fault::Throttle { retry_after_seconds: None }));
    let body = details(&[(None, "v")]);
    refused(&cloud.post("messages", &body), 429, "TooManyRequests", "");
    cloud.cloud.faults().set(rule(Fault::FalseNotFound));
    refused(&cloud.post("messages", &body), 404, "NotAuthorizedOrNotFound", "");
    for (fault, stored) in [(Fault::ResetBefore, 0), (Fault::ResetAfter, 1)] {
        cloud.cloud.faults().set(rule(fault));
        let target = format!("{}/messages", cloud.stream);
        cloud.client.send("POST", &target, &[], body.to_string().as_bytes()).unwrap_err();
        assert_eq!(cloud.cloud.stream("ledger").unwrap().bounds(0).unwrap().1, stored);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_control_plane_has_a_limit_if_it_is_set() {
    let streaming = StreamingOptions { control_requests_per_second: Some(1), ..StreamingOptions::default() };
    let cloud = Cloud::start(1, streaming).await;
    let get = || cloud.client.call("GET", &cloud.stream, &[], b"");
    let answers: Vec<Response> = (0..200).map(|_| get()).collect();
    let refusal = answers.iter().find(|response| response.status != 200).unwrap();
    refused(refusal, 429, "TooManyRequests", "next request can be made in");
    assert_eq!(cloud.put(&[(None, "v")])["failures"], 0);
    cloud.cloud.advance_streaming_clock(Duration::from_secs(1));
    assert_eq!(get().status, 200);
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

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_makes_single_messages_fail_and_they_are_not_stored() {
    let cloud = Cloud::unlimited(2).await;
    let values: Vec<String> = (1..=7).map(|number| number.to_string()).collect();
    let messages: Vec<(Option<&str>, &str)> =
        values.iter().map(|value| (Some(value.as_str()), value.as_str())).collect();
    let throttle = Fault::ThrottleEntries { every: 3, wait_milliseconds: 20 };
    for (fault, every, error, message) in [
        (throttle, 3, "429", "next request can be made in 20 ms"),
        (Fault::FailEntries { every: 2 }, 2, "500", "internal server error"),
        (Fault::FailEntries { every: 1 }, 1, "500", "internal server error"),
    ] {
        cloud.cloud.faults().set(vec![Rule::new("PutMessages", fault.clone()).first(1)]);
        let before = stored(&cloud);
        let result = cloud.put(&messages);
        assert_eq!(result["failures"], 7 / every, "{fault:?}");
        let entries = result["entries"].as_array().unwrap();
        assert_eq!(entries.len(), 7);
        for (place, entry) in entries.iter().enumerate() {
            if (place + 1).is_multiple_of(every) {
                assert_eq!(
                    (&entry["error"], &entry["offset"], &entry["partition"]),
                    (&json!(error), &Value::Null, &Value::Null)
                );
                assert!(entry["errorMessage"].as_str().unwrap().contains(message), "{entry}");
            } else {
                assert!(entry["offset"].is_u64() && entry["error"].is_null(), "{entry}");
            }
        }
        assert_eq!(stored(&cloud) - before, (7 - 7 / every) as u64);
        assert_eq!(cloud.put(&messages)["failures"], 0, "the rule is over");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_is_garbage_or_too_short_although_everything_was_done() {
    let cloud = Cloud::unlimited(1).await;
    cloud.cloud.faults().set(vec![Rule::new("PutMessages", Fault::ShortAnswer)]);
    let result = cloud.put(&[(None, "a"), (None, "b")]);
    assert_eq!((&result["failures"], result["entries"].as_array().unwrap().len()), (&json!(0), 1));
    assert_eq!(stored(&cloud), 2);
    cloud.cloud.faults().set(vec![Rule::new("PutMessages", Fault::GarbageAnswer)]);
    let response = cloud.post("messages", &details(&[(None, "c")]));
    assert_eq!((response.status, response.headers["content-type"].as_str()), (200, "application/json"));
    serde_json::from_slice::<Value>(&response.body).unwrap_err();
    assert_eq!(stored(&cloud), 3);
    // Rejections are not changed by this fault.
    refused(&cloud.post("messages", &json!({ "messages": [] })), 400, "InvalidParameter", "empty");
}

/// Returns the number of messages on the stream.
fn stored(cloud: &Cloud) -> u64 {
    cloud.cloud.stream("ledger").unwrap().load().iter().map(|partition| partition.messages_in).sum()
}
