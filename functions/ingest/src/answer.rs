use crate::outcome::Outcome;
use crate::refusal::Refusal;
use crate::rejection::{Rejection, RejectionCode};
use crate::result::{Obstacle, RecordResult, Status};
use crate::results::Results;
use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, ALLOW, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde::Serialize;
use std::time::Duration;

/// The answer to a request: a status that says no more than is true of all records, and a body that tells of each.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// What became of the records; all zero where nothing was sent because of the request as a whole.
    pub counts: Counts,
    /// Why nothing was sent, where it is because of the request as a whole.
    pub rejection: Option<RejectionCode>,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
}

/// What became of a request's records: `records` is the sum of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// All of them.
    pub records: u64,
    /// On the stream, by its own word.
    pub stored: u64,
    /// Not on the stream, and sending them again would not change it.
    pub refused: u64,
    /// Not on the stream, but they can be sent again.
    pub failed: u64,
    /// Nobody knows.
    pub unknown: u64,
}

/// Why nothing of a request was sent.
#[derive(Serialize)]
struct Rejected<'a> {
    code: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    byte: Option<u64>,
}

/// When to come again, where nothing better is known: the service counts what a partition takes by the second.
const WAIT: Duration = Duration::from_secs(1);

impl Answer {
    /// The answer about records that were refused here, and about the `sent` others by their outcomes; `wait` is when to come again.
    pub(crate) fn of(
        refused: &[(usize, Refusal)],
        sent: usize,
        outcomes: &[Outcome],
        wait: Option<Duration>,
    ) -> Self {
        let results = Results::new(refused, sent, outcomes);
        let mut counts = Counts::default();
        results.iter().for_each(|result| counts.count(result.status()));
        let status = match counts {
            Counts { records, stored, .. } if records == stored => StatusCode::OK,
            Counts { stored, .. } if stored > 0 => StatusCode::MULTI_STATUS,
            _ => results.iter().map(RecordResult::obstacle).max().map_or(StatusCode::OK, Obstacle::status),
        };
        let mut headers = vec![(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
        if status == StatusCode::TOO_MANY_REQUESTS {
            let seconds = wait.unwrap_or(WAIT).max(WAIT).as_secs_f64().ceil() as u64;
            headers.push((RETRY_AFTER, HeaderValue::from(seconds)));
        }
        Answer { status, counts, rejection: None, headers, body: results.to_json(counts) }
    }

    /// The body.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The answer as a response.
    pub fn into_response(self) -> Response<Bytes> {
        let mut response = Response::new(self.body);
        *response.status_mut() = self.status;
        response.headers_mut().extend(self.headers);
        response
    }
}

impl From<Rejection> for Answer {
    fn from(rejection: Rejection) -> Self {
        let Rejection { code, message, index, byte } = &rejection;
        let body = Rejected { code: code.code(), message, index: *index, byte: *byte };
        let body = serde_json::to_vec(&body).expect("names and numbers are JSON");
        let mut headers = vec![(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
        match code {
            RejectionCode::MethodNotAllowed => headers.push((ALLOW, HeaderValue::from_static("POST"))),
            RejectionCode::UnsupportedContentEncoding => {
                headers.push((ACCEPT_ENCODING, HeaderValue::from_static("gzip")));
            }
            _ => {}
        }
        let (status, counts) = (code.status(), Counts::default());
        Answer { status, counts, rejection: Some(*code), headers, body: body.into() }
    }
}

impl Counts {
    /// Adds those of another request.
    pub(crate) fn add(&mut self, other: Counts) {
        self.records += other.records;
        self.stored += other.stored;
        self.refused += other.refused;
        self.failed += other.failed;
        self.unknown += other.unknown;
    }

    fn count(&mut self, status: Status) {
        self.records += 1;
        match status {
            Status::Stored => self.stored += 1,
            Status::Refused => self.refused += 1,
            Status::Failed => self.failed += 1,
            Status::Unknown => self.unknown += 1,
        }
    }
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
