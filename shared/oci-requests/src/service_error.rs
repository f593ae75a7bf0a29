use bytes::Bytes;
use cloud_transport::parse_http_date;
use http::{Response, StatusCode, header};
use serde::Deserialize;
use std::fmt;
use std::time::{Duration, SystemTime};

/// An error as the service reports it: `{"code", "message"}` and headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceError {
    /// The status of the response.
    pub status: StatusCode,
    /// The service's code, such as `BucketNotFound`. Empty if the response had no body (HEAD), or one that is not the service's own.
    pub code: String,
    /// The service's message.
    pub message: String,
    /// The service's id of the request, which Oracle's support asks for.
    pub opc_request_id: Option<String>,
    /// How long the service asks to wait before the next attempt.
    pub retry_after: Option<Duration>,
}

/// Longest excerpt, in characters, of a response that is not the service's own, for example a proxy's error page.
const EXCERPT: usize = 200;

impl ServiceError {
    /// Reads the error from a response.
    pub(crate) fn of(response: &Response<Bytes>) -> Self {
        #[derive(Deserialize)]
        struct Body {
            #[serde(default)]
            code: String,
            #[serde(default)]
            message: String,
        }
        let text = |name: &str| response.headers().get(name)?.to_str().ok();
        let body = serde_json::from_slice(response.body()).unwrap_or_else(|_| {
            let text = String::from_utf8_lossy(response.body());
            let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
            Body { code: String::new(), message: words.chars().take(EXCERPT).collect() }
        });
        let retry_after = text(header::RETRY_AFTER.as_str());
        ServiceError {
            status: response.status(),
            code: body.code,
            message: body.message,
            opc_request_id: text("opc-request-id").map(str::to_owned),
            retry_after: retry_after.and_then(|text| self::retry_after(text, SystemTime::now())),
        }
    }

    /// Returns whether the same request may succeed later: after throttling (429), failures in the service (5xx except 501), and temporary
    /// conflicts.
    ///
    /// This is what Oracle's own clients retry. Their upload manager also retries `ConcurrentObjectUpdate`, the response to writers that
    /// conflict with one another. <https://docs.oracle.com/en-us/iaas/Content/API/Concepts/sdkretries.htm>, and the `retry` module of the
    /// Python SDK.
    pub fn is_retryable(&self) -> bool {
        match self.status.as_u16() {
            429 => true,
            501 => false,
            409 => matches!(self.code.as_str(), "IncorrectState" | "LockConflict" | "ConcurrentObjectUpdate"),
            status => status >= 500,
        }
    }
}

/// Parses a wait given in seconds or as a date (RFC 9110, section 10.2.3).
fn retry_after(text: &str, now: SystemTime) -> Option<Duration> {
    match text.trim().parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => Some(parse_http_date(text.trim())?.duration_since(now).unwrap_or_default()),
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the service responded with {}", self.status.as_u16())?;
        if !self.code.is_empty() {
            write!(f, " {}", self.code)?;
        }
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::UNIX_EPOCH;

    #[test]
    fn a_wait_is_given_in_seconds_or_as_a_date() {
        let now = UNIX_EPOCH + Duration::from_secs(784_111_777);
        assert_eq!(retry_after("17", now), Some(Duration::from_secs(17)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:40 GMT", now), Some(Duration::from_secs(3)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:30 GMT", now), Some(Duration::ZERO), "it has passed");
        assert_eq!(retry_after("soon", now), None);
    }
}
