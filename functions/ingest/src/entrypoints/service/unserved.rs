use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use serde::Serialize;

/// A response of the service itself, which does not depend on the request's content.
#[derive(Debug, Serialize)]
pub(super) struct Unserved {
    #[serde(skip)]
    status: StatusCode,
    code: &'static str,
    message: &'static str,
}

pub(super) const DRAINING: Unserved = Unserved {
    status: StatusCode::SERVICE_UNAVAILABLE,
    code: "draining",
    message: "the service is shutting down and accepts no more requests; none of these records was sent",
};

pub(super) const NO_ROOM: Unserved = Unserved {
    status: StatusCode::TOO_MANY_REQUESTS,
    code: "no_room",
    message: "the service has no room for another request; none of these records was sent",
};

pub(super) const TOO_SLOW: Unserved = Unserved {
    status: StatusCode::REQUEST_TIMEOUT,
    code: "body_too_slow",
    message: "the body did not arrive in time; none of its records was sent",
};

pub(super) const BROKEN: Unserved = Unserved {
    status: StatusCode::BAD_REQUEST,
    code: "body_truncated",
    message: "the body ended early; none of its records was sent",
};

pub(super) const PANICKED: Unserved = Unserved {
    status: StatusCode::INTERNAL_SERVER_ERROR,
    code: "internal_error",
    message: "internal error; it is unknown which of the records were sent",
};

pub(super) const JSON: HeaderValue = HeaderValue::from_static("application/json");

impl From<Unserved> for Response<Bytes> {
    fn from(unserved: Unserved) -> Self {
        let body = serde_json::to_vec(&unserved).expect("texts are JSON");
        let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, JSON)]);
        if matches!(unserved.status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if unserved.status != StatusCode::TOO_MANY_REQUESTS {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        let mut response = Response::new(body.into());
        (*response.status_mut(), *response.headers_mut()) = (unserved.status, headers);
        response
    }
}
