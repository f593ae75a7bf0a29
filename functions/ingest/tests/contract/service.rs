//! Tests what only the service does: many concurrent requests, limits, metrics, shutdown.

use crate::cloud::Cloud;
use crate::entry_point::{EntryPoint, Kind};
use emulator::{Fault, Rule};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::sleep;

async fn service(cloud: &Cloud, settings: &[(&'static str, &str)]) -> EntryPoint {
    let settings: Vec<_> = [("KEY", "pointer:/key,none")].iter().chain(settings).copied().collect();
    EntryPoint::open(Kind::Service, cloud, 10, &settings).await
}

/// Returns the metrics by name and labels.
async fn metrics(entry: &EntryPoint) -> BTreeMap<String, f64> {
    let page = entry.get("/metrics").await;
    assert_eq!(page.header("content-type"), Some("text/plain; version=0.0.4"));
    let page = String::from_utf8(page.body.to_vec()).unwrap();
    let lines = page.lines().filter(|line| !line.starts_with('#'));
    let metric = |line: &str| {
        let (name, value) = line.rsplit_once(' ').unwrap();
        (name.to_owned(), value.parse().unwrap())
    };
    lines.map(metric).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_counters_add_up_with_the_responses() {
    let cloud = Cloud::unlimited(4).await;
    // Records that must wait longer than that fail immediately or when the time is up.
    let entry = Arc::new(EntryPoint::open(Kind::Service, &cloud, 3, &[("KEY", "pointer:/key,none")]).await);
    let faults = cloud.emulator.faults();
    faults.add(
        Rule::new("PutMessages", Fault::ThrottleEntries { every: 3, wait_milliseconds: 20_000 }).every(3),
    );
    faults.add(Rule::new("PutMessages", Fault::FailEntries { every: 2 }).every(4));
    faults.add(Rule::new("PutMessages", Fault::ResetAfter).nth([5]));
    let mut producers = JoinSet::new();
    for producer in 0..8 {
        let entry = Arc::clone(&entry);
        producers.spawn(async move {
            let mut counts: BTreeMap<String, u64> = BTreeMap::new();
            for request in 0..6 {
                let mut lines: Vec<String> = (0..20)
                    .map(|number| format!(r#"{{"key":"{producer}-{number}","request":{request}}}"#))
                    .collect();
                lines.push("not JSON".to_owned());
                let body = if request == 5 { "[1".to_owned() } else { lines.join("\n") };
                let kind = if request == 5 { "application/json" } else { "application/x-ndjson" };
                let response = entry.post(&[("content-type", kind)], body).await;
                *counts
                    .entry(format!("ingest_requests_total{{status=\"{}\"}}", response.status))
                    .or_default() += 1;
                if request < 5 {
                    let document = response.document();
                    for outcome in ["stored", "refused", "failed", "unknown"] {
                        let count = document["counts"][outcome].as_u64().unwrap();
                        *counts
                            .entry(format!("ingest_records_total{{outcome=\"{outcome}\"}}"))
                            .or_default() += count;
                    }
                }
            }
            counts
        });
    }
    let mut expected: BTreeMap<String, u64> = BTreeMap::new();
    for (name, count) in producers.join_all().await.into_iter().flatten() {
        *expected.entry(name).or_default() += count;
    }
    // The last response may be read before its room is returned.
    while metrics(&entry).await["ingest_body_bytes"] > 0.0 {
        sleep(Duration::from_millis(5)).await;
    }
    let page = metrics(&entry).await;
    for (name, count) in &expected {
        assert_eq!(page[name], *count as f64, "{name}");
    }
    let sum = |page: &BTreeMap<String, f64>, prefix: &str| -> f64 {
        page.iter().filter(|(name, _)| name.starts_with(prefix)).map(|(_, value)| value).sum()
    };
    assert_eq!(
        (sum(&page, "ingest_requests_total"), sum(&page, "ingest_records_total")),
        (48.0, 8.0 * 5.0 * 21.0)
    );
    assert_eq!(page["ingest_publish_seconds_count"], 40.0);
    assert_eq!(page["ingest_put_requests_total"], cloud.puts() as f64);
    for gauge in [
        "ingest_requests_open",
        "ingest_queue_records",
        "ingest_queue_bytes",
        "ingest_body_bytes",
        "ingest_put_requests_in_flight",
    ] {
        assert_eq!(page[gauge], 0.0, "{gauge}");
    }
    // Some of the unknown records are on the stream.
    let stored = page["ingest_records_total{outcome=\"stored\"}"];
    let unknown = page["ingest_records_total{outcome=\"unknown\"}"];
    assert!((stored..=stored + unknown).contains(&(cloud.copies().len() as f64)));
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_of_many_producers_share_puts() {
    let cloud = Cloud::unlimited(4).await;
    let entry = Arc::new(service(&cloud, &[]).await);
    // The first request takes a while, so the other records collect behind it.
    cloud.emulator.faults().add(Rule::new("PutMessages", Fault::SlowBody { bytes_per_second: 200 }).first(1));
    let mut producers = JoinSet::new();
    for producer in 0..40 {
        let entry = Arc::clone(&entry);
        producers.spawn(async move { entry.lines(&[format!(r#"{{"key":"{producer}"}}"#)]).await.results() });
    }
    assert!(producers.join_all().await.iter().all(|results| results[..] == ["stored"]));
    // On a busy machine, some arrive only after the first request.
    assert!(cloud.puts() < 40, "{} puts", cloud.puts());
}

#[tokio::test(flavor = "multi_thread")]
async fn it_finishes_what_it_accepted_before_it_exits() {
    let cloud = Cloud::unlimited(1).await;
    let mut entry = service(&cloud, &[]).await;
    assert_eq!(
        (entry.get("/healthz").await.status, entry.get("/healthz").await.body),
        (200, r#"{"status":"ok"}"#.into())
    );
    cloud
        .emulator
        .faults()
        .add(Rule::new("PutMessages", Fault::ThrottleEntries { every: 1, wait_milliseconds: 1500 }).first(1));
    let lines = [r#"{"key":"1"}"#.to_owned()];
    let post = entry.lines(&lines);
    let end = async {
        while cloud.puts() == 0 {
            sleep(Duration::from_millis(5)).await;
        }
        entry.program.terminate();
        entry.program.line("shutting down");
        let health = entry.get("/healthz").await;
        let refused = entry.lines(&[r#"{"key":"2"}"#.to_owned()]).await;
        (health, refused)
    };
    let (response, (health, refused)) = tokio::join!(post, end);
    assert_eq!((response.status, response.results()), (200, vec!["stored".to_owned()]));
    for response in [health, refused] {
        assert_eq!((response.status, response.document()["code"].as_str()), (503, Some("draining")));
    }
    assert!(entry.program.ended().await.success());
    assert_eq!(cloud.copies().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_service_exits_at_once_despite_open_connections() {
    let cloud = Cloud::unlimited(1).await;
    let mut entry = service(&cloud, &[]).await;
    let mut idle = TcpStream::connect(entry.address()).await.unwrap();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut first = [0; 12];
    idle.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    entry.program.terminate();
    assert!(entry.program.ended().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_beyond_the_room_get_429() {
    let cloud = Cloud::unlimited(1).await;
    let entry = service(&cloud, &[("MAX_BODY", "1MB"), ("MAX_HELD", "2MB")]).await;
    // Two requests that never end hold all the room.
    let head =
        "POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000000\r\n\r\n{";
    let mut slow = Vec::new();
    for _ in 0..2 {
        let mut connection = TcpStream::connect(entry.address()).await.unwrap();
        connection.write_all(head.as_bytes()).await.unwrap();
        slow.push(connection);
    }
    while metrics(&entry).await["ingest_body_bytes"] < 2_000_000.0 {
        sleep(Duration::from_millis(5)).await;
    }
    let response = entry.lines(&[r#"{"key":"1"}"#.to_owned()]).await;
    assert_eq!((response.status, response.header("retry-after")), (429, Some("1")));
    assert_eq!(response.document()["code"], "no_room");
    assert_eq!(cloud.puts(), 0);
    drop(slow);
    while metrics(&entry).await["ingest_requests_open"] > 0.0 {
        sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(entry.lines(&[r#"{"key":"1"}"#.to_owned()]).await.results(), ["stored"]);
    let page = metrics(&entry).await;
    assert_eq!(page["ingest_requests_total{status=\"429\"}"], 1.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_too_large_is_rejected_and_the_client_gets_the_response() {
    let cloud = Cloud::unlimited(1).await;
    let entry = service(&cloud, &[("MAX_BODY", "1MB")]).await;
    let response = entry.post(&[("content-type", "application/json")], vec![b'1'; 1_500_000]).await;
    assert_eq!((response.status, response.document()["code"].as_str()), (413, Some("body_too_large")));
    // In chunks, so that the length is unknown in advance.
    let mut connection = TcpStream::connect(entry.address()).await.unwrap();
    let head =
        "POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    connection.write_all(head.as_bytes()).await.unwrap();
    let chunk = [b"10000\r\n".to_vec(), vec![b'1'; 65_536], b"\r\n".to_vec()].concat();
    for _ in 0..17 {
        connection.write_all(&chunk).await.unwrap();
    }
    connection.write_all(b"0\r\n\r\n").await.unwrap();
    let mut first = [0; 12];
    connection.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 413");
}

#[tokio::test(flavor = "multi_thread")]
async fn unsent_records_of_a_client_that_left_are_never_sent() {
    let cloud = Cloud::unlimited(1).await;
    let entry = service(&cloud, &[]).await;
    cloud
        .emulator
        .faults()
        .add(Rule::new("PutMessages", Fault::ThrottleEntries { every: 1, wait_milliseconds: 1000 }).first(1));
    let mut connection = TcpStream::connect(entry.address()).await.unwrap();
    let request = "POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{\"key\":\"1\"}";
    connection.write_all(request.as_bytes()).await.unwrap();
    while cloud.puts() == 0 {
        sleep(Duration::from_millis(5)).await;
    }
    drop(connection);
    while metrics(&entry).await["ingest_requests_abandoned_total"] < 1.0 {
        sleep(Duration::from_millis(5)).await;
    }
    let page = metrics(&entry).await;
    assert_eq!((page["ingest_queue_records"], page["ingest_requests_open"]), (0.0, 0.0));
    assert_eq!(entry.lines(&[r#"{"key":"2"}"#.to_owned()]).await.results(), ["stored"]);
    assert_eq!((cloud.puts(), cloud.copies().len()), (2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn problems_are_reported_at_the_start() {
    let cloud = Cloud::unlimited(1).await;
    let mut program =
        crate::program::Program::start(&["--listen", "nowhere", "--max-held", "1MB"], &cloud.variables());
    assert!(program.line("--listen").contains("expected an IP address and a port"));
    assert_eq!(program.ended().await.code(), Some(2));
    assert!(program.has_ended());
    let taken = service(&cloud, &[]).await;
    let mut variables = cloud.variables();
    variables.push(("KEY", "none".to_owned()));
    let mut program = crate::program::Program::start(&["--listen", taken.address()], &variables);
    assert!(program.line("cannot listen on").contains(taken.address()));
    assert_eq!(program.ended().await.code(), Some(1));
}

/// Sends a request on a connection from which nobody reads.
async fn deaf(entry: &EntryPoint, request: &[u8]) -> TcpStream {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut connection = socket.connect(entry.address().parse().unwrap()).await.unwrap();
    connection.write_all(request).await.unwrap();
    connection
}

fn lines_request(body: &[u8], more: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-ndjson\r\n{more}content-length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_that_nobody_reads_counts_as_held_until_its_client_is_cut_off() {
    let cloud = Cloud::unlimited(1).await;
    let entry = service(&cloud, &[]).await;
    // The response is far larger than the sockets' buffers, because each line is refused.
    let connection = deaf(&entry, &lines_request(&b"1\n".repeat(45_000), "")).await;
    // A status is on the page once there has been a response with it.
    while metrics(&entry).await["ingest_requests_open"] > 0.0
        || !metrics(&entry).await.contains_key("ingest_requests_total{status=\"422\"}")
    {
        sleep(Duration::from_millis(5)).await;
    }
    let held = metrics(&entry).await["ingest_body_bytes"];
    assert!((1_000_000.0..6_000_000.0).contains(&held), "{held}");
    while metrics(&entry).await["ingest_body_bytes"] > 0.0 {
        sleep(Duration::from_millis(50)).await;
    }
    drop(connection);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_overhead_of_records_counts_as_held() {
    let cloud = Cloud::unlimited(1).await;
    let entry = service(&cloud, &[("MAX_BODY", "1MB"), ("MAX_HELD", "2MB")]).await;
    let many = "1\n".repeat(20_000);
    let kind = [("content-type", "application/x-ndjson")];
    // The request is also too large for the room, but passes because it is alone. Otherwise it never could.
    assert_eq!(entry.post(&kind, many.clone()).await.status, 422);
    let mut other = TcpStream::connect(entry.address()).await.unwrap();
    other.write_all(&lines_request(&[b' '; 1000], "")[..500]).await.unwrap();
    while metrics(&entry).await["ingest_body_bytes"] < 1000.0 {
        sleep(Duration::from_millis(5)).await;
    }
    let response = entry.post(&kind, many).await;
    assert_eq!((response.status, response.document()["code"].as_str()), (429, Some("no_room")));
    assert_eq!(entry.post(&kind, "1\n".repeat(1000)).await.status, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_gzip_takes_no_more_room_than_it_can_inflate_to() {
    let cloud = Cloud::unlimited(1).await;
    let entry = service(&cloud, &[("MAX_BODY", "1MB"), ("MAX_HELD", "2MB")]).await;
    let mut other = TcpStream::connect(entry.address()).await.unwrap();
    other.write_all(&lines_request(&[b' '; 1_000_000], "")[..500]).await.unwrap();
    let mut another = TcpStream::connect(entry.address()).await.unwrap();
    another.write_all(&lines_request(&[b' '; 900_000], "")[..500]).await.unwrap();
    while metrics(&entry).await["ingest_body_bytes"] < 1_900_000.0 {
        sleep(Duration::from_millis(5)).await;
    }
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut gzip, br#"{"key":"1"}"#).unwrap();
    let headers = [("content-type", "application/x-ndjson"), ("content-encoding", "gzip")];
    assert_eq!(entry.post(&headers, gzip.finish().unwrap()).await.results(), ["stored"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_says_why_records_are_not_stored() {
    let cloud = Cloud::unlimited(1).await;
    let entry = EntryPoint::open(Kind::Service, &cloud, 1, &[("KEY", "none")]).await;
    cloud.emulator.faults().add(Rule::new("PutMessages", Fault::InternalError));
    assert_ne!(entry.lines(&[r#"{"a":1}"#.to_owned()]).await.status, 200);
    let line = entry.program.line("not all records were stored");
    assert!(line.contains("InternalServerError"), "{line}");
}
