use crate::attempts::{Attempts, Next};
use crate::clock::Clock;
use crate::credentials::Credentials;
use crate::error::{Cause, Error};
use crate::principal::Principal;
use crate::region::Region;
use crate::request::Request;
use crate::response::Response;
use crate::service_error::ServiceError;
use bytes::Bytes;
use cloud_transport::{
    BodyStream, Broken, ConfigError, Deadline, Proxies, RetryBudget, RetryPolicy, Timeouts, Transport,
    TransportBuilder, parse_http_date,
};
use http::header;
use std::error::Error as StdError;
use std::future::Future;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

/// Sends requests to services, signed as one principal, over one connection pool. Clones share all of it.
///
/// Building a client sends nothing and takes less than a millisecond. Sending needs a Tokio runtime.
#[derive(Debug, Clone)]
pub struct Client(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    principal: Principal,
    transport: Transport,
    retry: RetryPolicy,
    budget: RetryBudget,
    clock: Clock,
}

/// Builds a [`Client`].
#[derive(Debug)]
pub struct ClientBuilder {
    principal: Principal,
    transport: TransportBuilder,
    retry: RetryPolicy,
}

/// A failed attempt.
struct Failure {
    cause: Cause,
    /// Whether the attempt was on a connection that had served a request before.
    reused: bool,
    /// The service's time, if the response had a date.
    service_time: Option<SystemTime>,
    /// How many seconds the service's clock was assumed to be ahead of the local one when the attempt was signed.
    clock_ahead: i64,
}

/// Largest response that is read whole. A listing of a thousand objects with names of 1,024 bytes takes about 4 MB.
const MAX_DOCUMENT: usize = 64 << 20;

/// Largest error body that is read.
const MAX_ERROR: usize = 64 << 10;

impl Client {
    /// Starts building a client that signs as this principal.
    pub fn builder(principal: Principal) -> ClientBuilder {
        ClientBuilder { principal, transport: Transport::builder(), retry: RetryPolicy::default() }
    }

    /// Sends a request and reads its whole response.
    ///
    /// After throttling and after failures in the service or on the way to it, the request is signed and sent again as the [`RetryPolicy`]
    /// says. If a pooled connection was dead, it is sent again without a pause, and this does not count as an attempt. After a 401 it is
    /// sent once more, with credentials read again and with the service's clock. After a 404 `BucketNotFound` it is sent once more, because
    /// the service sometimes returns it falsely. Each retry is logged at `DEBUG`.
    pub async fn send(&self, request: &Request) -> Result<Response<Bytes>, Error> {
        self.run(request, |response| async {
            let (parts, body) = response.into_parts();
            let body = body.whole(MAX_DOCUMENT).await?;
            Ok(http::Response::from_parts(parts, body))
        })
        .await
    }

    /// Sends a request and returns its response once the head has arrived. Retries like [`send`](Self::send) until then.
    pub async fn open(&self, request: &Request) -> Result<Response<BodyStream>, Error> {
        self.run(request, |response| async { Ok(response) }).await
    }

    /// Returns the region if only the principal knows it: an instance is asked for it once.
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
        finish: impl Fn(http::Response<BodyStream>) -> F + Send + Sync,
    ) -> Result<Response<B>, Error>
    where
        F: Future<Output = Result<http::Response<B>, cloud_transport::Error>> + Send,
    {
        let Inner { principal, retry, budget, clock, .. } = &*self.0;
        let (begun, deadline) = (Instant::now(), Deadline::within(request.within));
        let mut attempts = Attempts::new(retry, budget, request.repeatable, request.once, deadline.limit());
        let cause = loop {
            let credentials = match deadline.wait(principal.credentials(&self.0.transport)).await {
                Ok(Ok(credentials)) => credentials,
                Ok(Err(error)) => break Cause::Credentials(error),
                Err(_) => {
                    let late = "the time limit passed before credentials were available";
                    break cloud_transport::Error::Connect(late.into()).into();
                }
            };
            attempts.begin();
            let failure = match self.attempt(request, &credentials, deadline, &finish).await {
                Ok(response) => {
                    attempts.succeeded();
                    let (parts, body) = response.into_parts();
                    return Ok(Response {
                        status: parts.status,
                        headers: parts.headers,
                        body,
                        attempts: attempts.count(),
                        effect_unknown: attempts.effect_unknown(),
                    });
                }
                Err(failure) => failure,
            };
            match attempts.after(&failure.cause, failure.reused, begun.elapsed(), fastrand::f64()) {
                Next::AtOnce => {
                    tracing::debug!(operation = request.operation, "a pooled connection was dead");
                }
                Next::After(pause) => {
                    tracing::debug!(
                        operation = request.operation,
                        target = %request.endpoint.uri(&request.target),
                        attempt = attempts.count(),
                        cause = &failure.cause as &dyn StdError,
                        pause_ms = pause.as_millis() as u64,
                        "retrying a request"
                    );
                    tokio::time::sleep(pause).await;
                }
                Next::SignAnew => {
                    let clock_set = clock.adopt(failure.service_time, failure.clock_ahead);
                    let others_to_try = principal.refused(&credentials).await;
                    if !clock_set && !others_to_try {
                        break failure.cause;
                    }
                }
                Next::GiveUp => break failure.cause,
            }
        };
        Err(Error {
            operation: request.operation,
            target: format!("{} {}", request.method, request.endpoint.uri(&request.target)),
            attempts: attempts.count(),
            effect_unknown: attempts.effect_unknown(),
            cause,
        })
    }

    async fn attempt<B, F>(
        &self,
        request: &Request,
        credentials: &Credentials,
        deadline: Deadline,
        finish: impl Fn(http::Response<BodyStream>) -> F,
    ) -> Result<http::Response<B>, Failure>
    where
        F: Future<Output = Result<http::Response<B>, cloud_transport::Error>>,
    {
        let clock_ahead = self.0.clock.ahead();
        let signed = request.sign(credentials, self.0.clock.now());
        let signed = signed.map_err(|error| Failure::of(Cause::Unexpected(error.to_string())))?;
        let progress = signed.body().progress();
        let has_body = !signed.body().is_empty();
        let response = match deadline.wait(self.0.transport.open(signed)).await {
            Ok(Ok(response)) => response,
            Ok(Err(Broken { error, reused })) => return Err(Failure { reused, ..Failure::of(error) }),
            Err(_) if has_body && progress.withhold() => {
                let late = "the time limit passed before a connection was made";
                return Err(Failure::of(cloud_transport::Error::Connect(late.into())));
            }
            Err(timeout) => return Err(Failure::of(timeout)),
        };
        if response.status().is_success() {
            let finished = deadline.wait(finish(response)).await.and_then(|finished| finished);
            return finished.map_err(Failure::of);
        }
        let date = response.headers().get(header::DATE).and_then(|date| date.to_str().ok());
        let service_time = date.and_then(parse_http_date);
        let (parts, body) = response.into_parts();
        // The status counts even if the error's body does not arrive.
        let body = deadline.wait(body.whole(MAX_ERROR)).await;
        let body = body.and_then(|body| body).unwrap_or_default();
        let cause = Cause::Service(ServiceError::of(&http::Response::from_parts(parts, body)));
        Err(Failure { cause, reused: false, service_time, clock_ahead })
    }
}

impl Failure {
    fn of(cause: impl Into<Cause>) -> Self {
        Failure { cause: cause.into(), reused: false, service_time: None, clock_ahead: 0 }
    }
}

impl ClientBuilder {
    /// Sets how long to wait in each phase of a request.
    #[must_use]
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.transport = self.transport.timeouts(timeouts);
        self
    }

    /// Sets how often, for how long and how far apart requests are tried.
    #[must_use]
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// Trusts these certificates (PEM) in addition to the built-in roots.
    #[must_use]
    pub fn trust(mut self, pem: &str) -> Self {
        self.transport = self.transport.trust(pem.as_bytes());
        self
    }

    /// Sends requests through proxies.
    #[must_use]
    pub fn proxies(mut self, proxies: Proxies) -> Self {
        self.transport = self.transport.proxies(proxies);
        self
    }

    /// Builds the client.
    ///
    /// # Errors
    ///
    /// Fails if one of the trusted certificates is invalid.
    pub fn build(self) -> Result<Client, ConfigError> {
        Ok(Client(Arc::new(Inner {
            principal: self.principal,
            transport: self.transport.build()?,
            retry: self.retry,
            budget: RetryBudget::default(),
            clock: Clock::default(),
        })))
    }
}
