//! Handles one call: from its headers to its response, with everything that can go wrong in between.

use crate::body::Body;
use crate::contract::Contract;
use crate::failure::Failure;
use crate::handler::Handler;
use crate::headers::{Intent, call_id, intent, opc_request_id};
use crate::invocation::Invocation;
use crate::panics;
use crate::response::{Response, render};
use crate::trace::Trace;
use bytes::Bytes;
use http::HeaderMap;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};
use tracing::{Instrument, Span};

/// State that all calls of a server share.
#[derive(Debug)]
pub(crate) struct Calls {
    pub(crate) contract: Contract,
    pub(crate) body_limit: u64,
    pub(crate) reserve: Duration,
    /// The latest deadline of all calls so far.
    latest: Mutex<Option<Instant>>,
}

/// Time allowed for the rest of a body even if the deadline has passed. The agent's own deadline is up to a second later.
const REST: Duration = Duration::from_millis(100);

/// How a handler ended.
enum End {
    Returned(Result<Response, Failure>),
    Panicked,
    /// Ended by the deadline. The text says how.
    OutOfTime(&'static str),
}

impl Calls {
    pub(crate) fn new(contract: Contract, body_limit: u64, reserve: Duration) -> Self {
        Calls { contract, body_limit, reserve, latest: Mutex::new(None) }
    }

    /// Returns the time by which all running calls must have ended.
    pub(crate) fn latest(&self) -> Option<Instant> {
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs the handler and returns the response. An unread body arrives through `rest`.
    pub(crate) async fn answer<H: Handler>(
        &self,
        handler: &H,
        headers: HeaderMap,
        body: Body,
        rest: Option<oneshot::Receiver<Incoming>>,
    ) -> http::Response<Full<Bytes>> {
        if let Some(frame) = self.contract.log_frame() {
            frame.print(&headers);
        }
        let trace = Trace::of(&headers, self.contract.tracing());
        // The span has the highest level, because log lines of every level need the call's id.
        let span = tracing::error_span!(
            target: "fn_kit",
            "call",
            call_id = Some(call_id(&headers)).filter(|id| !id.is_empty()),
            opc_request_id = opc_request_id(&headers),
            trace_id = trace.trace_id,
            span_id = trace.span_id,
        );
        self.guarded(handler, headers, body, trace, rest).instrument(span).await
    }

    async fn guarded<H: Handler>(
        &self,
        handler: &H,
        headers: HeaderMap,
        body: Body,
        trace: Trace,
        rest: Option<oneshot::Receiver<Incoming>>,
    ) -> http::Response<Full<Bytes>> {
        let begun = Instant::now();
        let intent = intent(&headers);
        let invocation = Invocation::new(headers, body, trace);
        let deadline = invocation.deadline();
        {
            let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
            *latest = (*latest).max(Some(deadline.instant()));
        }
        // A function with a timeout of one second may get a deadline that is only milliseconds away.
        let reserve = self.reserve.min(deadline.remaining() / 10);
        let hung_up = HungUp::watch(begun);
        let end = if deadline.remaining().is_zero() {
            drop(invocation);
            End::OutOfTime("the deadline had passed before the call began")
        } else {
            run(handler, invocation, deadline.instant() - reserve).await
        };
        if let Some(Ok(rest)) = rest.map(|mut rest| rest.try_recv()) {
            // A response before the body's end could be lost: Go's client treats the failing write as the result.
            let until = (deadline.instant() - reserve / 2).max(Instant::now() + REST);
            let _ = timeout_at(until, discard(rest)).await;
        }
        hung_up.done();
        finish(end, begun, intent)
    }
}

async fn run<H: Handler>(handler: &H, invocation: Invocation, until: Instant) -> End {
    // Wrapped in a block, so that a panic before the handler's first await is caught as well.
    let mut future = Box::pin(async move { handler.call(invocation).await });
    let end = match timeout_at(until, panics::caught(future.as_mut())).await {
        Ok(Some(answer)) => End::Returned(answer),
        Ok(None) => End::Panicked,
        Err(_) => End::OutOfTime("the handler was dropped at the deadline"),
    };
    // Destructors of a dropped handler may also panic.
    if panics::caught_now(|| drop(future)).is_none() {
        return End::Panicked;
    }
    end
}

async fn discard(mut body: Incoming) {
    while let Some(Ok(_)) = body.frame().await {}
}

/// Creates the response after a handler has ended, and logs the result.
fn finish(end: End, begun: Instant, intent: Intent) -> http::Response<Full<Bytes>> {
    let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    let (answer, error) = match end {
        End::Returned(Ok(response)) => match response.problem() {
            None => {
                tracing::debug!(target: "fn_kit", status = 200, ms, "the call succeeded");
                return render(Ok(response), intent);
            }
            Some(problem) => (Failure::new(problem.clone()), problem),
        },
        // The panic hook has already logged it.
        End::Panicked => return render(Err(Failure::new("the function panicked")), intent),
        End::Returned(Err(failure)) => {
            let message = failure.message();
            (failure, message)
        }
        End::OutOfTime(what) => (Failure::timeout(), what.to_owned()),
    };
    tracing::error!(target: "fn_kit", status = answer.status().as_u16(), error, ms, "the call failed");
    render(Err(answer), intent)
}

/// Logs a call whose future is dropped before it ends, because the agent has closed the connection.
struct HungUp {
    begun: Option<Instant>,
    span: Span,
}

impl HungUp {
    fn watch(begun: Instant) -> Self {
        HungUp { begun: Some(begun), span: Span::current() }
    }

    fn done(mut self) {
        self.begun = None;
    }
}

impl Drop for HungUp {
    fn drop(&mut self) {
        if let Some(begun) = self.begun {
            let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            let message = "the call was abandoned: the agent closed the connection before the response";
            self.span.in_scope(|| tracing::error!(target: "fn_kit", ms, message));
        }
    }
}
