//! Tests that everything acknowledged is at its offset, once, after a restart, even if the process dies at any moment.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use common::Client;
use common::program::Program;
use emulator::{Emulator, Options, StreamingOptions};
use serde_json::{Value, json};

const PARTITIONS: usize = 3;

/// The program, and the path of its stream.
struct Process {
    program: Program,
    stream: String,
}

impl Process {
    fn start(state: &Path) -> Self {
        let program = Program::start(state, &["--stream-unlimited", "--stream", "ledger:3"]);
        let stream = format!("/20180418/streams/{}", program.stream("ledger"));
        Self { program, stream }
    }

    /// Returns all messages by partition and offset.
    fn all(&self) -> BTreeMap<(usize, u64), String> {
        let mut all = BTreeMap::new();
        for partition in 0..PARTITIONS {
            let details = json!({ "partition": partition.to_string(), "type": "TRIM_HORIZON" });
            let cursor = self.program.client.json("POST", &format!("{}/cursors", self.stream), &details);
            let mut cursor = cursor.document()["value"].as_str().unwrap().to_owned();
            loop {
                let response = self.program.client.call(
                    "GET",
                    &format!("{}/messages?cursor={cursor}", self.stream),
                    &[],
                    b"",
                );
                let messages = response.document().as_array().unwrap().clone();
                if messages.is_empty() {
                    break;
                }
                for message in &messages {
                    all.insert((partition, message["offset"].as_u64().unwrap()), text(&message["value"]));
                }
                cursor.clone_from(&response.headers["opc-next-cursor"]);
            }
        }
        all
    }
}

fn text(value: &Value) -> String {
    String::from_utf8(BASE64_STANDARD.decode(value.as_str().unwrap()).unwrap()).unwrap()
}

/// Puts a few messages, and returns the positions and values of those that were acknowledged.
fn put(client: &Client, stream: &str, values: &[String]) -> Option<Vec<((usize, u64), String)>> {
    let messages: Vec<Value> =
        values.iter().map(|value| json!({ "value": BASE64_STANDARD.encode(value) })).collect();
    let body = json!({ "messages": messages }).to_string();
    let response = client.send("POST", &format!("{stream}/messages"), &[], body.as_bytes()).ok()?;
    let entries = response.document()["entries"].as_array()?.clone();
    let place = |entry: &Value| Some((entry["partition"].as_str()?.parse().ok()?, entry["offset"].as_u64()?));
    entries.iter().zip(values).map(|(entry, value)| Some((place(entry)?, value.clone()))).collect()
}

#[test]
fn acknowledged_messages_survive_at_their_offsets() {
    let state = tempfile::tempdir().unwrap();
    let state = state.path().join("state");
    let mut acknowledged = BTreeMap::new();
    let mut moments = fastrand::Rng::with_seed(3);
    for round in 0..4 {
        let process = Process::start(&state);
        check(&process, &acknowledged);
        let Process { program, stream } = process;
        let write = |client: &Client, writer: usize, number: usize| {
            let value = |part: usize| format!("{round} {writer} {number} {part} {}", "x".repeat(part * 3000));
            let values: Vec<String> = (0..8).map(value).collect();
            put(client, &stream, &values).unwrap_or_default()
        };
        let written = program.kill_while(3, moments.u64(5..40), write);
        for (place, value) in written {
            assert_eq!(acknowledged.insert(place, value), None, "no offset is given twice");
        }
    }
    // As if the last write had stopped in the middle of a record.
    let logs = find(&state.join("streaming/streams"));
    assert_eq!(logs.len(), PARTITIONS);
    for log in logs {
        OpenOptions::new().append(true).open(log).unwrap().write_all(&[1, 2, 3, 4, 200, 0, 0, 0, 9]).unwrap();
    }
    let process = Process::start(&state);
    check(&process, &acknowledged);
    let more = put(&process.program.client, &process.stream, &["after".to_owned()]).unwrap();
    acknowledged.extend(more);
    check(&process, &acknowledged);
    process.program.kill();
}

/// Returns the log files below a folder.
fn find(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                return find(&path);
            }
            if path.extension().is_some_and(|ending| ending == "log") { vec![path] } else { Vec::new() }
        })
        .collect()
}

/// Checks that every acknowledged message is where it was put, and that every stored message is complete.
fn check(process: &Process, acknowledged: &BTreeMap<(usize, u64), String>) {
    let all = process.all();
    for (place, value) in acknowledged {
        assert_eq!(all.get(place), Some(value), "{place:?}");
    }
    for (place, value) in &all {
        let part: Option<usize> = value.split(' ').nth(3).and_then(|part| part.parse().ok());
        let whole = part.is_none_or(|part| value.ends_with(&format!(" {}", "x".repeat(part * 3000))));
        assert!(whole, "{place:?}");
    }
}

#[test]
fn a_groups_commits_and_a_streams_settings_survive() {
    let state = tempfile::tempdir().unwrap();
    let state = state.path().join("state");
    let process = Process::start(&state);
    let values: Vec<String> = (0..30).map(|number| number.to_string()).collect();
    put(&process.program.client, &process.stream, &values).unwrap();
    let join = |process: &Process| {
        let details = json!({ "type": "TRIM_HORIZON", "groupName": "group", "instanceName": "one" });
        let response =
            process.program.client.json("POST", &format!("{}/groupCursors", process.stream), &details);
        response.document()["value"].as_str().unwrap().to_owned()
    };
    let get = |process: &Process, cursor: &str| {
        let target = format!("{}/messages?cursor={cursor}&limit=10", process.stream);
        let response = process.program.client.call("GET", &target, &[], b"");
        let messages: Vec<String> =
            response.document().as_array().unwrap().iter().map(|message| text(&message["value"])).collect();
        (messages, response.headers["opc-next-cursor"].clone())
    };
    let (first, cursor) = get(&process, &join(&process));
    // The second get commits the messages of the first one; its own messages are not committed.
    let (second, _) = get(&process, &cursor);
    let described = process.program.client.call("GET", &process.stream, &[], b"").document();
    process.program.kill();
    let process = Process::start(&state);
    let mut again = process.program.client.call("GET", &process.stream, &[], b"").document();
    again["messagesEndpoint"] = described["messagesEndpoint"].clone();
    assert_eq!(again, described);
    let mut rest = Vec::new();
    let mut cursor = join(&process);
    loop {
        let (messages, next) = get(&process, &cursor);
        if messages.is_empty() {
            break;
        }
        rest.extend(messages);
        cursor = next;
    }
    assert!(second.iter().all(|value| rest.contains(value)));
    assert!(first.iter().all(|value| !rest.contains(value)));
    assert_eq!(first.len() + rest.len(), 30);
    process.program.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn remains_of_deleted_and_unfinished_streams_are_removed() {
    let folder = tempfile::tempdir().unwrap();
    let options = || Options { state: Some(folder.path().join("state")), ..Options::default() };
    let cloud = Emulator::start(options()).await.unwrap();
    let client = Client::api_key(cloud.url(), cloud.folder());
    let id = cloud.stream("ledger").unwrap().id();
    let target = format!("/20180418/streams/{id}");
    assert_eq!(client.call("DELETE", &target, &[], b"").status, 202);
    let streams = folder.path().join("state/streaming/streams");
    assert!(!streams.join(&id).exists(), "its content goes at once");
    // As if the process had died before it removed the folder, or before the journal contained another stream.
    for left in [&id, "ocid1.stream.never"] {
        std::fs::create_dir_all(streams.join(left).join("0")).unwrap();
    }
    cloud.stop().await;
    let options =
        Options { streaming: StreamingOptions { streams: Vec::new(), ..Default::default() }, ..options() };
    let cloud = Emulator::start(options).await.unwrap();
    assert_eq!(std::fs::read_dir(&streams).unwrap().count(), 0);
    cloud.advance_streaming_clock(Duration::from_secs(1));
    let client = Client::api_key(cloud.url(), cloud.folder());
    let record = client.call("GET", &target, &[], b"").document();
    assert_eq!(record["lifecycleState"], "DELETED", "it is remembered all the same");
}

#[test]
fn a_full_disk_is_reported_in_the_response_and_in_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let program = Program::start_with_small_files(&state, &["--stream", "ledger:1"]);
    let put = |bytes: usize| {
        let messages = json!({ "messages": [{ "value": BASE64_STANDARD.encode("x".repeat(bytes)) }] });
        let target = format!("/20180418/streams/{}/messages", program.stream("ledger"));
        program.client.json("POST", &target, &messages).document()
    };
    let failed = put(200_000);
    assert_eq!((&failed["failures"], &failed["entries"][0]["error"]), (&json!(1), &json!("500")));
    assert_eq!(put(10)["failures"], 0);
    let log = common::text(&state.with_extension("log"));
    assert!(log.contains("\"ERROR\"") && log.contains("cannot store messages: "), "{log}");
}
