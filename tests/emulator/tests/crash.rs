//! The process dies at any moment, and what it acknowledged is there at the next start, whole.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use common::Client;
use emulator::{Emulator, Options, StartError, StateError};
use serde_json::json;

const BRONZE: &str = "/n/bronzeworks/b/bronze";

struct Process {
    child: Child,
    client: Client,
}

impl Process {
    fn start(state: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_emulator"))
            .args(["--listen", "127.0.0.1:0", "--bare", "--state"])
            .arg(state)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut url = None;
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            if let Some(endpoint) = line.trim().strip_prefix("endpoint") {
                url = endpoint.split_whitespace().next().map(str::to_owned);
            }
            if line.starts_with("Ready") {
                break;
            }
        }
        let client = Client::api_key(&url.unwrap(), &state.join("credentials"));
        Self { child, client }
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Bytes that follow from the name, so that whoever finds the object knows whether it is whole.
fn content(name: &str) -> Vec<u8> {
    let seed = name.bytes().fold(17_u64, |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let mut random = fastrand::Rng::with_seed(seed);
    let length = random.usize(1..600_000);
    std::iter::repeat_with(|| random.u8(..)).take(length).collect()
}

/// Puts an object, in one piece or in parts; `Some` when that was acknowledged.
fn write(client: &Client, name: &str, in_parts: bool) -> Option<()> {
    let body = content(name);
    if !in_parts {
        let put = client.send("PUT", &format!("{BRONZE}/o/{name}"), &[], &body).ok()?;
        return (put.status == 200).then_some(());
    }
    let post = |target: &str, body: serde_json::Value| {
        client
            .send("POST", target, &[], body.to_string().as_bytes())
            .ok()
            .filter(|answer| answer.status == 200)
    };
    let upload = post(&format!("{BRONZE}/u"), json!({ "object": name }))?.document();
    let target = format!("{BRONZE}/u/{name}?uploadId={}", upload["uploadId"].as_str()?);
    let mut parts = Vec::new();
    for (number, part) in (1..).zip(body.chunks(100_000)) {
        let answer = client.send("PUT", &format!("{target}&uploadPartNum={number}"), &[], part).ok()?;
        parts.push(json!({ "partNum": number, "etag": answer.headers["etag"] }));
    }
    post(&target, json!({ "partsToCommit": parts })).map(drop)
}

#[test]
fn what_was_acknowledged_survives_and_no_object_is_half_there() {
    let state = tempfile::tempdir().unwrap();
    let state = state.path().join("state");
    let mut acknowledged = BTreeMap::new();
    let mut moments = fastrand::Rng::with_seed(3);
    for round in 0..4 {
        let process = Process::start(&state);
        check(&process.client, &acknowledged);
        let (dead, count) = (AtomicBool::new(false), AtomicU64::new(0));
        let (dead, count, client) = (&dead, &count, &process.client);
        let written: Vec<String> = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..3)
                .map(|writer| {
                    scope.spawn(move || {
                        let mut written = Vec::new();
                        for number in 0.. {
                            if dead.load(Ordering::Relaxed) {
                                break;
                            }
                            let name = format!("{round}-{writer}-{number}");
                            if write(client, &name, writer == 0).is_some() {
                                count.fetch_add(1, Ordering::Relaxed);
                                written.push(name);
                            }
                        }
                        written
                    })
                })
                .collect();
            // The end comes from outside, in the middle of whatever goes on.
            let enough = moments.u64(5..30);
            while count.load(Ordering::Relaxed) < enough {
                std::thread::yield_now();
            }
            Command::new("kill").args(["-9", &process.child.id().to_string()]).status().unwrap();
            dead.store(true, Ordering::Relaxed);
            writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
        });
        acknowledged.extend(written.into_iter().map(|name| (name, ())));
        process.kill();
    }
    let process = Process::start(&state);
    check(&process.client, &acknowledged);
    let blobs = std::fs::read_dir(state.join("object-storage/blobs")).unwrap().count();
    process.kill();
    let process = Process::start(&state);
    assert_eq!(std::fs::read_dir(state.join("object-storage/blobs")).unwrap().count(), blobs);
    check(&process.client, &acknowledged);
    process.kill();
}

/// Every acknowledged object is there, and every object that is there is whole.
fn check(client: &Client, acknowledged: &BTreeMap<String, ()>) {
    let mut listed = Vec::new();
    let mut start = String::new();
    loop {
        let page =
            client.call("GET", &format!("{BRONZE}/o?start={start}&fields=name,size"), &[], b"").document();
        for object in page["objects"].as_array().unwrap() {
            let name = object["name"].as_str().unwrap().to_owned();
            let expected = content(&name);
            assert_eq!(object["size"].as_u64(), Some(expected.len() as u64), "{name}");
            assert!(client.call("GET", &format!("{BRONZE}/o/{name}"), &[], b"").body == expected, "{name}");
            listed.push(name);
        }
        match page["nextStartWith"].as_str() {
            Some(next) => start = next.to_owned(),
            None => break,
        }
    }
    for name in acknowledged.keys() {
        assert!(listed.contains(name), "{name} was acknowledged and is gone");
    }
}

#[test]
fn a_folder_that_is_not_the_emulators_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("precious"), "text").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_emulator"))
        .args(["--listen", "127.0.0.1:0", "--fresh", "--state"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("left alone"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unfinished_line_and_a_blob_that_nobody_names_are_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let options = || Options { state: Some(folder.path().join("state")), ..Options::default() };
    let cloud = Emulator::start(options()).await.unwrap();
    let client = Client::api_key(cloud.url(), cloud.folder());
    assert_eq!(client.call("PUT", &format!("{BRONZE}/o/a"), &[], b"one").status, 200);
    cloud.stop().await;

    let storage = folder.path().join("state/object-storage");
    let mut journal = File::options().append(true).open(storage.join("journal.jsonl")).unwrap();
    journal.write_all(br#"{"remove":{"bucket":"bronze","object":"a","#).unwrap();
    std::fs::write(storage.join("blobs/half"), b"ha").unwrap();

    let cloud = Emulator::start(options()).await.unwrap();
    let client = Client::api_key(cloud.url(), cloud.folder());
    assert_eq!(client.call("GET", &format!("{BRONZE}/o/a"), &[], b"").body, b"one");
    assert_eq!(std::fs::read_dir(storage.join("blobs")).unwrap().count(), 1);
    assert_eq!(client.call("PUT", &format!("{BRONZE}/o/a"), &[], b"two").status, 200);
    assert_eq!(
        std::fs::read_dir(storage.join("blobs")).unwrap().count(),
        1,
        "the old bytes go with the old object"
    );
    let second = Emulator::start(options()).await;
    assert!(matches!(second, Err(StartError::State(StateError::InUse(_)))));
}
