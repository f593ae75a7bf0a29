//! Runs curate as a function of OCI Functions or the Fn Project.

use crate::config::FunctionConfig;
use crate::deliveries::{Handler, Rejected, Summary};
use crate::error::CurateError;
use crate::events::{Delivery, Unreadable, parse};
use fn_kit::entry;
use fn_kit::{BodyError, Contract, Failure, Invocation, Response, chain};
use std::ffi::OsString;
use std::future::Future;
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;
use tokio::time::sleep_until;
use tokio_util::sync::CancellationToken;

/// Maximum size of a body in bytes. OCI Functions allows 6 MB.
const MAX_BODY: usize = 8 << 20;

/// The part of an invocation's time that is reserved for an orderly stop: cutting off requests and aborting uploads.
const RESERVE: Duration = Duration::from_secs(2);

/// In a short invocation, at most one part in this many of the time is reserved.
const RESERVED_PART: u32 = 5;

/// Serves as a function until a signal stops the process. The exit code is 2 if settings are invalid, after all problems have been
/// reported, and 1 if the socket cannot be created.
///
/// Sends no request before the first invocation.
pub async fn run_function(contract: Contract, environment: Vec<(OsString, OsString)>) -> ExitCode {
    let (function, warnings) = match FunctionConfig::read(&contract, environment).await {
        Ok(read) => read,
        Err(problems) => {
            for warning in &problems.warnings {
                eprintln!("warning: {warning}");
            }
            return entry::usage(&problems);
        }
    };
    fn_kit::log::init(function.log_level);
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    match fn_kit::serve(contract, Function(Handler::new(function))).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{}", chain(&error));
            ExitCode::FAILURE
        }
    }
}

/// The handler in the form that Fn invokes.
#[derive(Debug)]
struct Function(Handler);

impl fn_kit::Handler for Function {
    async fn call(&self, invocation: Invocation) -> Result<Response, Failure> {
        let deadline = invocation.deadline();
        let body = match invocation.into_body().bytes(MAX_BODY).await {
            Ok(body) => body,
            Err(error @ BodyError::TooLarge { .. }) => return reject(Rejected::TooLarge, error.to_string()),
            Err(error) => return Err(error.into()),
        };
        let delivery = match parse(&body) {
            Ok(delivery) => delivery,
            Err(error) => {
                let code = match error {
                    Unreadable::Empty => Rejected::Empty,
                    Unreadable::NotJson(_) => Rejected::NotJson,
                    Unreadable::TooMany => Rejected::TooMany,
                };
                return reject(code, error.to_string());
            }
        };
        let reserve = RESERVE.min(deadline.remaining() / RESERVED_PART);
        let stop = CancellationToken::new();
        // This future is dropped if nobody waits for the response any more.
        let _stop_when_dropped = stop.clone().drop_guard();
        let work = self.respond(delivery, &stop);
        until(deadline.instant() - reserve, &stop, work).await
    }
}

impl Function {
    async fn respond(&self, delivery: Delivery, stop: &CancellationToken) -> Result<Response, Failure> {
        let events = match delivery {
            Delivery::One(event) => {
                let summary = self.0.handle(event, stop).await.map_err(failure)?;
                return Response::json(&summary);
            }
            Delivery::Several(events) => events,
        };
        let results = self.0.handle_all(events, stop).await;
        let all = results.len();
        let (mut summaries, mut failures) = (Vec::new(), Vec::new());
        for result in results {
            match result {
                Ok(summary) => summaries.push(summary),
                Err(error) => failures.push(failure(error)),
            }
        }
        if failures.is_empty() {
            return Response::json(&summaries);
        }
        tracing::error!("{} of {all} events failed; all of them must be delivered again", failures.len());
        // One failure becomes the response, which the caller of this function logs.
        let response = failures.iter().position(Failure::is_timeout).unwrap_or(0);
        let response = failures.swap_remove(response);
        for failure in &failures {
            tracing::error!(status = "failed", "{}", failure.message());
        }
        Err(response)
    }
}

/// Does the work, and cancels `stop` at time `end`. The work then ends by itself.
async fn until<T>(end: tokio::time::Instant, stop: &CancellationToken, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    tokio::select! {
        done = &mut work => return done,
        () = sleep_until(end) => stop.cancel(),
    }
    work.await
}

/// Converts an error that may be temporary to a failure, so that the event is delivered again.
fn failure(error: CurateError) -> Failure {
    match error {
        CurateError::Stopped { .. } => {
            tracing::error!(status = "failed", "{error}");
            Failure::timeout()
        }
        // Joined into one text, because some libraries repeat their causes.
        error => Failure::new(chain(&error)),
    }
}

fn reject(code: Rejected, message: String) -> Result<Response, Failure> {
    let summary = Summary::Rejected { code, message };
    summary.log(Duration::ZERO);
    Response::json(&summary)
}

#[cfg(test)]
#[path = "function_tests.rs"]
mod tests;
