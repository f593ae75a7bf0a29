//! Requests above the limits, and faults.

use std::time::Duration;

use crate::cloud::{Cloud, details, refused, stored};
use crate::common::Response;
use emulator::{Fault, Rule, StreamingOptions};
use serde_json::{Value, json};

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
