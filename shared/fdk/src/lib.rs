//! Functions in Rust for the [Fn Project](https://fnproject.io) and OCI Functions.
//!
//! Fn starts a container and sends its calls, one at a time, as HTTP over a Unix socket: the contract `http-stream`. This crate is the
//! function's side of it on hyper, in the way in which the agent really behaves: the socket appears when it can be connected to, bodies
//! stream in both of the agent's framings, deadlines and panics become answers, and nothing ever goes out that would cost the container
//! its life. It knows nothing of what a function does.
//!
//! # A function
//!
//! ```no_run
//! use fdk::{Contract, Failure, Invocation, Response};
//! use std::process::ExitCode;
//!
//! async fn count(invocation: Invocation) -> Result<Response, Failure> {
//!     let left = invocation.deadline().remaining();
//!     let body = invocation.into_body().bytes(6 << 20).await?; // `?` makes a failure of any error: 502
//!     tracing::info!(bytes = body.len(), ?left, "counted"); // {"timestamp":…,"message":"counted","bytes":5,…,"call_id":"01H…"}
//!     Response::json(&serde_json::json!({ "lines": body.split(|byte| *byte == b'\n').count() }))
//! }
//!
//! fn run() -> Result<(), Box<dyn std::error::Error>> {
//!     let environment: Vec<_> = std::env::vars_os().collect();
//!     let Some(contract) = Contract::from_environment(&environment)? else {
//!         return Err("not started by Fn: FN_LISTENER is not set".into()); // or be a command line
//!     };
//!     // Fn allows 50 threads. Nothing slow before this: the socket has to be there within five seconds.
//!     let runtime = tokio::runtime::Builder::new_multi_thread()
//!         .worker_threads(2)
//!         .max_blocking_threads(8)
//!         .enable_all()
//!         .build()?;
//!     Ok(runtime.block_on(fdk::serve(contract, count))?)
//! }
//!
//! fn main() -> ExitCode {
//!     fdk::log::init(tracing::Level::INFO);
//!     if let Err(error) = run() {
//!         tracing::error!(error = &*error, "the function cannot start");
//!         return ExitCode::FAILURE;
//!     }
//!     ExitCode::SUCCESS
//! }
//! ```
//!
//! A [`Handler`] that owns something (clients, settings) is a type that implements the trait; [`Server`] has the settings that
//! [`serve`] takes as they are.
//!
//! # Behind a gateway
//!
//! Oracle's API Gateway and Fn's HTTP triggers put a whole request into a call, and take a whole answer out of its answer. The status
//! of the application is in a header; the call itself has succeeded even if it says 404.
//!
//! ```
//! use fdk::bytes::Bytes;
//! use fdk::{Failure, Invocation, Response, http};
//!
//! async fn greet(invocation: Invocation) -> Result<Response, Failure> {
//!     let request = invocation.into_http_request()?;
//!     // The gateway's prefix is part of the path: match its end.
//!     let answer = if request.uri().path().ends_with("/greeting") {
//!         http::Response::builder().header("Content-Type", "text/plain").body(Bytes::from("hello"))?
//!     } else {
//!         http::Response::builder().status(404).body(Bytes::new())?
//!     };
//!     Ok(Response::http(answer))
//! }
//!
//! // And its test: see `fdk::testing`.
//! # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
//! use fdk::testing::Call;
//! let request = http::Request::get("/v1/greeting?polite=yes").body(Bytes::new()).unwrap();
//! let answer = Call::http(request).send(&greet).await;
//! assert_eq!(answer.status, 200);
//! assert_eq!((answer.http().status().as_u16(), &answer.http().body()[..]), (200, &b"hello"[..]));
//! let request = http::Request::get("/v1/other").body(Bytes::new()).unwrap();
//! assert_eq!(Call::http(request).send(&greet).await.http().status(), 404);
//! # });
//! ```
//!
//! # What an answer means
//!
//! To the open-source agent, as observed with server 0.3.753; Oracle's tells the same by the codes behind the dash.
//!
//! | the handler | on the wire | the caller gets | the container |
//! | --- | --- | --- | --- |
//! | `Ok(response)` | 200 | 200 with headers and body; behind a gateway what [`Response::http`] says | is kept |
//! | `Err(failure)`, any error by `?` | 502 | 502 `{"message":"function failed"}`; the body is thrown away — `FunctionInvokeExecutionFailed` | is kept |
//! | panics | 502 | the same | is kept |
//! | [`Failure::timeout`] | 504 | 504 `{"message":"Timed out"}` — `FunctionInvokeTimeout` | is kept |
//! | is still at it shortly before the deadline | 504; its future is dropped | the same | is kept |
//! | blocks its thread beyond the deadline | nothing | 504 | is killed |
//! | ends the process, is out of memory | the connection ends | 502 "error receiving function response" | is killed |
//!
//! No other status ever stands on the status line: the agent kills a container for any. So a request that is not `POST /call` gets a 502,
//! and what is not HTTP gets no answer but a closed connection.
//!
//! # Limits
//!
//! - Bodies: 64 MiB unless [`Server::body_limit`] says otherwise, and whatever the handler gives to [`Body::bytes`]. OCI Functions lets 6 MB
//!   through, in each direction.
//! - Heads: 2 MiB, 8192 headers; more ends the connection.
//! - Time: 200 ms of a call are kept back ([`Server::reserve`]), or a tenth of it where that is less. `Fn-Deadline` has whole seconds, cut off, so a
//!   call loses up to a second more.
//! - Between calls the container is frozen: what is not done when the handler returns is done, if ever, during the next call.
//! - That the agent has hung up is noticed once the body has been read to its end; the handler is dropped then.
//!
//! # What it does not do
//!
//! No streamed answers (the agent holds an answer until its end in any case), no other formats than `http-stream`, no spans sent to a
//! collector ([`Trace`] has what a tracer needs), no reading of cloud events, no configuration, no TCP.
//!
//! # Differences to fdk-python
//!
//! Where the documentation leaves something open, this does what Oracle's FDK for Python (0.1.128) does. Both were sent the same bytes; on
//! purpose this one differs:
//!
//! | | fdk-python | here |
//! | --- | --- | --- |
//! | other methods and paths | 405, 404: the container is killed | 502 |
//! | what is not HTTP | 400, and a 500 for pipelined calls | a closed connection; pipelined calls are served |
//! | the body of a failure | the bare message, though its type is JSON | `{"message": …}` |
//! | the deadline | is not watched; after 60 s it says 503 (by its source), which kills the container | 504 before it, and at once where it is past |
//! | request bodies | are held whole, without a limit | stream, with a limit |
//! | a gateway's headers | mixed with the call's own (`host` is a list), the last of repeated ones | the caller's alone, all |
//! | repeated headers of an answer | a list's text | each |
//! | `Connection`, `Fn-Call-Id` of a function | sent | dropped |
//! | a connection unused for 75 s | closed | kept: the agent closes it, and a frozen container has no clock |
//! | without a content type | `text/plain` | none |
//! | `FN_FORMAT` absent | the start fails | as fdk-go, `http-stream` is taken for it |
//! | tracing off | no ids | those of the request |
//! | SIGTERM | the files stay | they are removed, and calls finished |

pub mod log;
pub mod testing;

mod body;
mod call;
mod connection;
mod contract;
mod deadline;
mod failure;
mod gateway;
mod handler;
mod invocation;
mod listener;
mod log_frame;
mod panics;
mod response;
mod server;
mod trace;
mod wire;

pub use body::{Body, BodyError};
pub use contract::{Contract, ContractError, ContractProblem};
pub use deadline::Deadline;
pub use failure::Failure;
pub use handler::Handler;
pub use invocation::{Intent, Invocation, InvokeType};
pub use log_frame::LogFrame;
pub use response::Response;
pub use server::{ServeError, Server, serve};
pub use trace::{Trace, Tracing};

pub use {bytes, http};
