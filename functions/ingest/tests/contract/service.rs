//! What only the service does: many at once, limits, metrics, its end.

use crate::cloud::Cloud;
use crate::door::{Door, Kind};
use emulator::{Fault, Rule};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::sleep;

async fn service(cloud: &Cloud, settings: &[(&'static str, &str)]) -> Door {
    let settings: Vec<_> = [("KEY", "pointer:/key,none")].iter().chain(settings).copied().collect();
    Door::open(Kind::Service, cloud, 10, &settings).await
}

/// A page's figures by name and labels.
async fn metrics(door: &Door) -> BTreeMap<String, f64> {
    let page = door.get("/metrics").await;
    assert_eq!(page.header("content-type"), Some("text/plain; version=0.0.4"));
    let page = String::from_utf8(page.body.to_vec()).unwrap();
    let lines = page.lines().filter(|line| !line.starts_with('#'));
    let figure = |line: &str| {
        let (name, value) = line.rsplit_once(' ').unwrap();
        (name.to_owned(), value.parse().unwrap())
    };
    lines.map(figure).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_counters_add_up_with_the_answers() {
    let cloud = Cloud::unlimited(4).await;
    // Those that are to wait for longer than that are told so at once, or when it is over.
    let door = Arc::new(Door::open(Kind::Service, &cloud, 3, &[("KEY", "pointer:/key,none")]).await);
    let faults = cloud.emulator.faults();
    faults.add(
        Rule::new("PutMessages", Fault::ThrottleEntries { every: 3, wait_milliseconds: 20_000 }).every(3),
    );
    faults.add(Rule::new("PutMessages", Fault::FailEntries { every: 2 }).every(4));
    faults.add(Rule::new("PutMessages", Fault::ResetAfter).nth([5]));
    let mut producers = JoinSet::new();
    for producer in 0..8 {
        let door = Arc::clone(&door);
        producers.spawn(async move {
            let mut told: BTreeMap<String, u64> = BTreeMap::new();
            for request in 0..6 {
                let mut lines: Vec<String> = (0..20)
                    .map(|number| format!(r#"{{"key":"{producer}-{number}","request":{request}}}"#))
                    .collect();
                lines.push("no record".to_owned());
                let body = if request == 5 { "[1".to_owned() } else { lines.join("\n") };
                let kind = if request == 5 { "application/json" } else { "application/x-ndjson" };
                let answer = door.post(&[("content-type", kind)], body).await;
                *told.entry(format!("ingest_requests_total{{status=\"{}\"}}", answer.status)).or_default() +=
                    1;
                if request < 5 {
                    let document = answer.document();
                    for outcome in ["stored", "refused", "failed", "unknown"] {
                        let count = document["counts"][outcome].as_u64().unwrap();
                        *told.entry(format!("ingest_records_total{{outcome=\"{outcome}\"}}")).or_default() +=
                            count;
                    }
                }
            }
            told
        });
    }
    let mut expected: BTreeMap<String, u64> = BTreeMap::new();
    for (name, count) in producers.join_all().await.into_iter().flatten() {
        *expected.entry(name).or_default() += count;
    }
    // The last answer may be read before its room is given back.
    while metrics(&door).await["ingest_body_bytes"] > 0.0 {
        sleep(Duration::from_millis(5)).await;
    }
    let page = metrics(&door).await;
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
    // Of what is unknown, some is there.
    let stored = page["ingest_records_total{outcome=\"stored\"}"];
    let unknown = page["ingest_records_total{outcome=\"unknown\"}"];
    assert!((stored..=stored + unknown).contains(&(cloud.copies().len() as f64)));
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_of_many_share_puts() {
    let cloud = Cloud::unlimited(4).await;
    let door = Arc::new(service(&cloud, &[]).await);
    // The first put takes a while, so that the others gather behind it.
    cloud.emulator.faults().add(Rule::new("PutMessages", Fault::SlowBody { bytes_per_second: 200 }).first(1));
    let mut producers = JoinSet::new();
    for producer in 0..40 {
        let door = Arc::clone(&door);
        producers.spawn(async move { door.lines(&[format!(r#"{{"key":"{producer}"}}"#)]).await.told() });
    }
    assert!(producers.join_all().await.iter().all(|told| told[..] == ["stored"]));
    assert!(cloud.puts() < 30, "{} puts", cloud.puts());
}

#[tokio::test(flavor = "multi_thread")]
async fn it_finishes_what_it_accepted_and_then_exits() {
    let cloud = Cloud::unlimited(1).await;
    let mut door = service(&cloud, &[]).await;
    assert_eq!(
        (door.get("/healthz").await.status, door.get("/healthz").await.body),
        (200, r#"{"status":"ok"}"#.into())
    );
    cloud
        .emulator
        .faults()
        .add(Rule::new("PutMessages", Fault::ThrottleEntries { every: 1, wait_milliseconds: 1500 }).first(1));
    let lines = [r#"{"key":"1"}"#.to_owned()];
    let post = door.lines(&lines);
    let end = async {
        while cloud.puts() == 0 {
            sleep(Duration::from_millis(5)).await;
        }
        door.program.terminate();
        door.program.line("told to end");
        let health = door.get("/healthz").await;
        let refused = door.lines(&[r#"{"key":"2"}"#.to_owned()]).await;
        (health, refused)
    };
    let (answer, (health, refused)) = tokio::join!(post, end);
    assert_eq!((answer.status, answer.told()), (200, vec!["stored".to_owned()]));
    for answer in [health, refused] {
        assert_eq!((answer.status, answer.document()["code"].as_str()), (503, Some("draining")));
    }
    assert!(door.program.ended().await.success());
    assert_eq!(cloud.copies().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_nothing_to_do_it_exits_at_once_also_with_idle_connections() {
    let cloud = Cloud::unlimited(1).await;
    let mut door = service(&cloud, &[]).await;
    let mut idle = TcpStream::connect(door.address()).await.unwrap();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut first = [0; 12];
    idle.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    door.program.terminate();
    assert!(door.program.ended().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_beyond_the_room_are_told_to_come_again() {
    let cloud = Cloud::unlimited(1).await;
    let door = service(&cloud, &[("MAX_BODY", "1MB"), ("MAX_HELD", "2MB")]).await;
    // Two that never come to an end hold all there is.
    let head =
        "POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000000\r\n\r\n{";
    let mut slow = Vec::new();
    for _ in 0..2 {
        let mut connection = TcpStream::connect(door.address()).await.unwrap();
        connection.write_all(head.as_bytes()).await.unwrap();
        slow.push(connection);
    }
    while metrics(&door).await["ingest_body_bytes"] < 2_000_000.0 {
        sleep(Duration::from_millis(5)).await;
    }
    let answer = door.lines(&[r#"{"key":"1"}"#.to_owned()]).await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some("1")));
    assert_eq!(answer.document()["code"], "no_room");
    assert_eq!(cloud.puts(), 0);
    drop(slow);
    while metrics(&door).await["ingest_requests_open"] > 0.0 {
        sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(door.lines(&[r#"{"key":"1"}"#.to_owned()]).await.told(), ["stored"]);
    let page = metrics(&door).await;
    assert_eq!(page["ingest_requests_total{status=\"429\"}"], 1.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_too_large_is_refused_and_the_client_hears_of_it() {
    let cloud = Cloud::unlimited(1).await;
    let door = service(&cloud, &[("MAX_BODY", "1MB")]).await;
    let answer = door.post(&[("content-type", "application/json")], vec![b'1'; 1_500_000]).await;
    assert_eq!((answer.status, answer.document()["code"].as_str()), (413, Some("body_too_large")));
    // In chunks, of which nobody knows how many will come.
    let mut connection = TcpStream::connect(door.address()).await.unwrap();
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
async fn what_was_not_sent_of_a_client_that_went_away_is_not_sent_later() {
    let cloud = Cloud::unlimited(1).await;
    let door = service(&cloud, &[]).await;
    cloud
        .emulator
        .faults()
        .add(Rule::new("PutMessages", Fault::ThrottleEntries { every: 1, wait_milliseconds: 1000 }).first(1));
    let mut connection = TcpStream::connect(door.address()).await.unwrap();
    let request = "POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{\"key\":\"1\"}";
    connection.write_all(request.as_bytes()).await.unwrap();
    while cloud.puts() == 0 {
        sleep(Duration::from_millis(5)).await;
    }
    drop(connection);
    while metrics(&door).await["ingest_requests_abandoned_total"] < 1.0 {
        sleep(Duration::from_millis(5)).await;
    }
    let page = metrics(&door).await;
    assert_eq!((page["ingest_queue_records"], page["ingest_requests_open"]), (0.0, 0.0));
    assert_eq!(door.lines(&[r#"{"key":"2"}"#.to_owned()]).await.told(), ["stored"]);
    assert_eq!((cloud.puts(), cloud.copies().len()), (2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told_at_the_start() {
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

/// A connection of which nothing is read, on which a request was sent.
async fn deaf(door: &Door, request: &[u8]) -> TcpStream {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut connection = socket.connect(door.address().parse().unwrap()).await.unwrap();
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
async fn an_answer_that_is_not_read_is_held_within_the_room_and_its_client_cut_off() {
    let cloud = Cloud::unlimited(1).await;
    let door = service(&cloud, &[]).await;
    // Far more than sockets hold on the way: each line is refused.
    let connection = deaf(&door, &lines_request(&b"1\n".repeat(45_000), "")).await;
    while metrics(&door).await["ingest_requests_open"] > 0.0
        || metrics(&door).await["ingest_requests_total{status=\"422\"}"] < 1.0
    {
        sleep(Duration::from_millis(5)).await;
    }
    let held = metrics(&door).await["ingest_body_bytes"];
    assert!((1_000_000.0..6_000_000.0).contains(&held), "{held}");
    while metrics(&door).await["ingest_body_bytes"] > 0.0 {
        sleep(Duration::from_millis(50)).await;
    }
    drop(connection);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_records_take_besides_their_bytes_is_held_within_the_room() {
    let cloud = Cloud::unlimited(1).await;
    let door = service(&cloud, &[("MAX_BODY", "1MB"), ("MAX_HELD", "2MB")]).await;
    let many = "1\n".repeat(20_000);
    let kind = [("content-type", "application/x-ndjson")];
    // Alone it is too much for the room, too, and would never get through.
    assert_eq!(door.post(&kind, many.clone()).await.status, 422);
    let mut other = TcpStream::connect(door.address()).await.unwrap();
    other.write_all(&lines_request(&[b' '; 1000], "")[..500]).await.unwrap();
    while metrics(&door).await["ingest_body_bytes"] < 1000.0 {
        sleep(Duration::from_millis(5)).await;
    }
    let answer = door.post(&kind, many).await;
    assert_eq!((answer.status, answer.document()["code"].as_str()), (429, Some("no_room")));
    assert_eq!(door.post(&kind, "1\n".repeat(1000)).await.status, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_gzip_takes_no_more_room_than_it_can_inflate_to() {
    let cloud = Cloud::unlimited(1).await;
    let door = service(&cloud, &[("MAX_BODY", "1MB"), ("MAX_HELD", "2MB")]).await;
    let mut other = TcpStream::connect(door.address()).await.unwrap();
    other.write_all(&lines_request(&[b' '; 1_000_000], "")[..500]).await.unwrap();
    let mut another = TcpStream::connect(door.address()).await.unwrap();
    another.write_all(&lines_request(&[b' '; 900_000], "")[..500]).await.unwrap();
    while metrics(&door).await["ingest_body_bytes"] < 1_900_000.0 {
        sleep(Duration::from_millis(5)).await;
    }
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut gzip, br#"{"key":"1"}"#).unwrap();
    let headers = [("content-type", "application/x-ndjson"), ("content-encoding", "gzip")];
    assert_eq!(door.post(&headers, gzip.finish().unwrap()).await.told(), ["stored"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_says_why_records_are_not_stored() {
    let cloud = Cloud::unlimited(1).await;
    let door = Door::open(Kind::Service, &cloud, 1, &[("KEY", "none")]).await;
    cloud.emulator.faults().add(Rule::new("PutMessages", Fault::InternalError));
    assert_ne!(door.lines(&[r#"{"a":1}"#.to_owned()]).await.status, 200);
    let line = door.program.line("not every record is stored");
    assert!(line.contains("InternalServerError"), "{line}");
}
