//! Tests that everything acknowledged is complete after a restart, even if the process dies at any moment.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;
use std::process::Command;

use common::Client;
use common::program::Program;
use emulator::{Emulator, Options, StartError, StateError};
use serde_json::json;

const BRONZE: &str = "/n/bronzeworks/b/bronze";

/// Returns bytes that depend only on the name, so that a reader can tell whether the object is complete.
fn content(name: &str) -> Vec<u8> {
    let seed = name.bytes().fold(17_u64, |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let mut random = fastrand::Rng::with_seed(seed);
    let length = random.usize(1..600_000);
    std::iter::repeat_with(|| random.u8(..)).take(length).collect()
}

/// Puts an object, in one piece or in parts. Returns `Some` if it was acknowledged.
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
            .filter(|response| response.status == 200)
    };
    let upload = post(&format!("{BRONZE}/u"), json!({ "object": name }))?.document();
    let target = format!("{BRONZE}/u/{name}?uploadId={}", upload["uploadId"].as_str()?);
    let mut parts = Vec::new();
    for (number, part) in (1..).zip(body.chunks(100_000)) {
        let response = client.send("PUT", &format!("{target}&uploadPartNum={number}"), &[], part).ok()?;
        parts.push(json!({ "partNum": number, "etag": response.headers["etag"] }));
    }
    post(&target, json!({ "partsToCommit": parts })).map(drop)
}

#[test]
fn acknowledged_objects_survive_and_no_object_is_incomplete() {
    let state = tempfile::tempdir().unwrap();
    let state = state.path().join("state");
    let mut acknowledged = BTreeSet::new();
    let mut moments = fastrand::Rng::with_seed(3);
    for round in 0..4 {
        let program = Program::start(&state, &[]);
        check(&program.client, &acknowledged);
        let write = |client: &Client, writer: usize, number: usize| {
            let name = format!("{round}-{writer}-{number}");
            write(client, &name, writer == 0).map(|()| name).into_iter().collect()
        };
        acknowledged.extend(program.kill_while(3, moments.u64(5..30), write));
    }
    let program = Program::start(&state, &[]);
    check(&program.client, &acknowledged);
    let blobs = std::fs::read_dir(state.join("object-storage/blobs")).unwrap().count();
    program.kill();
    let program = Program::start(&state, &[]);
    assert_eq!(std::fs::read_dir(state.join("object-storage/blobs")).unwrap().count(), blobs);
    check(&program.client, &acknowledged);
    program.kill();
}

/// Checks that every acknowledged object exists, and that every existing object is complete.
fn check(client: &Client, acknowledged: &BTreeSet<String>) {
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
    for name in acknowledged {
        assert!(listed.contains(name), "{name} was acknowledged and is gone");
    }
}

#[test]
fn a_folder_that_is_not_a_state_folder_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("precious"), "text").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_emulator"))
        .args(["--listen", "127.0.0.1:0", "--fresh", "--state"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("left unchanged"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unfinished_line_and_an_unnamed_blob_are_dropped() {
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
