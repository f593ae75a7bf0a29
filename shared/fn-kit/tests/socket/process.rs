//! Runs the example as a process, as Fn does.

use crate::client::{Client, call, deadline, head};
use serde_json::Value;
use std::io::Read;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;
use tempfile::TempDir;

struct Process {
    folder: TempDir,
    child: Child,
}

/// The output of a process that has ended, and its status.
struct Ended {
    status: ExitStatus,
    out: String,
    lines: Vec<String>,
}

/// Returns the command for the example, which Cargo builds before the tests, into the folder next to theirs.
fn echo() -> Command {
    let target = std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().join("examples/echo");
    assert!(target.exists(), "{} is missing: `cargo test` builds it", target.display());
    let mut command = Command::new(target);
    command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

impl Process {
    fn start(environment: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("lsnr.sock");
        let child = echo()
            .envs(environment.iter().copied())
            .env("FN_LISTENER", format!("unix:{}", socket.display()))
            .env("FN_FORMAT", "http-stream")
            .spawn()
            .unwrap();
        // Waits like the agent: as soon as the name exists, it can connect.
        while std::fs::symlink_metadata(&socket).is_err() {
            std::hint::spin_loop();
        }
        UnixStream::connect(&socket).expect("a socket behind the link from the first moment on");
        Process { folder, child }
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("lsnr.sock")
    }

    async fn connect(&self) -> Client {
        Client::connect(&self.socket()).await
    }

    fn signal(&self, name: &str) {
        assert!(Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap().success());
    }

    fn files(&self) -> usize {
        std::fs::read_dir(self.folder.path()).unwrap().count()
    }

    /// Waits for the process to end and reads its output, which is small enough for a pipe's buffer.
    fn ended(mut self) -> Ended {
        let status = self.child.wait().unwrap();
        let (mut out, mut err) = (String::new(), String::new());
        self.child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        Ended { status, out, lines: err.lines().map(ToOwned::to_owned).collect() }
    }

    fn stopped(self) -> Ended {
        self.signal("-TERM");
        self.ended()
    }
}

impl Ended {
    fn json(&self) -> Vec<Value> {
        self.lines
            .iter()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}")))
            .collect()
    }
}

/// Sends a call and waits until its handler has begun, which is visible from the `100 Continue` for the body.
async fn begin(client: &mut Client, headers: &str, body: &str) {
    client
        .write(head(&format!("{headers}Expect: 100-continue\r\nContent-Length: {}\r\n\r\n", body.len())))
        .await;
    assert_eq!(client.reply().await.unwrap().status, 100);
    client.write(body).await;
}

#[tokio::test]
async fn signals_end_it_and_remove_its_files() {
    for signal in ["-TERM", "-INT"] {
        let process = Process::start(&[]);
        let mut client = process.connect().await;
        assert_eq!(client.call("", b"hello").await.text(), "hello");
        assert_eq!(process.files(), 2);
        process.signal(signal);
        assert_eq!(client.rest().await, b"", "an idle connection is closed");
        let folder = process.folder.path().to_owned();
        let mut process = process;
        assert_eq!(process.child.wait().unwrap().code(), Some(0));
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), 0);
    }
}

#[tokio::test]
async fn a_running_call_is_finished_before_the_end() {
    let process = Process::start(&[]);
    let mut client = process.connect().await;
    begin(&mut client, "", "a while").await;
    process.signal("-TERM");
    while process.files() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(client.reply().await.unwrap().text(), "a while");
    assert_eq!(process.ended().status.code(), Some(0));
}

#[tokio::test]
async fn a_call_that_does_not_end_keeps_the_process_until_its_deadline_or_a_second_signal() {
    let process = Process::start(&[]);
    let mut client = process.connect().await;
    begin(&mut client, &deadline(2), "sleep").await;
    process.signal("-TERM");
    assert_eq!(client.reply().await.unwrap().status, 504);
    assert_eq!(process.ended().status.code(), Some(0));

    let process = Process::start(&[]);
    let mut client = process.connect().await;
    begin(&mut client, &deadline(3600), "sleep").await;
    process.signal("-TERM");
    while process.files() > 0 {
        tokio::task::yield_now().await;
    }
    process.signal("-TERM");
    assert_eq!(process.ended().status.code(), Some(0));
}

#[tokio::test]
async fn every_line_is_json_with_the_id_of_its_call_even_that_of_a_panic() {
    let process = Process::start(&[]);
    let mut client = process.connect().await;
    for (n, body) in ["hello", "fail", "panic", "after"].iter().enumerate() {
        let headers = format!("opc-request-id: /g/{n}\r\nX-Odd: \"\u{7f}\r\n").replace('\u{7f}', "");
        client
            .write(
                String::from_utf8(call(&headers, body.as_bytes()))
                    .unwrap()
                    .replace("01CALL", &format!("call-{n}")),
            )
            .await;
        client.reply().await.unwrap();
    }
    let lines = process.stopped().json();
    let seen: Vec<_> = lines
        .iter()
        .map(|line| {
            let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
            assert!(
                text("timestamp").ends_with('Z')
                    && chrono::DateTime::parse_from_rfc3339(&text("timestamp")).is_ok()
            );
            (text("level"), text("message"), text("call_id"), text("opc_request_id"))
        })
        .collect();
    let line = |level: &str, message: &str, n: usize| {
        (level.to_owned(), message.to_owned(), format!("call-{n}"), format!("/g/{n}"))
    };
    let expected = [
        line("INFO", "echoed", 0),
        line("ERROR", "the call failed", 1),
        line("ERROR", "the function panicked", 2),
        line("INFO", "echoed", 3),
    ];
    assert_eq!(seen, expected);
    assert_eq!((&lines[0]["bytes"], &lines[1]["error"]), (&5.into(), &"asked to fail".into()));
    assert_eq!(lines[2]["panic"], "asked to\npanic");
    assert!(lines[2]["location"].as_str().unwrap().contains("echo.rs:"));
}

#[tokio::test]
async fn an_abandoned_call_is_logged() {
    let process = Process::start(&[]);
    let mut client = process.connect().await;
    begin(&mut client, "", "sleep").await;
    drop(client);
    // The process does not end before it has noticed the closed connection.
    let lines = process.stopped().json();
    assert!(
        lines.iter().any(
            |line| line["call_id"] == "01CALL" && line["message"].as_str().unwrap().contains("abandoned")
        ),
        "{lines:?}"
    );
}

#[tokio::test]
async fn calls_are_framed_if_the_platform_asks_for_it() {
    let process = Process::start(&[("FN_LOGFRAME_NAME", "frame"), ("FN_LOGFRAME_HDR", "Fn-Frame")]);
    let mut client = process.connect().await;
    client.call("Fn-Frame: one\u{9}two\r\n", b"hello").await;
    client.call("", b"hello").await;
    let ended = process.stopped();
    assert_eq!(ended.out, "\nframe=onetwo\n");
    assert_eq!(ended.lines[..2], ["", "frame=onetwo"]);
    assert_eq!(ended.lines.len(), 4, "{:?}", ended.lines);
}

#[tokio::test]
async fn trace_ids_are_generated_if_tracing_is_enabled() {
    let process = Process::start(&[("OCI_TRACING_ENABLED", "1")]);
    let mut client = process.connect().await;
    client.call("", b"hello").await;
    client.call("X-B3-TraceId: 463ac35c9f6413ad\r\nX-B3-SpanId: a2fb4a1d1a96d312\r\n", b"hello").await;
    let lines = process.stopped().json();
    assert_eq!(lines[0]["trace_id"].as_str().unwrap().len(), 16);
    assert_eq!(lines[1]["trace_id"], "463ac35c9f6413ad");
    assert_eq!(lines[1]["span_id"], "a2fb4a1d1a96d312");
}

#[tokio::test]
async fn a_function_needs_few_threads() {
    let process = Process::start(&[]);
    let mut client = process.connect().await;
    for _ in 0..20 {
        client.call("", b"hello").await;
    }
    let threads: usize = client.call("", b"threads").await.text().parse().unwrap();
    assert!(threads < 50, "{threads} threads");
    assert_eq!(std::fs::read_dir(format!("/proc/{}/task", process.child.id())).unwrap().count(), threads);
}

#[tokio::test]
async fn too_many_connections_are_handled_without_spinning() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("lsnr.sock");
    // Leaves room for about ten connections in addition to what a runtime opens.
    let script = format!("ulimit -n 20; exec '{}'", echo().get_program().display());
    let child = Command::new("sh")
        .args(["-c", &script])
        .env("FN_LISTENER", format!("unix:{}", socket.display()))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let process = Process { folder, child };
    while std::fs::symlink_metadata(&socket).is_err() {
        tokio::task::yield_now().await;
    }
    let mut held: Vec<_> = (0..30).map(|_| UnixStream::connect(&socket).unwrap()).collect();
    tokio::time::sleep(Duration::from_millis(300)).await;
    // Queued connections are served as soon as others are closed.
    held.drain(..25);
    let mut client = process.connect().await;
    assert_eq!(client.call("", b"hello").await.text(), "hello");
    drop(held);
    let lines = process.stopped().json();
    let failures =
        lines.iter().filter(|line| line["message"].as_str().unwrap().contains("cannot accept")).count();
    assert!((1..100).contains(&failures), "{failures} lines: {lines:?}");
}

#[test]
fn it_does_not_start_outside_fn_or_with_an_invalid_contract() {
    for (environment, message) in [
        (vec![], "FN_LISTENER is not set"),
        (vec![("FN_LISTENER", "tcp://0.0.0.0"), ("FN_FORMAT", "json")], "'unix:/'; FN_FORMAT is 'json'"),
        (vec![("FN_LISTENER", "unix:/nowhere/at/all.sock")], "No such file or directory"),
    ] {
        let output = echo().envs(environment).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let line: Value = serde_json::from_slice(&output.stderr).unwrap();
        assert!(line["error"].as_str().unwrap().contains(message), "{line}");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
