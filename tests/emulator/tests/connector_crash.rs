//! Tests that everything in the stream reaches the bucket even if the process dies at any moment, and that data that is written again is
//! the same.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use common::Client;
use common::bronze::objects;
use common::program::Program;
use serde_json::{Value, json};

struct Process(Program);

/// The values of messages by partition and offset.
type Messages = BTreeMap<(String, u64), String>;

impl Process {
    fn start(state: &Path) -> Self {
        Self(Program::start(state, &["--stream-unlimited", "--stream", "ledger:2"]))
    }

    fn create_connector(&self) {
        let details = json!({
            "displayName": "bronze",
            "compartmentId": self.0.tenancy(),
            "source": { "kind": "streaming", "streamId": self.0.stream("ledger"), "cursor": { "kind": "TRIM_HORIZON" } },
            // So short that the process always dies in the middle of something.
            "target": { "kind": "objectStorage", "bucketName": "bronze", "batchRolloverTimeInMs": 3 },
        });
        assert_eq!(self.0.client.json("POST", "/20200909/serviceConnectors", &details).status, 202);
    }

    fn flush(&self) {
        assert_eq!(self.0.client.call("POST", "/_emulator/connectors/flush", &[], b"").status, 204);
    }

    /// Returns the content of the bucket, and the number of lines.
    fn moved(&self) -> (Messages, usize) {
        let (mut moved, mut count) = (Messages::new(), 0);
        for object in objects(&self.0.client, "bronze") {
            let lines = object.lines();
            assert!(!lines.is_empty(), "{} is empty", object.name);
            count += lines.len();
            for line in lines {
                let place = (text(&line["partition"]), line["offset"].as_u64().unwrap());
                assert_eq!(place.0, object.partition());
                let value = BASE64_STANDARD.decode(line["value"].as_str().unwrap()).unwrap();
                let value = String::from_utf8(value).unwrap();
                if let Some(before) = moved.insert(place, value.clone()) {
                    assert_eq!(before, value, "what comes again is the same");
                }
            }
        }
        (moved, count)
    }

    /// Returns the position of every partition, as the emulator reports it.
    fn positions(&self) -> Vec<u64> {
        let shown = self.0.client.call("GET", "/_emulator/connectors", &[], b"").document();
        let partitions = shown[0]["partitions"].as_array().unwrap().clone();
        partitions.iter().map(|partition| partition["position"].as_u64().unwrap()).collect()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Puts a few messages, and returns the positions and values of those that were acknowledged.
fn put(client: &Client, stream: &str, values: &[String]) -> Option<Vec<((String, u64), String)>> {
    let messages: Vec<Value> =
        values.iter().map(|value| json!({ "value": BASE64_STANDARD.encode(value) })).collect();
    let body = json!({ "messages": messages }).to_string();
    let target = format!("/20180418/streams/{stream}/messages");
    let response = client.send("POST", &target, &[], body.as_bytes()).ok()?;
    let entries = response.document()["entries"].as_array()?.clone();
    let place = |entry: &Value| Some((text(&entry["partition"]), entry["offset"].as_u64()?));
    entries.iter().zip(values).map(|(entry, value)| Some((place(entry)?, value.clone()))).collect()
}

#[test]
fn everything_in_the_stream_reaches_the_bucket() {
    let state = tempfile::tempdir().unwrap();
    let state = state.path().join("state");
    let mut acknowledged = Messages::new();
    let mut moments = fastrand::Rng::with_seed(5);
    for round in 0..5 {
        let process = Process::start(&state);
        if round == 0 {
            process.create_connector();
        }
        let before = process.positions();
        let stream = process.0.stream("ledger").to_owned();
        let write = |client: &Client, writer: usize, number: usize| {
            let value = |part: usize| format!("{round} {writer} {number} {part} {}", "x".repeat(part * 500));
            let values: Vec<String> = (0..6).map(value).collect();
            put(client, &stream, &values).unwrap_or_default()
        };
        acknowledged.extend(process.0.kill_while(2, moments.u64(5..40), write));
        // Everything before the stored positions is in the bucket, and positions never go back.
        let process = Process::start(&state);
        let after = process.positions();
        assert!(before.iter().zip(&after).all(|(before, after)| before <= after), "{before:?} {after:?}");
        let (moved, _) = process.moved();
        for (place, value) in &acknowledged {
            if place.1 < after[place.0.parse::<usize>().unwrap()] {
                assert_eq!(moved.get(place), Some(value), "{place:?} of {after:?}");
            }
        }
        process.0.kill();
    }
    let process = Process::start(&state);
    process.flush();
    let (moved, _) = process.moved();
    for (place, value) in &acknowledged {
        assert_eq!(moved.get(place), Some(value), "{place:?}");
    }
    // The offsets have no gap from the first to the last.
    for (partition, position) in process.positions().into_iter().enumerate() {
        let offsets: Vec<u64> =
            moved.keys().filter(|place| place.0 == partition.to_string()).map(|place| place.1).collect();
        assert_eq!(offsets, (0..position).collect::<Vec<u64>>());
    }
    process.0.kill();
}

#[test]
fn a_restart_without_a_kill_writes_nothing_twice() {
    let state = tempfile::tempdir().unwrap();
    let state = state.path().join("state");
    let process = Process::start(&state);
    process.create_connector();
    let values: Vec<String> = (0..50).map(|number| number.to_string()).collect();
    put(&process.0.client, process.0.stream("ledger"), &values).unwrap();
    process.flush();
    process.0.kill();
    let process = Process::start(&state);
    process.flush();
    let (moved, count) = process.moved();
    assert_eq!((moved.len(), count), (50, 50));
    process.0.kill();
}
