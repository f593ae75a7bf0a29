//! Tests how the program starts, and when it refuses to.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use common::program::Program;
use common::text;
use emulator::{Emulator, Options};

/// Returns the command of the program on free ports, to which arguments can be added.
fn program(state: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_emulator"));
    command.args(["--listen", "127.0.0.1:0", "--bare", "--state"]).arg(state);
    command
}

/// Returns the error message of a program that cannot start.
fn refused(state: &Path, arguments: &[&str]) -> String {
    let Output { status, stderr, .. } = program(state).args(arguments).output().unwrap();
    assert!(!status.success());
    String::from_utf8(stderr).unwrap()
}

#[test]
fn a_stream_with_more_partitions_than_the_limit_is_rejected_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    for stream in ["ledger:201", "ledger:4294967295"] {
        let told = refused(&state, &["--stream", stream]);
        assert!(told.contains("stream ledger") && told.contains("limit of 200"), "{told}");
    }
    let told = refused(&state, &["--stream", "one:150", "--stream", "two:51"]);
    assert!(told.contains("stream two") && told.contains("limit of 200"), "{told}");
    // Existing streams are kept.
    let program = Program::start(&state, &["--stream", "one:150", "--stream-partitions", "150"]);
    program.terminate();
    Program::start(&state, &["--stream", "one:150", "--stream-partitions", "10"]).terminate();
}

#[test]
fn a_long_start_ends_when_asked_to() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let log = folder.path().join("log");
    // Without the limit, the program would create folders for days.
    let mut child = program(&state)
        .args(["--stream", "ledger:4294967295", "--stream-partitions", "0"])
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    while !state.join("streaming/streams").exists() {
        assert!(child.try_wait().unwrap().is_none(), "{}", text(&log));
        std::thread::sleep(Duration::from_millis(5));
    }
    Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(child.wait().unwrap().success());
}

#[test]
fn all_invalid_names_are_reported_together() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--namespace", "a b", "--region", "", "--bucket", "a/b", "--event-concurrency", "0"];
    let streams = ["--stream", "ledger:1", "--stream", "ledger:2"];
    let told = refused(&folder.path().join("state"), &[&arguments[..], &streams].concat());
    for part in
        ["namespace \"a b\"", "region \"\"", "\"a/b\"", "stream ledger", "concurrent event deliveries"]
    {
        assert!(told.contains(part), "{told}");
    }
    assert!(!folder.path().join("state").exists(), "nothing is made");
}

#[test]
fn memory_that_fits_no_function_is_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let told = refused(&state, &["--concurrency-mb", "0"]);
    assert!(told.contains("--concurrency-mb") && told.contains("128"), "{told}");
    let mut pipeline = Command::new(env!("CARGO_BIN_EXE_emulator"));
    pipeline.args(["--listen", "127.0.0.1:0", "--concurrency-mb", "128", "--state"]).arg(&state);
    let told = String::from_utf8(pipeline.output().unwrap().stderr).unwrap();
    assert!(told.contains("128 MB in total, but curate alone needs 512 MB"), "{told}");
    assert!(!state.exists());
}

#[test]
fn a_temporary_folder_with_a_long_path_is_an_error_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let long = folder.path().join("x".repeat(100));
    std::fs::create_dir(&long).unwrap();
    let functions = folder.path().join("functions.json");
    let definition = r#"[{"name":"a","functions":[{"name":"f","command":["/bin/true"]}]}]"#;
    std::fs::write(&functions, definition).unwrap();
    let state = folder.path().join("state");
    let mut command = program(&state);
    command.arg("--functions").arg(&functions).env("TMPDIR", &long);
    let told = String::from_utf8(command.output().unwrap().stderr).unwrap();
    assert!(told.contains("more than 107; set TMPDIR to a folder with a path shorter than"), "{told}");
    assert!(!state.exists());
}

#[test]
fn an_offset_gap_is_at_most_a_million() {
    let folder = tempfile::tempdir().unwrap();
    let told = refused(&folder.path().join("state"), &["--stream-offset-gap", "18446744073709551615"]);
    assert!(told.contains("--stream-offset-gap") && told.contains("1000000"), "{told}");
}

#[test]
fn an_existing_stream_keeps_its_partitions_and_the_warning_names_both_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    Program::start(&state, &["--stream", "ledger:3"]).terminate();
    Program::start(&state, &["--stream", "ledger:5"]).terminate();
    let told = text(&state.with_extension("log"));
    let warning = "the stream ledger keeps its 3 partitions; it cannot be changed to 5";
    assert!(told.contains("WARN") && told.contains(warning), "{told}");
    Program::start(&state, &["--stream", "ledger:3"]).terminate();
    assert!(!text(&state.with_extension("log")).contains("WARN"));
}

#[test]
fn the_limit_of_open_files_is_raised_to_the_maximum() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let mut child = Command::new("sh")
        .args(["-c", "ulimit -S -n 64 && exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_emulator")])
        .args(["--listen", "127.0.0.1:0", "--bare", "--state"])
        .arg(&state)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // The greeting begins once the program has started.
    child.stdout.take().unwrap().read_exact(&mut [0]).unwrap();
    let limits = text(Path::new(&format!("/proc/{}/limits", child.id())));
    child.kill().unwrap();
    child.wait().unwrap();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
    let words: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(words[0], words[1], "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unused_connection_is_closed_and_a_busy_one_is_not() {
    let head_timeout = Duration::from_millis(300);
    let cloud = Emulator::start(Options { head_timeout, ..Options::default() }).await.unwrap();
    let connect = || TcpStream::connect(cloud.url().strip_prefix("http://").unwrap()).unwrap();
    let (mut unused, mut slow) = (connect(), connect());
    slow.write_all(b"PUT /_emulator/faults HTTP/1.1\r\nhost: here\r\ncontent-length: 2\r\n\r\n[").unwrap();
    tokio::time::sleep(2 * head_timeout).await;
    slow.write_all(b"]").unwrap();
    let mut response = String::new();
    // The connection is kept for a second request, which never comes.
    slow.read_to_string(&mut response).unwrap();
    assert!(response.starts_with("HTTP/1.1 204"), "{response}");
    assert_eq!(unused.read(&mut [0; 100]).unwrap(), 0);
}

#[test]
fn a_file_with_a_rule_that_can_never_fire_is_a_configuration_error() {
    let folder = tempfile::tempdir().unwrap();
    let faults = folder.path().join("faults.json");
    std::fs::write(&faults, r#"[{"operation":"GetNamespace","fault":"lose"}]"#).unwrap();
    let state = folder.path().join("state");
    let Output { status, stderr, .. } = program(&state).arg("--faults").arg(&faults).output().unwrap();
    let told = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(2), "{told}");
    assert!(
        told.starts_with("error: cannot use ")
            && told.contains("\n  the fault lose can never hit GetNamespace"),
        "{told}"
    );
    assert!(!state.exists());
}

#[test]
fn a_port_in_use_is_a_failure_with_a_hint() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_emulator"));
    command.args(["--bare", "--in-memory", "--listen", &address]).current_dir(folder.path());
    let Output { status, stderr, .. } = command.output().unwrap();
    let told = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(1), "{told}");
    assert!(told.contains(&format!("error: cannot listen on {address}\n  ")), "{told}");
    assert!(told.contains("\nhint: use other ports: --listen "), "{told}");
}

#[test]
fn the_greeting_is_short_and_says_what_to_try_and_the_end_says_where_the_state_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut child =
        program(&folder.path().join("state")).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut greeting: Vec<String> = Vec::new();
    for line in lines.by_ref() {
        greeting.push(line);
        if greeting.last().unwrap().starts_with("Ready") {
            break;
        }
    }
    Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    child.wait().unwrap();
    let end = lines.collect::<Vec<_>>();
    assert!(end.iter().any(|line| line.starts_with("Stopped. The state is in /")), "{end:#?}");
    assert!(greeting.len() <= 17, "{greeting:#?}");
    for variable in ["OCI_CLI_CONFIG_FILE=/", "OCI_OBJECT_STORAGE_ENDPOINT=http://"] {
        assert!(greeting.iter().any(|line| line.contains(variable)), "{greeting:#?}");
    }
    assert!(greeting.iter().any(|line| line.contains("oci os object list")), "{greeting:#?}");
}

#[test]
fn the_log_is_json_lines_when_stderr_is_not_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    Program::start(&state, &["--stream", "ledger:3"]).terminate();
    Program::start(&state, &["--stream", "ledger:5"]).terminate();
    let line: serde_json::Value = serde_json::from_str(text(&state.with_extension("log")).trim()).unwrap();
    assert_eq!(line["level"], "WARN");
    assert!(line["message"].as_str().unwrap().contains("the stream ledger keeps its 3 partitions"), "{line}");
    Program::start(&state, &["--stream", "ledger:5", "--log-format", "text"]).terminate();
    assert!(text(&state.with_extension("log")).contains(" WARN the stream ledger keeps its 3 partitions"));
}
