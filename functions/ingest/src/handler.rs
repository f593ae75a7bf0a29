use crate::request::{Admission, Admitted, Rejection};
use crate::response::{Counts, IngestResponse};
use bytes::Bytes;
use http::Request;
use http::header::CONTENT_ENCODING;
use sender::{Failure, Full, Limits, Outcome, SendRecords};
use std::sync::Arc;
use std::time::SystemTime;
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// Handles requests from admission to response: their records go to the stream, and the response reports the outcome of each.
#[derive(Debug)]
pub struct Handler<S> {
    admission: Arc<Admission>,
    limits: Limits,
    sender: S,
    /// Limits how many long bodies are split concurrently.
    admissions: Semaphore,
}

/// Maximum length in bytes of a body that is split on the current thread; longer ones are split on another thread. Up to this length it is
/// about 100 µs of work. That is less than switching to another thread and back costs, and other requests can wait that long.
const SHORT_BODY: usize = 32 << 10;

impl<S: SendRecords> Handler<S> {
    /// Creates a handler that puts records on the sender's stream. `limits` are those of that stream.
    pub fn new(admission: Admission, limits: Limits, sender: S) -> Self {
        // Splitting only needs CPU time: more concurrent splits than cores would only hold more memory.
        let admissions = Semaphore::new(std::thread::available_parallelism().map_or(1, usize::from));
        Handler { admission: Arc::new(admission), limits, sender, admissions }
    }

    /// Returns the rules by which requests are split.
    pub fn admission(&self) -> &Admission {
        &self.admission
    }

    /// Responds to one request, whose records may take until `until` to reach the stream.
    pub async fn respond(&self, request: Request<Bytes>, until: Instant) -> IngestResponse {
        let origin = Origin::of(&request);
        match self.admit(request).await {
            Ok(admitted) => self.send(admitted, until, origin).await,
            Err(rejection) => reject(rejection),
        }
    }

    /// Splits a request into records. Nothing is sent yet.
    pub(crate) async fn admit(&self, request: Request<Bytes>) -> Result<Admitted, Rejection> {
        let (head, body) = request.into_parts();
        let (admission, limits, now) = (Arc::clone(&self.admission), self.limits, SystemTime::now());
        if body.len() <= SHORT_BODY && !head.headers.contains_key(CONTENT_ENCODING) {
            return admission.admit(&head, body, &limits, now);
        }
        let _permit = self.admissions.acquire().await.expect("the semaphore is never closed");
        let work = tokio::task::spawn_blocking(move || admission.admit(&head, body, &limits, now));
        match work.await {
            Ok(admitted) => admitted,
            // Only a panic ends the task early, and the caller handles panics.
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }

    /// Puts the records of a request on the stream and returns the response.
    pub(crate) async fn send(&self, admitted: Admitted, until: Instant, origin: Origin) -> IngestResponse {
        let Origin { begun, bytes } = origin;
        let (response, reason) = self.outcome(admitted, until).await;
        let status = response.status.as_u16();
        let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let Counts { records, stored, refused, failed, unknown } = response.counts;
        if failed + unknown > 0 {
            tracing::warn!(
                status,
                bytes,
                records,
                stored,
                refused,
                failed,
                unknown,
                ms,
                reason,
                "not all records were stored"
            );
        } else {
            tracing::info!(
                status,
                bytes,
                records,
                stored,
                refused,
                failed,
                unknown,
                ms,
                "the request was handled"
            );
        }
        response
    }

    /// Returns the response, and the reason of the first failure whose record can be sent again or whose outcome is unknown.
    async fn outcome(&self, admitted: Admitted, until: Instant) -> (IngestResponse, Option<String>) {
        let Admitted { records, refused } = admitted;
        let sent = records.len();
        if sent == 0 {
            return (IngestResponse::of(&refused, 0, &[], None), None);
        }
        let (outcomes, wait) = match self.sender.send(records, until).await {
            Ok(outcomes) => (outcomes, None),
            Err(full @ Full { wait }) => {
                let failure = Failure::Throttled;
                (vec![Outcome::Failed { failure, message: full.to_string() }; sent], wait)
            }
        };
        (IngestResponse::of(&refused, sent, &outcomes, wait), outcomes.iter().find_map(reason))
    }
}

/// The time at which a request arrived, and the length of its body.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin {
    begun: Instant,
    bytes: usize,
}

impl Origin {
    pub(crate) fn of(request: &Request<Bytes>) -> Self {
        Origin { begun: Instant::now(), bytes: request.body().len() }
    }
}

fn reason(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Failed { failure, message } if *failure != Failure::Refused => Some(message.clone()),
        _ => None,
    }
}

/// Logs the rejection of a request and returns the response to it.
pub(crate) fn reject(rejection: Rejection) -> IngestResponse {
    let (code, status) = (rejection.code.code(), rejection.code.status().as_u16());
    let Rejection { index, byte, message, .. } = &rejection;
    tracing::info!(status, code, index, byte, reason = message, "the request was rejected");
    rejection.into()
}

#[cfg(test)]
#[path = "handler_tests.rs"]
mod tests;
