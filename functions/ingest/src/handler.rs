use crate::admission::{Admission, Admitted};
use crate::answer::{Answer, Counts};
use crate::outcome::{Failure as RecordFailure, Outcome};
use crate::publish::{Full, Publish};
use crate::rejection::Rejection;
use crate::stream::Limits;
use bytes::Bytes;
use fdk::{BodyError, Failure, Intent, Invocation, Response};
use http::header::{CONTENT_LENGTH, HOST};
use http::request::Parts;
use http::{HeaderMap, Method, Request, StatusCode};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// Answers requests: what is in them goes to the stream.
///
/// As an [`fdk::Handler`] it answers what comes from a gateway, and plain calls, whose body is taken as if it had been posted. A plain call has
/// two answers: it succeeds with the answer's body if every record is stored, else it fails, so that a caller that only looks at that
/// (Connector Hub, Events) sends it again.
#[derive(Debug)]
pub struct Handler<P> {
    admission: Arc<Admission>,
    limits: Limits,
    publisher: P,
    /// Long bodies that may be taken apart at once.
    admissions: Semaphore,
}

/// What is kept of a call's time for the answer.
const RESERVE: Duration = Duration::from_secs(1);

/// Of a short call's time no more than this part is kept.
const RESERVED_PART: u32 = 5;

/// Bodies up to this length are taken apart at once, longer ones on another thread: some 100 µs of work are less than the way there and back
/// is worth, and no other request waits for them.
const SHORT_BODY: usize = 32 << 10;

impl<P: Publish> Handler<P> {
    /// A handler that puts records on the publisher's stream, whose limits these are.
    pub fn new(admission: Admission, limits: Limits, publisher: P) -> Self {
        // It is work for the processor alone: more than there are cores would only hold more memory.
        let admissions = Semaphore::new(std::thread::available_parallelism().map_or(1, usize::from));
        Handler { admission: Arc::new(admission), limits, publisher, admissions }
    }

    /// How requests are taken apart.
    pub fn admission(&self) -> &Admission {
        &self.admission
    }

    /// Answers one request, whose records have until `until`.
    pub async fn respond(&self, request: Request<Bytes>, until: Instant) -> Answer {
        let origin = Origin::of(&request);
        match self.admit(request).await {
            Ok(admitted) => self.publish(admitted, until, origin).await,
            Err(rejection) => reject(rejection),
        }
    }

    /// Takes a request apart. Nothing of it is sent yet.
    pub(crate) async fn admit(&self, request: Request<Bytes>) -> Result<Admitted, Rejection> {
        let (head, body) = request.into_parts();
        let (admission, limits, now) = (Arc::clone(&self.admission), self.limits, Timestamp::now());
        if body.len() <= SHORT_BODY && !head.headers.contains_key(http::header::CONTENT_ENCODING) {
            return admission.admit(&head, body, &limits, now);
        }
        let _permit = self.admissions.acquire().await.expect("it is never closed");
        let work = tokio::task::spawn_blocking(move || admission.admit(&head, body, &limits, now));
        match work.await {
            Ok(admitted) => admitted,
            // Only a panic ends it early: the call's guard answers for it.
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }

    /// Puts on the stream what is in a request, and answers for it.
    pub(crate) async fn publish(&self, admitted: Admitted, until: Instant, origin: Origin) -> Answer {
        let Origin { begun, bytes } = origin;
        let (answer, reason) = self.outcome(admitted, until).await;
        let (status, counts) = (answer.status.as_u16(), answer.counts);
        let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let Counts { records, stored, refused, failed, unknown } = counts;
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
                "not every record is stored"
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
                "the request was answered"
            );
        }
        answer
    }

    /// The answer, and the first reason for a record that may be sent again, or has to be.
    async fn outcome(&self, admitted: Admitted, until: Instant) -> (Answer, Option<String>) {
        let Admitted { records, refused } = admitted;
        let sent = records.len();
        if sent == 0 {
            return (Answer::of(&refused, 0, &[], None), None);
        }
        let (outcomes, wait) = match self.publisher.publish(records, until).await {
            Ok(outcomes) => (outcomes, None),
            Err(full @ Full { wait }) => {
                let failure = RecordFailure::Throttled;
                (vec![Outcome::Failed { failure, message: full.to_string() }; sent], wait)
            }
        };
        (Answer::of(&refused, sent, &outcomes, wait), outcomes.iter().find_map(reason))
    }
}

/// When a request came, and how long it was.
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

impl<P: Publish> fdk::Handler for Handler<P> {
    async fn call(&self, invocation: Invocation) -> Result<Response, Failure> {
        let deadline = invocation.deadline();
        let reserve = RESERVE.min(deadline.remaining() / RESERVED_PART);
        let until = deadline.instant() - reserve;
        let from_gateway = invocation.intent() == Intent::HttpRequest;
        let (head, body) = match from_gateway {
            true => invocation.into_http_request()?.into_parts(),
            false => (posted(invocation.headers())?, invocation.into_body()),
        };
        let max_body = self.admission.max_body();
        let answer = match self.admission.check_head(&head) {
            Err(rejection) => reject(rejection),
            Ok(()) => match body.bytes(max_body).await {
                Ok(body) => self.respond(Request::from_parts(head, body), until).await,
                Err(BodyError::TooLarge { .. }) => reject(Rejection::too_large(max_body)),
                Err(error) => return Err(error.into()),
            },
        };
        match (from_gateway, answer.status) {
            (true, _) => Ok(Response::http(answer.into_response())),
            (false, StatusCode::OK) => Ok(Response::bytes("application/json", answer.body().clone())),
            (false, status) => Err(failure(status, &answer)),
        }
    }
}

fn reason(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Failed { failure, message } if *failure != RecordFailure::Refused => Some(message.clone()),
        _ => None,
    }
}

/// The answer to a request of which nothing is sent, and the line about it.
pub(crate) fn reject(rejection: Rejection) -> Answer {
    let (code, status) = (rejection.code.code(), rejection.code.status().as_u16());
    let Rejection { index, byte, message, .. } = &rejection;
    tracing::info!(status, code, index, byte, reason = message, "nothing of the request was sent");
    rejection.into()
}

/// The head of a plain call, as if its body had been posted: with the headers that are not Fn's.
fn posted(headers: &HeaderMap) -> Result<Parts, Failure> {
    let (mut head, ()) = Request::builder().method(Method::POST).uri("/").body(())?.into_parts();
    for (name, value) in headers {
        // The length was that of the way here, and is seen to there.
        if !name.as_str().starts_with("fn-") && name != CONTENT_LENGTH && name != HOST {
            head.headers.append(name, value.clone());
        }
    }
    Ok(head)
}

/// The failure of a plain call, with the answer as its message while that is a line.
fn failure(status: StatusCode, answer: &Answer) -> Failure {
    const LINE: usize = 2000;
    let body = String::from_utf8_lossy(&answer.body()[..answer.body().len().min(LINE)]);
    Failure::new(format!("not every record is stored, {}: {body}", status.as_u16()))
}

#[cfg(test)]
#[path = "handler_tests.rs"]
mod tests;
