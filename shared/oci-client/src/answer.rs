use crate::error::{Cause, ServiceError};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Response, StatusCode, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde::Deserialize;
use std::time::{Duration, SystemTime};

/// What a service answered, with how it came to it.
#[derive(Debug)]
pub struct Answer<B> {
    /// The status: 2xx, as all else is an error.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: B,
    /// How many requests were sent, or tried to be sent.
    pub attempts: u32,
    /// Whether an attempt before the last may have taken effect, although its answer never came.
    pub effect_unknown: bool,
}

impl<B> Answer<B> {
    /// The text of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// The body of an answer, as it comes.
#[derive(Debug)]
pub struct BodyStream {
    body: Incoming,
    idle: Duration,
}

impl BodyStream {
    pub(crate) fn new(body: Incoming, idle: Duration) -> Self {
        BodyStream { body, idle }
    }

    /// The next bytes, `None` at the end. A body that ends before its announced length is an error.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Cause> {
        loop {
            let frame = tokio::time::timeout(self.idle, self.body.frame());
            match frame.await.map_err(|_| Cause::Timeout(self.idle))? {
                None => return Ok(None),
                Some(Err(error)) => return Err(Cause::Connection(error.into())),
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        return Ok(Some(data));
                    }
                }
            }
        }
    }

    /// All of it, unless it is longer than `limit` bytes.
    pub(crate) async fn whole(mut self, limit: usize) -> Result<Bytes, Cause> {
        let Some(first) = self.chunk().await? else { return Ok(Bytes::new()) };
        let mut whole = BytesMut::from(first);
        while let Some(chunk) = self.chunk().await? {
            if whole.len() + chunk.len() > limit {
                return Err(Cause::Unexpected(format!("it is longer than {limit} bytes")));
            }
            whole.extend_from_slice(&chunk);
        }
        Ok(whole.freeze())
    }
}

/// Longest text of an answer that is not the service's own which errors show.
const EXCERPT: usize = 200;

/// What an answer says about an error.
pub(crate) fn service_error(answer: &Response<Bytes>) -> ServiceError {
    #[derive(Deserialize)]
    struct Body {
        #[serde(default)]
        code: String,
        #[serde(default)]
        message: String,
    }
    let text = |name: &str| answer.headers().get(name)?.to_str().ok();
    let body = serde_json::from_slice(answer.body()).unwrap_or_else(|_| {
        let text = String::from_utf8_lossy(answer.body());
        let message = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(EXCERPT).collect();
        Body { code: String::new(), message }
    });
    ServiceError {
        status: answer.status(),
        code: body.code,
        message: body.message,
        opc_request_id: text("opc-request-id").map(str::to_owned),
        retry_after: text(header::RETRY_AFTER.as_str()).and_then(|text| retry_after(text, SystemTime::now())),
    }
}

/// Seconds, or a date (RFC 9110, 10.2.3).
fn retry_after(text: &str, now: SystemTime) -> Option<Duration> {
    match text.trim().parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => Some(httpdate::parse_http_date(text).ok()?.duration_since(now).unwrap_or_default()),
    }
}

/// The service's clock, by its answer.
pub(crate) fn service_time(headers: &HeaderMap) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(header::DATE)?.to_str().ok()?).ok()
}
