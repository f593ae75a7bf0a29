//! Tests how processes start, wait and end.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;
mod function_peers;

use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use bytes::Bytes;
use common::Client;
use common::program::Program;
use emulator::{
    ApplicationDefinition, Emulator, Failure, FunctionDefinition, Invocation, InvocationType, Options,
};
use function_peers::{about, call, cloud, id, last, names, peer, pid, state, until};
use serde_json::{Value, json};

/// Starts invocations that wait for each other. When this returns, each of them has a process of its own.
async fn at_once(
    cloud: &Arc<Emulator>,
    count: usize,
    folder: &Path,
) -> Vec<tokio::task::JoinHandle<Result<emulator::InvokeResponse, emulator::InvokeError>>> {
    let go = folder.join("go");
    let _ = std::fs::remove_file(&go);
    let told = json!({ "arrived": folder, "until": go });
    let calls = (0..count)
        .map(|_| {
            let (cloud, told) = (Arc::clone(cloud), told.clone());
            tokio::spawn(async move { call(&cloud, "link", told).await })
        })
        .collect();
    until(|| names(folder).len() == count).await;
    calls
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_invocations_have_a_process_each_and_the_last_idle_one_works_next() {
    let folder = tempfile::tempdir().unwrap();
    let cloud = Arc::new(cloud(vec![peer("link")]).await);
    let calls = at_once(&cloud, 3, folder.path()).await;
    let pids = names(folder.path());
    std::fs::write(folder.path().join("go"), "").unwrap();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(cloud.functions().warm(&id(&cloud, "link")), 3);
    assert!(cloud.functions().recent().iter().all(|call| call.cold && call.kept == Some(true)));
    let first = pid(&about(&cloud, "link").await);
    assert!(pids.contains(&first.to_string()), "{first} of {pids:?}");
    for _ in 0..3 {
        assert_eq!(pid(&about(&cloud, "link").await), first);
        assert!(!last(&cloud).cold);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn above_the_concurrency_limit_invocations_are_rejected_until_one_ends() {
    let folder = tempfile::tempdir().unwrap();
    let functions = vec![ApplicationDefinition::new("books", vec![peer("link")])];
    let options = Options { functions, concurrency_mb: 300, ..Options::default() };
    let cloud = Arc::new(Emulator::start(options).await.unwrap());
    let calls = at_once(&cloud, 2, folder.path()).await;
    let refused = call(&cloud, "link", json!({})).await.unwrap_err();
    assert_eq!((refused.failure, refused.failure.status().as_u16()), (Failure::TooManyRequests, 429));
    assert_eq!((last(&cloud).status, last(&cloud).kept), (429, None));
    let client = Client::api_key(cloud.url(), cloud.folder());
    let target = format!("/20181201/functions/{}/actions/invoke", id(&cloud, "link"));
    assert_eq!(client.call("POST", &target, &[], b"{}").code(), "TooManyRequests");
    std::fs::write(folder.path().join("go"), "").unwrap();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    about(&cloud, "link").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_process_is_frozen_and_thaws_for_the_next_invocation() {
    let cloud = cloud(vec![peer("link")]).await;
    let first = about(&cloud, "link").await;
    for round in 2..4 {
        until(|| state(pid(&first)) == Some('T')).await;
        let next = about(&cloud, "link").await;
        assert_eq!((pid(&next), &next["calls"]), (pid(&first), &json!(round)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_connection_is_closed_and_the_next_invocation_opens_another() {
    let cloud = cloud(vec![peer("link")]).await;
    let first = about(&cloud, "link").await;
    assert_eq!((&first["calls"], &first["connections"]), (&json!(1), &json!(1)));
    // Longer than the second after which the agent closes an idle connection.
    tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
    let second = about(&cloud, "link").await;
    assert_eq!((&second["calls"], &second["connections"]), (&json!(2), &json!(2)));
    assert_eq!(pid(&second), pid(&first));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_stays_idle_is_killed_with_its_children() {
    let cloud = cloud(vec![FunctionDefinition { idle_timeout: 1, ..peer("link") }]).await;
    call(&cloud, "link", json!({ "child": true })).await.unwrap();
    let first = about(&cloud, "link").await;
    let function = id(&cloud, "link");
    until(|| cloud.functions().warm(&function) == 0 && state(pid(&first)).is_none()).await;
    let group = pid(&first).to_string();
    until(|| members(&group).is_empty()).await;
    assert_ne!(pid(&about(&cloud, "link").await), pid(&first));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_died_while_idle_is_not_used() {
    let cloud = cloud(vec![peer("link")]).await;
    let first = pid(&about(&cloud, "link").await);
    let _ = Command::new("kill").args(["-KILL", &first.to_string()]).status().unwrap();
    until(|| state(first).is_none()).await;
    assert_ne!(pid(&about(&cloud, "link").await), first);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_over_its_memory_is_killed_and_the_next_invocation_has_another() {
    let cloud = cloud(vec![peer("link")]).await;
    let first = pid(&about(&cloud, "link").await);
    let error = call(&cloud, "link", json!({ "hog": 400 })).await.unwrap_err();
    assert_eq!((error.failure, last(&cloud).kept), (Failure::Broken, Some(false)));
    let function = id(&cloud, "link");
    until(|| cloud.functions().log(&function).iter().any(|line| line.text.contains("over its memory"))).await;
    assert_ne!(pid(&about(&cloud, "link").await), first);
    let larger = FunctionDefinition { memory: 1024, ..peer("link") };
    let cloud = function_peers::cloud(vec![larger]).await;
    call(&cloud, "link", json!({ "hog": 400 })).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_gives_up_kills_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let cloud = Arc::new(cloud(vec![peer("link")]).await);
    let calls = at_once(&cloud, 1, folder.path()).await;
    let process: i64 = names(folder.path())[0].parse().unwrap();
    for call in calls {
        call.abort();
    }
    until(|| state(process).is_none()).await;
    until(|| cloud.functions().recent().iter().any(|call| call.status == 444)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_disconnects_kills_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let cloud = cloud(vec![peer("link")]).await;
    let client = Client::api_key(cloud.url(), cloud.folder());
    let told = json!({ "arrived": folder.path(), "until": folder.path().join("never") }).to_string();
    let target = format!("/20181201/functions/{}/actions/invoke", id(&cloud, "link"));
    let mut request = client.request("POST", &target, &[], told.as_bytes());
    client.sign(&mut request);
    let headers: String =
        request.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let mut stream = TcpStream::connect(&client.authority).unwrap();
    stream.write_all(format!("POST {target} HTTP/1.1\r\n{headers}\r\n{told}").as_bytes()).unwrap();
    until(|| !names(folder.path()).is_empty()).await;
    let process: i64 = names(folder.path())[0].parse().unwrap();
    drop(stream);
    until(|| state(process).is_none()).await;
    assert_eq!((last(&cloud).status, last(&cloud).kept), (444, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_detached_invocation_returns_before_it_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let cloud = Arc::new(cloud(vec![peer("link")]).await);
    let go = folder.path().join("go");
    let told = json!({ "until": go }).to_string();
    let client = Client::api_key(cloud.url(), cloud.folder());
    let target = format!("/20260325/functions/{}/actions/invoke", id(&cloud, "link"));
    let response = client.call("POST", &target, &[("fn-invoke-type", "detached")], told.as_bytes());
    assert_eq!((response.status, response.body.len()), (202, 0));
    assert!(cloud.functions().recent().is_empty());
    std::fs::write(&go, "").unwrap();
    until(|| !cloud.functions().recent().is_empty()).await;
    let done = last(&cloud);
    assert_eq!(
        (done.status, done.invoke_type, &done.call_id),
        (200, "detached", &response.headers["fn-call-id"])
    );
    let kind = InvocationType::Detached;
    let invocation = Invocation { body: Bytes::from("{}"), kind, ..Invocation::default() };
    let response = cloud.functions().invoke(&id(&cloud, "link"), invocation).await.unwrap();
    until(|| last(&cloud).call_id == response.call_id).await;
    let dry = client.call("POST", &target, &[("is-dry-run", "true")], b"{}");
    assert_eq!((dry.status, cloud.functions().recent().len()), (200, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_process_and_no_folder_is_left_when_the_emulator_stops() {
    let folder = tempfile::tempdir().unwrap();
    let cloud = Arc::new(cloud(vec![peer("link")]).await);
    let resting = about(&cloud, "link").await;
    let calls = at_once(&cloud, 2, folder.path()).await;
    let busy: Vec<i64> = names(folder.path()).iter().map(|name| name.parse().unwrap()).collect();
    let socket = sockets(&resting);
    cloud.functions().recent();
    let functions = Arc::clone(cloud.functions());
    let cloud = {
        // The invocations hold the emulator, too; they end with their processes.
        for call in &calls {
            call.abort();
        }
        for call in calls {
            let _ = call.await;
        }
        Arc::into_inner(cloud).unwrap()
    };
    cloud.stop().await;
    drop(functions);
    for process in busy.into_iter().chain([pid(&resting)]) {
        until(|| state(process).is_none()).await;
    }
    until(|| !socket.exists()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_process_and_no_folder_is_left_when_the_emulator_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let definitions = folder.path().join("functions.json");
    let text = serde_json::to_string(&[ApplicationDefinition::new("books", vec![peer("link")])]).unwrap();
    std::fs::write(&definitions, text).unwrap();
    let state_folder = folder.path().join("state");
    let program = Program::start(&state_folder, &["--functions", definitions.to_str().unwrap()]);
    let status = program.client.call("GET", "/_emulator/functions", &[], b"").document();
    let target =
        format!("/20181201/functions/{}/actions/invoke", status["functions"][0]["id"].as_str().unwrap());
    let about = program.client.call("POST", &target, &[], b"{}").document();
    until(|| state(pid(&about)) == Some('T')).await;
    program.kill();
    until(|| state(pid(&about)).is_none() && !sockets(&about).exists()).await;
    // The deployed functions exist again, with the same OCIDs.
    let program = Program::start(&state_folder, &[]);
    assert_eq!(program.client.call("POST", &target, &[], b"{}").status, 200);
    assert!(program.terminate().success());
}

/// Returns the folder of all sockets.
fn sockets(about: &Value) -> std::path::PathBuf {
    let listener = about["environment"]["FN_LISTENER"].as_str().unwrap().strip_prefix("unix:").unwrap();
    Path::new(listener).ancestors().nth(2).unwrap().to_owned()
}

/// Returns the live processes of a group.
fn members(group: &str) -> Vec<i64> {
    let processes = names(Path::new("/proc")).into_iter().filter_map(|name| name.parse().ok());
    let of_group = |process: &i64| {
        let text = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        let fields: Vec<&str> =
            text.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().collect();
        fields.get(2) == Some(&group) && fields.first() != Some(&"Z")
    };
    processes.filter(of_group).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_must_exist_at_the_start_and_an_invocation_without_it_fails() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("program");
    let function = FunctionDefinition::new("link", [program.to_str().unwrap(), "link"]);
    let functions = vec![ApplicationDefinition::new("books", vec![function.clone()])];
    let refused = Emulator::start(Options { functions, ..Options::default() }).await;
    assert!(refused.unwrap_err().to_string().contains("link"));

    std::fs::write(&program, "#!/bin/sh\n").unwrap();
    let cloud = cloud(vec![function]).await;
    std::fs::remove_file(&program).unwrap();
    let error = call(&cloud, "link", json!({})).await.unwrap_err();
    assert_eq!(error.failure, Failure::ImageNotAvailable);
}
