use super::counts::Counts;
use super::record_result::{Obstacle, RecordResult};
use super::results::Results;
use crate::request::{Refusal, Rejection, RejectionCode};
use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, ALLOW, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use sender::Outcome;
use serde::Serialize;
use std::time::Duration;

/// The response to a request: a status that claims no more than is true of every record, and a body that reports each record.
#[derive(Debug, Clone)]
pub struct IngestResponse {
    /// The HTTP status.
    pub status: StatusCode,
    /// Numbers of records by result. All are zero if the request was rejected as a whole.
    pub counts: Counts,
    /// Why the request was rejected as a whole, if it was.
    pub rejection: Option<RejectionCode>,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
}

/// The body that reports a rejected request.
#[derive(Serialize)]
struct Rejected<'a> {
    code: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    byte: Option<u64>,
}

/// How long a producer should wait if nothing better is known. The service counts what a partition accepts per second.
const WAIT: Duration = Duration::from_secs(1);

impl IngestResponse {
    /// Reports the records that were refused before sending, and the outcomes of the `sent` others. `wait` is how long the producer should
    /// wait.
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
        IngestResponse { status, counts, rejection: None, headers, body: results.to_json(counts) }
    }

    /// Returns the body.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Converts the response to HTTP.
    pub fn into_response(self) -> Response<Bytes> {
        let mut response = Response::new(self.body);
        *response.status_mut() = self.status;
        response.headers_mut().extend(self.headers);
        response
    }
}

impl From<Rejection> for IngestResponse {
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
        IngestResponse { status, counts, rejection: Some(*code), headers, body: body.into() }
    }
}

#[cfg(test)]
#[path = "ingest_response_tests.rs"]
mod tests;
