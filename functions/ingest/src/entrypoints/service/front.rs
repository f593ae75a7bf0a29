use super::body::{Unread, discard, read};
use super::measured::Measured;
use super::metrics::{CONTENT_TYPE as METRICS, Gauges, Metrics};
use super::open_request::OpenRequest;
use super::room::{Held, Room};
use super::unserved::{BROKEN, DRAINING, JSON, NO_ROOM, PANICKED, TOO_SLOW};
use crate::handler::{Handler, Origin, reject};
use crate::request::{Admission, ContentEncoding, Rejection};
use crate::response::{Counts, IngestResponse};
use bytes::Bytes;
use futures::FutureExt;
use http::header::{CONTENT_TYPE, EXPECT};
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response};
use http_body::Body;
use sender::{Limits, Sender, Stream};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// Responds to the service's requests: records go through the handler; health and metrics are answered here.
#[derive(Debug)]
pub(super) struct Front<S> {
    handler: Handler<Measured<S>>,
    sender: Arc<Sender<S>>,
    metrics: Arc<Metrics>,
    room: Room,
    /// How long a request's records may take to reach the stream.
    patience: Duration,
    is_draining: AtomicBool,
    /// Notified when the last open request has ended.
    idle: Notify,
    pub(super) connections: AtomicUsize,
}

/// Bytes that a record takes in addition to its own while it is handled, including its part of the response.
const RECORD: usize = 300;

/// Maximum expansion of gzip: bytes of text per byte (zlib's technical details, "Maximum Compression Factor").
const MAX_INFLATED: usize = 1032;

impl<S: Stream> Front<S> {
    /// Creates a front that holds at most `max_held` bytes of requests in total. A request's records have `patience` to reach the stream.
    pub(super) fn new(
        admission: Admission,
        limits: Limits,
        sender: Sender<S>,
        max_held: usize,
        patience: Duration,
    ) -> Self {
        let (sender, metrics) = (Arc::new(sender), Arc::new(Metrics::default()));
        let measured = Measured { sender: Arc::clone(&sender), metrics: Arc::clone(&metrics) };
        Front {
            handler: Handler::new(admission, limits, measured),
            sender,
            metrics,
            room: Room::new(max_held),
            patience,
            is_draining: AtomicBool::new(false),
            idle: Notify::new(),
            connections: AtomicUsize::new(0),
        }
    }

    /// Responds to one request.
    pub(super) async fn respond<B>(&self, request: Request<B>) -> Response<Bytes>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        match (request.method(), request.uri().path()) {
            (&Method::GET | &Method::HEAD, "/healthz") => self.health(),
            (&Method::GET | &Method::HEAD, "/metrics") => self.page(),
            _ => {
                let open = OpenRequest::new(&self.metrics, &self.idle);
                let (response, counts) = self.records(request).await;
                open.finish(response.status(), counts);
                response
            }
        }
    }

    /// Stops accepting records.
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
        let max = self.handler.admission().max_body();
        let (bytes, mut held) = match self.body(&head, &mut body, max).await {
            Ok(read) => read,
            Err(response) => {
                // A client that waits for `100 Continue` has not started sending.
                if !head.headers.contains_key(EXPECT) {
                    discard(&mut body, max).await;
                }
                return (response, Counts::default());
            }
        };
        let request = Request::from_parts(head, bytes);
        let handled = AssertUnwindSafe(self.handle(request, &mut held)).catch_unwind().await;
        match handled {
            Ok(Some(response)) => {
                let counts = response.counts;
                (response.into_response().map(|body| held.keep(body)), counts)
            }
            Ok(None) => (NO_ROOM.into(), Counts::default()),
            // The panic has been logged where it happened.
            Err(_) => (PANICKED.into(), Counts::default()),
        }
    }

    /// Returns the handler's response, or `None` if there is no room for the request's records. None of them has been sent in that case.
    async fn handle(&self, request: Request<Bytes>, held: &mut Held) -> Option<IngestResponse> {
        let (origin, until) = (Origin::of(&request), Instant::now() + self.patience);
        match self.handler.admit(request).await {
            Ok(admitted) if held.grow_or_be_alone(admitted.total() * RECORD) => {
                Some(self.handler.send(admitted, until, origin).await)
            }
            Ok(_) => None,
            Err(rejection) => Some(reject(rejection)),
        }
    }

    /// Reads the body, and takes the room for it and its text.
    async fn body<B>(&self, head: &Parts, body: &mut B, max: usize) -> Result<(Bytes, Held), Response<Bytes>>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        if self.is_draining.load(Ordering::SeqCst) {
            return Err(DRAINING.into());
        }
        let rejected = |rejection: Rejection| IngestResponse::from(rejection).into_response();
        self.handler.admission().check_head(head).map_err(rejected)?;
        let (bytes, mut held) = read(body, max, &self.room).await.map_err(|unread| match unread {
            Unread::TooLarge => rejected(Rejection::too_large(max)),
            Unread::NoRoom => NO_ROOM.into(),
            Unread::TooSlow => TOO_SLOW.into(),
            Unread::Broken => BROKEN.into(),
        })?;
        let is_gzip = ContentEncoding::of(&head.headers).map_err(rejected)? == ContentEncoding::Gzip;
        if is_gzip && !held.grow(bytes.len().saturating_mul(MAX_INFLATED).min(max)) {
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
            sender: self.sender.counts(),
            body_bytes: self.room.held(),
            connections: self.connections.load(Ordering::Relaxed),
        };
        let mut response = Response::new(self.metrics.page(gauges).into());
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(METRICS));
        response
    }
}
