use crate::answer::{Answer, BodyStream, service_error, service_time};
use crate::body::Body;
use crate::credentials::Credentials;
use crate::deadline::Deadline;
use crate::error::{Cause, ConfigError, Error};
use crate::principal::Principal;
use crate::region::Region;
use crate::request::Request;
use crate::retry::{Attempts, Next, RetryBudget, RetryPolicy};
use crate::transport::{Broken, Timeouts, Transport};
use bytes::Bytes;
use http::Response;
use hyper::body::Incoming;
use std::error::Error as _;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime};

/// Sends requests to services, signed by one principal, over one pool of connections. Cloning shares all of it.
///
/// Building one asks nobody and takes less than a millisecond; it needs a Tokio runtime when it sends.
#[derive(Debug, Clone)]
pub struct Client(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    principal: Principal,
    transport: Transport,
    retry: RetryPolicy,
    budget: RetryBudget,
    /// The service's clock less ours, in seconds, once a signature was refused for its date.
    clock_ahead: AtomicI64,
}

/// Makes a [`Client`].
#[derive(Debug)]
pub struct ClientBuilder {
    principal: Principal,
    timeouts: Timeouts,
    retry: RetryPolicy,
    roots: Vec<u8>,
}

/// An attempt that did not bring what was wanted.
struct Failure {
    cause: Cause,
    dead: bool,
    /// The service's clock, if it told.
    service_time: Option<SystemTime>,
    /// How far ahead of ours it was taken to be when the attempt was signed.
    clock_ahead: i64,
}

/// Longest answer of the operations that answer with a document: a thousand objects with names of 1,024 bytes are some 4 MB.
const MAX_DOCUMENT: usize = 64 << 20;

/// Longest account of an error that is read.
const MAX_ERROR: usize = 64 << 10;

/// Services refuse dates that are further off: <https://docs.oracle.com/en-us/iaas/Content/API/References/apierrors.htm>.
const CLOCK_TOLERANCE: i64 = 5 * 60;

impl Client {
    /// Begins a client that signs as this principal.
    pub fn builder(principal: Principal) -> ClientBuilder {
        ClientBuilder {
            principal,
            timeouts: Timeouts::default(),
            retry: RetryPolicy::default(),
            roots: Vec::new(),
        }
    }

    /// Sends a request and takes its whole answer.
    ///
    /// It is tried again, each time signed anew, by the [`RetryPolicy`] after throttling, trouble in the service and on the way;
    /// at once, and not counted, on a pooled connection found dead; once after 401, with credentials read again and by the service's
    /// clock; and once after 404 `BucketNotFound`, which the service says falsely at times.
    pub async fn send(&self, request: &Request) -> Result<Answer<Bytes>, Error> {
        self.run(request, |answer| async {
            let (parts, body) = answer.into_parts();
            let body = self.0.transport.stream(body).whole(MAX_DOCUMENT).await?;
            Ok(Response::from_parts(parts, body))
        })
        .await
    }

    /// Sends a request and gives its answer as soon as the head is there; retries as [`send`](Self::send), up to there.
    pub async fn open(&self, request: &Request) -> Result<Answer<BodyStream>, Error> {
        self.run(request, |answer| {
            let answer = answer.map(|body| self.0.transport.stream(body));
            async { Ok(answer) }
        })
        .await
    }

    /// The region, where the principal is the only one to know it: that of an instance, which is asked for it once.
    pub async fn region(&self) -> Result<Option<Region>, Error> {
        let region = self.0.principal.region(&self.0.transport).await;
        region.map_err(|error| Error {
            operation: "GetRegion",
            target: String::new(),
            attempts: 0,
            effect_unknown: false,
            cause: Cause::Credentials(error),
        })
    }

    async fn run<B, F>(
        &self,
        request: &Request,
        finish: impl Fn(Response<Incoming>) -> F + Send + Sync,
    ) -> Result<Answer<B>, Error>
    where
        F: Future<Output = Result<Response<B>, Cause>> + Send,
    {
        let Inner { principal, retry, budget, .. } = &*self.0;
        let (begun, deadline) = (Instant::now(), Deadline::within(request.within));
        let attempts = Attempts::new(retry, budget, request.repeatable);
        let mut attempts = attempts.of(request.once, deadline.limit());
        let cause = loop {
            let credentials = match deadline.wait(principal.credentials(&self.0.transport)).await {
                Ok(Ok(credentials)) => credentials,
                Ok(Err(error)) => break Cause::Credentials(error),
                Err(_) => break Cause::Connect("the time was over before there were credentials".into()),
            };
            attempts.count += 1;
            let failure = match self.attempt(request, &credentials, deadline, &finish).await {
                Ok(answer) => {
                    attempts.succeeded();
                    let (parts, body) = answer.into_parts();
                    return Ok(Answer {
                        status: parts.status,
                        headers: parts.headers,
                        body,
                        attempts: attempts.count,
                        effect_unknown: attempts.effect_unknown,
                    });
                }
                Err(failure) => failure,
            };
            let next = attempts.after(&failure.cause, failure.dead, begun.elapsed(), fastrand::f64());
            match next {
                Next::AtOnce => {
                    tracing::debug!(operation = request.operation, "a pooled connection was dead");
                }
                Next::After(pause) => {
                    // At a level that is mostly shown: whoever waits should know for what.
                    tracing::info!(
                        operation = request.operation,
                        target = %request.endpoint.uri(&request.target),
                        attempt = attempts.count,
                        cause = %failure.cause,
                        source = failure.cause.source(),
                        pause_ms = pause.as_millis() as u64,
                        "a request is tried again"
                    );
                    tokio::time::sleep(pause).await;
                }
                Next::SignAnew => {
                    let clock_mended = self.mend_clock(&failure);
                    let others_to_try = principal.refused(&credentials).await;
                    if !clock_mended && !others_to_try {
                        break failure.cause;
                    }
                }
                Next::GiveUp => break failure.cause,
            }
        };
        Err(Error {
            operation: request.operation,
            target: format!("{} {}", request.method, request.endpoint.uri(&request.target)),
            attempts: attempts.count,
            effect_unknown: attempts.effect_unknown,
            cause,
        })
    }

    async fn attempt<B, F>(
        &self,
        request: &Request,
        credentials: &Credentials,
        deadline: Deadline,
        finish: impl Fn(Response<Incoming>) -> F,
    ) -> Result<Response<B>, Failure>
    where
        F: Future<Output = Result<Response<B>, Cause>>,
    {
        let transport = &self.0.transport;
        let clock_ahead = self.0.clock_ahead.load(Ordering::Relaxed);
        let signed = request.sign(credentials, moved(SystemTime::now(), clock_ahead));
        let signed = signed.map_err(|error| Failure::of(Cause::Unexpected(error.to_string())))?;
        let sent = signed.body().moved();
        let has_body = !signed.body().is_empty();
        let answer = match deadline.wait(transport.open(signed)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(Broken { cause, reused })) => return Err(Failure { dead: reused, ..Failure::of(cause) }),
            Err(_) if has_body && Body::withhold(&sent) => {
                return Err(Failure::of(Cause::Connect("the time was over before there was one".into())));
            }
            Err(timeout) => return Err(Failure::of(timeout)),
        };
        if answer.status().is_success() {
            return deadline.wait(finish(answer)).await.and_then(|finished| finished).map_err(Failure::of);
        }
        let service_time = service_time(answer.headers());
        let (parts, body) = answer.into_parts();
        // What the status says stands, also when the account of it does not arrive.
        let body = deadline.wait(transport.stream(body).whole(MAX_ERROR)).await;
        let body = body.and_then(|body| body).unwrap_or_default();
        let cause = Cause::Service(service_error(&Response::from_parts(parts, body)));
        Err(Failure { cause, dead: false, service_time, clock_ahead })
    }

    /// Takes over the service's clock, when a signature was refused and ours is so far off that this may be why. Says whether
    /// requests are signed by another clock now than the refused one was.
    fn mend_clock(&self, refused: &Failure) -> bool {
        if self.0.clock_ahead.load(Ordering::Relaxed) != refused.clock_ahead {
            return true; // another request was refused, too, and has done it
        }
        let Some(service) = refused.service_time else { return false };
        let now = SystemTime::now();
        let seconds = |late: SystemTime, early| late.duration_since(early).map(|by| by.as_secs() as i64);
        let ahead = seconds(service, now).unwrap_or_else(|_| -seconds(now, service).unwrap_or(0));
        // Half of the tolerance: their second thoughts and ours take time, too.
        if (ahead - refused.clock_ahead).abs() < CLOCK_TOLERANCE / 2 {
            return false;
        }
        tracing::warn!(
            seconds = ahead,
            "the service's clock is ahead of this machine's by so much; requests are signed by it"
        );
        self.0.clock_ahead.store(ahead, Ordering::Relaxed);
        true
    }
}

/// Our clock, moved by so many seconds.
fn moved(now: SystemTime, ahead: i64) -> SystemTime {
    let by = Duration::from_secs(ahead.unsigned_abs());
    let moved = if ahead >= 0 { now.checked_add(by) } else { now.checked_sub(by) };
    moved.unwrap_or(now)
}

impl Failure {
    fn of(cause: Cause) -> Self {
        Failure { cause, dead: false, service_time: None, clock_ahead: 0 }
    }
}

impl ClientBuilder {
    /// How long to wait for what.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// How often, how long and how far apart requests are tried.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// Trusts these certificates (PEM) besides the roots compiled in.
    pub fn trust(mut self, pem: &str) -> Self {
        self.roots.extend_from_slice(pem.as_bytes());
        self.roots.push(b'\n');
        self
    }

    /// Makes the client. The certificates to trust are the only thing that can be wrong.
    pub fn build(self) -> Result<Client, ConfigError> {
        let transport = Transport::new(&self.timeouts, &self.roots)?;
        Ok(Client(Arc::new(Inner {
            principal: self.principal,
            transport,
            retry: self.retry,
            budget: RetryBudget::default(),
            clock_ahead: AtomicI64::new(0),
        })))
    }
}
