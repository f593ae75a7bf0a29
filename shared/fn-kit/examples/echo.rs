//! A function that returns its input, or fails on request. The tests run it as a separate process.
//!
//! ```text
//! FN_LISTENER=unix:/tmp/iofs/lsnr.sock cargo run -p fn-kit --example echo
//! curl --unix-socket /tmp/iofs/lsnr.sock -H 'Fn-Call-Id: 1' -d hello http://localhost/call
//! curl --unix-socket /tmp/iofs/lsnr.sock -H 'Fn-Call-Id: 2' -d 'panic at once' http://localhost/call
//! ```

use fn_kit::{Contract, Failure, Invocation, Response};
use std::process::ExitCode;
use std::time::Duration;

async fn echo(invocation: Invocation) -> Result<Response, Failure> {
    let content_type = invocation.content_type().unwrap_or("application/octet-stream").to_owned();
    let body = invocation.into_body().bytes(32 << 20).await?;
    match body.as_ref() {
        b"fail" => return Err(Failure::new("asked to fail")),
        b"panic" => panic!("asked to\npanic"),
        b"sleep" => tokio::time::sleep(Duration::from_secs(3600)).await,
        b"a while" => tokio::time::sleep(Duration::from_millis(300)).await,
        b"threads" => return Ok(Response::text(threads()?.to_string())),
        _ => {}
    }
    tracing::info!(bytes = body.len(), "echoed");
    Ok(Response::bytes(&content_type, body))
}

/// Returns the number of threads of this process. Fn allows 50.
fn threads() -> std::io::Result<usize> {
    Ok(std::fs::read_dir("/proc/self/task")?.count())
}

fn main() -> ExitCode {
    // Comes before anything that could fail, so that the failure is logged.
    fn_kit::log::init(tracing::Level::INFO);
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error, "the function cannot start");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error + 'static>> {
    let environment: Vec<_> = std::env::vars_os().collect();
    let contract = Contract::from_environment(&environment)?
        .ok_or("FN_LISTENER is not set: this is a function for Fn")?;
    // One call at a time needs few threads, and the container may have 50 in total. Tokio alone would allow 512 for blocking work.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(8)
        .enable_all()
        .build()?;
    runtime.block_on(fn_kit::serve(contract, echo))?;
    Ok(())
}
