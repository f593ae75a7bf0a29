//! Makes calls without a socket, for the tests of functions.
//!
//! A [`Call`] takes the same path as a call from the agent (headers, deadline, panics, status line), but without the connection.
//!
//! ```
//! use fn_kit::testing::Call;
//! use fn_kit::{Failure, Invocation, Response};
//!
//! async fn shout(invocation: Invocation) -> Result<Response, Failure> {
//!     let text = invocation.into_body().bytes(1 << 10).await?;
//!     Ok(Response::text(String::from_utf8(text.to_vec())?.to_uppercase()))
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
//! let answer = Call::new().body("hello").send(&shout).await;
//! assert_eq!((answer.status.as_u16(), &answer.body[..]), (200, &b"HELLO"[..]));
//! let answer = Call::new().body(&b"\xff"[..]).send(&shout).await;
//! assert_eq!(answer.status.as_u16(), 502);
//! # });
//! ```

use crate::body::Body;
use crate::call::Calls;
use crate::contract::Contract;
use crate::gateway;
use crate::handler::Handler;
use crate::server::{BODY_LIMIT, RESERVE};
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use http_body_util::BodyExt;
use std::time::{Duration, SystemTime};

/// A call to be made.
#[derive(Debug, Clone)]
pub struct Call {
    contract: Contract,
    headers: HeaderMap,
    body: Bytes,
    body_limit: u64,
}

/// The response that the agent would receive.
#[derive(Debug, Clone)]
pub struct Answer {
    /// 200, 502 or 504.
    pub status: StatusCode,
    /// The headers. Those for a gateway's caller have their prefix.
    pub headers: HeaderMap,
    /// The response's body.
    pub body: Bytes,
}

impl Default for Call {
    fn default() -> Self {
        Call::new()
    }
}

impl Call {
    /// Creates a plain call with an empty body, the id `test` and a deadline 30 s from now.
    pub fn new() -> Self {
        let environment = [("FN_LISTENER".into(), "unix:/tmp/iofs/lsnr.sock".into())];
        let contract = Contract::from_environment(&environment).ok().flatten();
        let call = Call {
            contract: contract.expect("these variables make a contract"),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            body_limit: BODY_LIMIT,
        };
        call.header("fn-call-id", "test").deadline_in(Duration::from_secs(30))
    }

    /// Creates the call that Oracle's API Gateway makes from a request. The URL is reduced to path and query.
    pub fn http(request: http::Request<Bytes>) -> Self {
        let (head, body) = request.into_parts();
        let mut call = Call::new().body(body).header("fn-intent", "httprequest");
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        call = call.header("fn-http-method", head.method.as_str()).header("fn-http-request-url", path);
        gateway::prefix(head.headers, &mut call.headers);
        call
    }

    /// Adds a header after others with the same name. Fn's own headers replace earlier ones instead.
    ///
    /// # Panics
    ///
    /// Panics if the name or the value is not valid in a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().expect("the name is valid in a header");
        let value: HeaderValue = value.parse().expect("the value is valid in a header");
        let once = name.as_str().starts_with("fn-") && !name.as_str().starts_with("fn-http-h-");
        if once {
            self.headers.insert(name, value);
        } else {
            self.headers.append(name, value);
        }
        self
    }

    /// Removes a header, for example `fn-deadline`.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    /// Sets the deadline, including fractions of a second, which the agent does not send.
    #[must_use]
    pub fn deadline_in(self, time: Duration) -> Self {
        let deadline = DateTime::<Utc>::from(SystemTime::now() + time);
        self.header("fn-deadline", &deadline.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Sets the maximum length of a body, as [`crate::Server::body_limit`] does.
    #[must_use]
    pub fn body_limit(mut self, bytes: u64) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Sets the contract under which the call is made, for example one with tracing.
    #[must_use]
    pub fn contract(mut self, contract: Contract) -> Self {
        self.contract = contract;
        self
    }

    /// Makes the call.
    ///
    /// Needs a Tokio runtime with time enabled. While Tokio's time is paused, a deadline passes as soon as the handler waits for something
    /// longer.
    pub async fn send(self, handler: &impl Handler) -> Answer {
        let body = Body::whole(self.body, self.body_limit);
        let calls = Calls::new(self.contract, self.body_limit, RESERVE);
        let (head, body) = calls.answer(handler, self.headers, body, None).await.into_parts();
        let body = match body.collect().await {
            Ok(body) => body.to_bytes(),
            Err(never) => match never {},
        };
        Answer { status: head.status, headers: head.headers, body }
    }
}

impl Answer {
    /// Returns the response that a gateway's caller receives: the status from `Fn-Http-Status`, the headers without their prefix,
    /// `Content-Type` and the body.
    ///
    /// A failed call is a 502 or 504 for that caller as well.
    pub fn http(&self) -> http::Response<Bytes> {
        let status = self
            .headers
            .get("fn-http-status")
            .and_then(|status| StatusCode::from_bytes(status.as_bytes()).ok());
        let mut response = http::Response::new(self.body.clone());
        *response.status_mut() =
            if self.status == StatusCode::OK { status.unwrap_or(self.status) } else { self.status };
        *response.headers_mut() = gateway::unwrap(&self.headers);
        response
    }

    /// Returns the body as text.
    ///
    /// # Panics
    ///
    /// Panics if the body is not UTF-8.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body is UTF-8")
    }
}
