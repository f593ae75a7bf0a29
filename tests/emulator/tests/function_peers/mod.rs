//! Functions that only use Python's standard library, so that the emulator's agent is tested against independent code.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::path::Path;

use bytes::Bytes;
use emulator::{
    ApplicationDefinition, Emulator, FunctionDefinition, Invocation, InvokeError, InvokeResponse, Options,
    RecentInvocation,
};
use serde_json::{Value, json};

/// Returns a function that creates its socket in one of the ways (`mode`) of `peer.py`.
pub(crate) fn peer(mode: &str) -> FunctionDefinition {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/function_peers/peer.py");
    FunctionDefinition::new(mode, ["/usr/bin/env", "python3", "-B", script, mode])
}

/// Starts a cloud with these functions in the application `books`.
pub(crate) async fn cloud(functions: Vec<FunctionDefinition>) -> Emulator {
    let functions = vec![ApplicationDefinition::new("books", functions)];
    Emulator::start(Options { functions, ..Options::default() }).await.unwrap()
}

pub(crate) fn id(cloud: &Emulator, function: &str) -> String {
    cloud.functions().id_of("books", function).unwrap().to_owned()
}

/// Invokes a function with instructions.
pub(crate) async fn call(
    cloud: &Emulator,
    function: &str,
    told: Value,
) -> Result<InvokeResponse, InvokeError> {
    let invocation = Invocation { body: Bytes::from(told.to_string()), ..Invocation::default() };
    cloud.functions().invoke(&id(cloud, function), invocation).await
}

/// Invokes a function and returns what it reports about itself.
pub(crate) async fn about(cloud: &Emulator, function: &str) -> Value {
    let response = call(cloud, function, json!({})).await.unwrap();
    serde_json::from_slice(&response.body).unwrap()
}

pub(crate) fn pid(about: &Value) -> i64 {
    about["pid"].as_i64().unwrap()
}

pub(crate) fn last(cloud: &Emulator) -> RecentInvocation {
    cloud.functions().recent().pop().unwrap()
}

/// Returns the state of a process in the kernel: `T` is stopped; `None` means that it has ended.
pub(crate) fn state(pid: i64) -> Option<char> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    text.rsplit_once(')')?.1.trim_start().chars().next().filter(|&state| state != 'Z')
}

/// Waits until a condition holds. If it never does, the test never ends.
pub(crate) async fn until(mut holds: impl FnMut() -> bool) {
    while !holds() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}
