use super::body::{Unread, discard, read};
use super::measured::Measured;
use super::metrics::{Gauges, Metrics};
use super::room::{Held, Room};
use crate::admission::Admission;
use crate::answer::{Answer, Counts};
use crate::content_encoding::ContentEncoding;
use crate::handler::{Handler, Origin, reject};
use crate::publisher::Publisher;
use crate::rejection::Rejection;
use crate::stream::{Limits, Stream};
use bytes::Bytes;
use futures::FutureExt;
use http::header::{CONNECTION, CONTENT_TYPE, EXPECT, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body::Body;
use serde::Serialize;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// Answers the service's requests: records by the handler, and those who ask how it is.
#[derive(Debug)]
pub(crate) struct Front<S> {
    handler: Handler<Measured<S>>,
    publisher: Arc<Publisher<S>>,
    metrics: Arc<Metrics>,
    room: Room,
    /// How long a request's records have.
    patience: Duration,
    is_draining: AtomicBool,
    /// The last open request was answered.
    idle: Notify,
    pub(super) connections: AtomicUsize,
}

/// Why the service itself has nothing else to say.
#[derive(Debug, Serialize)]
struct Unserved {
    #[serde(skip)]
    status: StatusCode,
    code: &'static str,
    message: &'static str,
}

const DRAINING: Unserved = Unserved {
    status: StatusCode::SERVICE_UNAVAILABLE,
    code: "draining",
    message: "the service is being stopped, and takes no more records; none of these was sent",
};
const NO_ROOM: Unserved = Unserved {
    status: StatusCode::TOO_MANY_REQUESTS,
    code: "no_room",
    message: "as many bodies are held as there is room for; none of these records was sent",
};
const TOO_SLOW: Unserved = Unserved {
    status: StatusCode::REQUEST_TIMEOUT,
    code: "body_too_slow",
    message: "the body did not come in time; none of its records was sent",
};
const BROKEN: Unserved = Unserved {
    status: StatusCode::BAD_REQUEST,
    code: "body_truncated",
    message: "the body ended early; none of its records was sent",
};
/// What a record takes besides its bytes while it is dealt with, and its line in the answer.
const RECORD: usize = 300;

/// A byte of gzip makes no more than so many of text (zlib's technical details, "Maximum Compression Factor").
const MOST_INFLATED: usize = 1032;

const PANICKED: Unserved = Unserved {
    status: StatusCode::INTERNAL_SERVER_ERROR,
    code: "internal_error",
    message: "the service failed; nobody knows which of the records were sent",
};

impl<S: Stream> Front<S> {
    /// Bodies of at most `most_held` bytes in all are held at once; a request's records have `patience`.
    pub(crate) fn new(
        admission: Admission,
        limits: Limits,
        publisher: Publisher<S>,
        most_held: usize,
        patience: Duration,
    ) -> Self {
        let (publisher, metrics) = (Arc::new(publisher), Arc::new(Metrics::default()));
        let measured = Measured { publisher: Arc::clone(&publisher), metrics: Arc::clone(&metrics) };
        Front {
            handler: Handler::new(admission, limits, measured),
            publisher,
            metrics,
            room: Room::new(most_held),
            patience,
            is_draining: AtomicBool::new(false),
            idle: Notify::new(),
            connections: AtomicUsize::new(0),
        }
    }

    /// Answers one request.
    pub(super) async fn answer<B>(&self, request: Request<B>) -> Response<Bytes>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        match (request.method(), request.uri().path()) {
            (&Method::GET | &Method::HEAD, "/healthz") => self.health(),
            (&Method::GET | &Method::HEAD, "/metrics") => self.page(),
            _ => {
                let open = Open::new(self);
                let (answer, counts) = self.records(request).await;
                open.answered(answer.status(), counts);
                answer
            }
        }
    }

    /// Takes no more records from here on.
    pub(super) fn drain(&self) {
        self.is_draining.store(true, Ordering::SeqCst);
    }

    /// Waits until no request with records is open.
    pub(super) async fn idle(&self) {
        loop {
            let idle = self.idle.notified();
            if self.metrics.open() == 0 {
                return;
            }
            idle.await;
        }
    }

    async fn records<B>(&self, request: Request<B>) -> (Response<Bytes>, Counts)
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let (head, mut body) = request.into_parts();
        let most = self.handler.admission().max_body();
        let (bytes, mut held) = match self.body(&head, &mut body, most).await {
            Ok(read) => read,
            Err(answer) => {
                // One that waits to be told to go on has not begun.
                if !head.headers.contains_key(EXPECT) {
                    discard(&mut body, most).await;
                }
                return (answer, Counts::default());
            }
        };
        let request = Request::from_parts(head, bytes);
        let Ok(answer) = AssertUnwindSafe(self.respond(request, &mut held)).catch_unwind().await else {
            // The panic was logged where it happened.
            return (PANICKED.into(), Counts::default());
        };
        match answer {
            Some(answer) => {
                let counts = answer.counts;
                (answer.into_response().map(|body| held.keep(body)), counts)
            }
            None => (NO_ROOM.into(), Counts::default()),
        }
    }

    /// The handler's answer; `None` where there is no room for what is in the request, of which nothing was sent then.
    async fn respond(&self, request: Request<Bytes>, held: &mut Held) -> Option<Answer> {
        let (origin, until) = (Origin::of(&request), Instant::now() + self.patience);
        match self.handler.admit(request).await {
            Ok(admitted) if held.grow_or_be_alone(admitted.total() * RECORD) => {
                Some(self.handler.publish(admitted, until, origin).await)
            }
            Ok(_) => None,
            Err(rejection) => Some(reject(rejection)),
        }
    }

    /// The body, and the room that it and its text take.
    async fn body<B>(&self, head: &Parts, body: &mut B, most: usize) -> Result<(Bytes, Held), Response<Bytes>>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        if self.is_draining.load(Ordering::SeqCst) {
            return Err(DRAINING.into());
        }
        let rejected = |rejection: Rejection| Answer::from(rejection).into_response();
        self.handler.admission().check_head(head).map_err(rejected)?;
        let (bytes, mut held) = read(body, most, &self.room).await.map_err(|unread| match unread {
            Unread::TooLarge => rejected(Rejection::too_large(most)),
            Unread::NoRoom => NO_ROOM.into(),
            Unread::TooSlow => TOO_SLOW.into(),
            Unread::Broken => BROKEN.into(),
        })?;
        let is_gzip = ContentEncoding::of(&head.headers).map_err(rejected)? == ContentEncoding::Gzip;
        if is_gzip && !held.grow(bytes.len().saturating_mul(MOST_INFLATED).min(most)) {
            return Err(NO_ROOM.into());
        }
        Ok((bytes, held))
    }

    fn health(&self) -> Response<Bytes> {
        if self.is_draining.load(Ordering::SeqCst) {
            return DRAINING.into();
        }
        let mut response = Response::new(Bytes::from_static(br#"{"status":"ok"}"#));
        response.headers_mut().insert(CONTENT_TYPE, JSON);
        response
    }

    fn page(&self) -> Response<Bytes> {
        let gauges = Gauges {
            publisher: self.publisher.counts(),
            body_bytes: self.room.held(),
            connections: self.connections.load(Ordering::Relaxed),
        };
        let mut response = Response::new(self.metrics.page(gauges).into());
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; version=0.0.4"));
        response
    }
}

const JSON: HeaderValue = HeaderValue::from_static("application/json");

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

/// An open request, which ends with an answer or by being dropped.
struct Open<'a, S> {
    front: &'a Front<S>,
    answer: Option<(u16, Counts)>,
}

impl<'a, S> Open<'a, S> {
    fn new(front: &'a Front<S>) -> Self {
        front.metrics.begun();
        Open { front, answer: None }
    }

    fn answered(mut self, status: StatusCode, counts: Counts) {
        self.answer = Some((status.as_u16(), counts));
    }
}

impl<S> Drop for Open<'_, S> {
    fn drop(&mut self) {
        if self.front.metrics.ended(self.answer.take()) == 0 {
            self.front.idle.notify_waiters();
        }
    }
}
