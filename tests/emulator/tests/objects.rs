//! Tests objects and buckets on the wire.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::sync::Barrier;

use common::Client;
use emulator::{Emulator, Options};
use serde_json::json;

const LAKE: &str = "/n/bronzeworks/b/lake";

async fn cloud() -> (Emulator, Client) {
    let cloud = Emulator::start(Options::default()).await.unwrap();
    let client = Client::api_key(cloud.url(), cloud.folder());
    (cloud, client)
}

#[tokio::test(flavor = "multi_thread")]
async fn of_racing_create_only_puts_exactly_one_wins() {
    let (_cloud, client) = cloud().await;
    // Below and above the size from which bodies are hashed on another thread.
    for size in [10, 400_000] {
        let target = format!("{LAKE}/o/raced-{size}");
        let barrier = Barrier::new(8);
        let put = |racer: u8| {
            barrier.wait();
            client.call("PUT", &target, &[("if-none-match", "*")], &vec![racer; size])
        };
        let put = &put;
        let answers: Vec<_> = std::thread::scope(|scope| {
            let racers: Vec<_> = (0..8).map(|racer| scope.spawn(move || (racer, put(racer)))).collect();
            racers.into_iter().map(|racer| racer.join().unwrap()).collect()
        });
        let (winners, losers): (Vec<_>, Vec<_>) =
            answers.iter().partition(|(_, response)| response.status == 200);
        assert_eq!(winners.len(), 1);
        assert!(
            losers.iter().all(
                |(_, response)| (response.status, response.code().as_str()) == (412, "IfNoneMatchFailed")
            )
        );
        let (winner, response) = winners[0];
        let got = client.call("GET", &target, &[], b"");
        assert_eq!((got.body, &got.headers["etag"]), (vec![*winner; size], &response.headers["etag"]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn conditions_hold_or_nothing_happens() {
    let (_cloud, client) = cloud().await;
    let target = format!("{LAKE}/o/a");
    let put = client.call("PUT", &target, &[], b"one");
    let etag = put.headers["etag"].as_str();
    for (method, headers, status, code) in [
        ("PUT", [("if-none-match", "*")], 412, "IfNoneMatchFailed"),
        ("PUT", [("if-match", "stale")], 412, "IfMatchFailed"),
        ("PUT", [("if-none-match", "something")], 400, "InvalidParameter"),
        ("PUT", [("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==")], 400, "UnmatchedContentMD5"),
        ("PUT", [("opc-content-crc32c", "AAAAAA==")], 400, "UnmatchedContentCRC32C"),
        ("DELETE", [("if-match", "stale")], 412, "IfMatchFailed"),
        ("GET", [("if-match", "stale")], 412, "IfMatchFailed"),
        ("GET", [("range", "bytes=3-")], 416, "InvalidRange"),
    ] {
        let response = client.call(method, &target, &headers, b"two");
        assert_eq!((response.status, response.code().as_str()), (status, code), "{method} {headers:?}");
        assert_eq!(client.call("GET", &target, &[], b"").body, b"one");
    }
    let unchanged = client.call("GET", &target, &[("if-none-match", etag)], b"");
    assert_eq!((unchanged.status, unchanged.body.len()), (304, 0));
    assert_eq!(client.call("PUT", &target, &[("if-match", etag)], b"two").status, 200);
    assert_eq!(client.call("GET", &target, &[], b"").body, b"two");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_and_metadata_come_back_unchanged() {
    let (_cloud, client) = cloud().await;
    let names = ["a/b", "a//b", "a/../b", ".", "..", "a/", "a b+c%25", "\u{fc}/\u{65e5}"];
    for name in names {
        let encoded: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let response =
            client.call("PUT", &format!("{LAKE}/o/{encoded}"), &[("opc-meta-k", "v w")], name.as_bytes());
        assert_eq!(response.status, 200, "{name}");
    }
    let listed = client.call("GET", &format!("{LAKE}/o"), &[], b"").document();
    let mut sorted = names;
    sorted.sort_by_key(|name| name.as_bytes());
    let expected: Vec<_> = sorted.iter().map(|name| json!({ "name": name })).collect();
    assert_eq!(listed, json!({ "objects": expected, "prefixes": [] }));
    for (path, name) in
        [("a/b", "a/b"), ("a//b", "a//b"), ("a/../b", "a/../b"), ("..", ".."), ("a%20b+c%2525", "a b+c%25")]
    {
        let response = client.call("GET", &format!("{LAKE}/o/{path}"), &[], b"");
        assert_eq!(
            (response.body.as_slice(), response.headers["opc-meta-k"].as_str()),
            (name.as_bytes(), "v w")
        );
    }
    let too_long = format!("{LAKE}/o/{}", "x".repeat(1025));
    for target in [too_long.as_str(), "/n/bronzeworks/b/lake/o/a%0Ab", "/n/bronzeworks/b/lake/o/%FF"] {
        assert_eq!(client.call("PUT", target, &[], b"").code(), "InvalidObjectName");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_joins_the_parts_in_order_or_says_what_is_wrong() {
    let (_cloud, client) = cloud().await;
    let created =
        client.json("POST", &format!("{LAKE}/u"), &json!({ "object": "joined", "contentType": "text/x" }));
    let id = created.document()["uploadId"].as_str().unwrap().to_owned();
    let target = format!("{LAKE}/u/joined?uploadId={id}");
    let part = |number: u16, body: &[u8]| {
        let response = client.call("PUT", &format!("{target}&uploadPartNum={number}"), &[], body);
        assert_eq!(response.status, 200);
        json!({ "partNum": number, "etag": response.headers["etag"] })
    };
    let stale = part(7, b"old");
    let (third, first, second) = (part(30, b"three"), part(1, b"one"), part(7, b"two"));
    for (commit, exclude) in [
        (json!([first, third]), json!([])),
        (json!([first, stale, third]), json!([])),
        (json!([first, second, third]), json!([7])),
        (json!([first, second, third, { "partNum": 8, "etag": "x" }]), json!([])),
        (json!([first, first, third]), json!([7])),
        (json!([]), json!([1, 7, 30])),
    ] {
        let body = json!({ "partsToCommit": commit, "partsToExclude": exclude });
        assert_eq!(client.json("POST", &target, &body).code(), "InvalidUploadPart", "{body}");
    }
    let body = json!({ "partsToCommit": [third, first, second] });
    let committed = client.json("POST", &target, &body);
    assert_eq!(committed.status, 200);
    // The checksum is that of md5("one"), md5("two") and md5("three"), one after the other.
    assert!(committed.headers["opc-multipart-md5"].ends_with("==-3"));
    let got = client.call("GET", &format!("{LAKE}/o/joined"), &[], b"");
    assert_eq!(
        (got.body.as_slice(), got.headers["content-type"].as_str()),
        (b"onetwothree".as_slice(), "text/x")
    );
    let range = client.call("GET", &format!("{LAKE}/o/joined"), &[("range", "bytes=2-6")], b"");
    assert_eq!((range.status, range.body.as_slice()), (206, b"etwot".as_slice()));
    assert_eq!(range.headers["content-range"], "bytes 2-6/11");
    assert_eq!(client.json("POST", &target, &body).code(), "NoSuchUpload");
}

#[tokio::test(flavor = "multi_thread")]
async fn old_versions_stay_until_they_are_deleted_themselves() {
    let (cloud, client) = cloud().await;
    let bucket = json!({ "name": "kept", "compartmentId": cloud.tenancy(), "versioning": "Enabled" });
    assert_eq!(client.json("POST", "/n/bronzeworks/b", &bucket).status, 200);
    assert_eq!(client.json("POST", "/n/bronzeworks/b", &bucket).code(), "BucketAlreadyExists");
    let target = "/n/bronzeworks/b/kept/o/a";
    let first = client.call("PUT", target, &[], b"one").headers["version-id"].clone();
    client.call("PUT", target, &[], b"two");
    let deleted = client.call("DELETE", target, &[], b"");
    assert_eq!((deleted.status, deleted.headers["is-delete-marker"].as_str()), (204, "true"));
    assert_eq!(client.call("GET", target, &[], b"").code(), "ObjectNotFound");
    assert_eq!(client.call("GET", &format!("{target}?versionId={first}"), &[], b"").body, b"one");

    let mut page = String::new();
    let mut seen = Vec::new();
    loop {
        let target = format!("/n/bronzeworks/b/kept/objectversions?limit=1&page={page}");
        let target = if page.is_empty() { target.trim_end_matches("&page=") } else { &target };
        let response = client.call("GET", target, &[], b"");
        for item in response.document()["items"].as_array().unwrap() {
            seen.push((
                item["versionId"].as_str().unwrap().to_owned(),
                item["isDeleteMarker"].as_bool().unwrap(),
            ));
        }
        match response.headers.get("opc-next-page") {
            Some(next) => page = next.clone(),
            None => break,
        }
    }
    assert_eq!(seen.iter().map(|(_, marker)| *marker).collect::<Vec<_>>(), [true, false, false]);
    assert_eq!(client.call("DELETE", "/n/bronzeworks/b/kept", &[], b"").code(), "BucketNotEmpty");
    client.call("DELETE", &format!("{target}?versionId={}", seen[0].0), &[], b"");
    assert_eq!(client.call("GET", target, &[], b"").body, b"two");
    for (version, _) in &seen[1..] {
        assert_eq!(client.call("DELETE", &format!("{target}?versionId={version}"), &[], b"").status, 204);
    }
    assert_eq!(client.call("DELETE", "/n/bronzeworks/b/kept", &[], b"").status, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rename_moves_and_a_copy_copies() {
    let (_cloud, client) = cloud().await;
    client.call("PUT", &format!("{LAKE}/o/a"), &[], b"one");
    client.call("PUT", &format!("{LAKE}/o/b"), &[], b"two");
    let rename = |body| client.json("POST", &format!("{LAKE}/actions/renameObject"), &body);
    let taken = rename(json!({ "sourceName": "a", "newName": "b", "newObjIfNoneMatchETag": "*" }));
    assert_eq!(taken.code(), "IfNoneMatchFailed");
    assert_eq!(rename(json!({ "sourceName": "a", "newName": "c" })).status, 200);
    assert_eq!(client.call("GET", &format!("{LAKE}/o/c"), &[], b"").body, b"one");
    assert_eq!(client.call("GET", &format!("{LAKE}/o/a"), &[], b"").status, 404);

    let copy = |name: &str, if_absent: Option<&str>| {
        let body = json!({
            "sourceObjectName": "c", "destinationRegion": "eu-frankfurt-1", "destinationNamespace": "bronzeworks",
            "destinationBucket": "bronze", "destinationObjectName": name,
            "destinationObjectIfNoneMatchETag": if_absent,
        });
        client.json("POST", &format!("{LAKE}/actions/copyObject"), &body)
    };
    let accepted = copy("copied", Some("*"));
    assert_eq!(accepted.status, 202);
    let work = format!("/workRequests/{}", accepted.headers["opc-work-request-id"]);
    let finished = loop {
        let work = client.call("GET", &work, &[], b"").document();
        if !work["timeFinished"].is_null() {
            break work;
        }
    };
    assert_eq!((&finished["status"], &finished["percentComplete"]), (&json!("COMPLETED"), &json!(100.0)));
    assert_eq!(client.call("GET", "/n/bronzeworks/b/bronze/o/copied", &[], b"").body, b"one");
    assert_eq!(copy("copied", Some("*")).code(), "IfNoneMatchFailed");
    assert_eq!(client.call("GET", &format!("{work}/errors"), &[], b"").document(), json!([]));
}
