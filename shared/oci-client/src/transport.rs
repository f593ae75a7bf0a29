//! Connections: DNS, TCP, TLS, and a pool of them.

mod resolver;
mod reuse;

use crate::answer::BodyStream;
use crate::body::Body;
use crate::error::{Cause, ConfigError};
use bytes::Bytes;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::{self, connect::HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use resolver::{NoSuchHost, Resolver};
use reuse::{Reused, TrackReuse};
use rustls::ClientConfig;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use std::error::Error;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How long to wait for what.
#[derive(Debug, Clone)]
pub struct Timeouts {
    /// For a connection: its name, TCP and TLS. Within a region it takes milliseconds.
    pub connect: Duration,
    /// For anything to move on a connection: a part of a body, or the answer.
    pub idle: Duration,
    /// For a connection to be used again; shorter than load balancers keep one, so that the pool mostly holds live ones.
    pub pooled: Duration,
}

impl Default for Timeouts {
    /// 10 s to connect and 60 s without any movement, as Oracle's SDKs; 20 s in the pool.
    fn default() -> Self {
        Timeouts {
            connect: Duration::from_secs(10),
            idle: Duration::from_secs(60),
            pooled: Duration::from_secs(20),
        }
    }
}

/// Sends requests as they are, over pooled connections: without signing them, and without a second try.
///
/// What a [`Client`](crate::Client) stands on; by itself it is for services of others, which then share the roots compiled in and a
/// DNS without the C library.
#[derive(Debug, Clone)]
pub struct Transport {
    client: legacy::Client<TrackReuse<HttpsConnector<HttpConnector<Resolver>>>, Body>,
    idle: Duration,
}

/// An attempt that brought no answer.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) cause: Cause,
    /// On a connection that had served before: it may have been dead all along.
    pub(crate) reused: bool,
}

/// Idle connections kept for one host: as many as a client uses at a time.
const POOL: usize = 32;

/// Largest buffer of a connection. hyper reads adaptively up to it; larger ones gain nothing on loopback.
const BUFFER: usize = 512 << 10;

impl Transport {
    /// Connections by TLS with the roots compiled in, and with those in `trust` (PEM) besides; also plain ones, for endpoints that
    /// say `http:`. The certificates are the only thing that can be wrong; nothing is sent.
    pub fn new(timeouts: &Timeouts, trust: &[u8]) -> Result<Self, ConfigError> {
        let mut http = HttpConnector::new_with_resolver(Resolver::default());
        http.enforce_http(false);
        http.set_nodelay(true);
        // A server that answers early and then stops reading would keep the connection, and the body, for ever.
        http.set_tcp_user_timeout(Some(timeouts.idle));
        // Half of it, so that there is time for another address of the host.
        http.set_connect_timeout(Some(timeouts.connect / 2));
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(tls(trust).map_err(ConfigError::new)?)
            .https_or_http()
            .enable_http1();
        let connector = TrackReuse::new(https.wrap_connector(http), timeouts.connect);
        let client = legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(timeouts.pooled)
            .pool_max_idle_per_host(POOL)
            .http1_max_buf_size(BUFFER)
            .build(connector);
        Ok(Transport { client, idle: timeouts.idle })
    }

    /// Sends a request, whatever the answer's status, and gives the answer as soon as its head is there.
    pub async fn send(&self, request: Request<Body>) -> Result<Response<BodyStream>, Cause> {
        let answer = self.open(request).await.map_err(|broken| broken.cause)?;
        Ok(answer.map(|body| self.stream(body)))
    }

    pub(crate) async fn open(&self, request: Request<Body>) -> Result<Response<Incoming>, Broken> {
        let moved = request.body().moved();
        let mut before = 0;
        let mut answer = self.client.request(request);
        loop {
            match tokio::time::timeout(self.idle, &mut answer).await {
                Ok(Ok(answer)) => {
                    Reused::mark(answer.extensions());
                    return Ok(answer);
                }
                Ok(Err(error)) => {
                    let reused = error.connect_info().is_some_and(Reused::is_marked);
                    return Err(Broken { cause: cause(error), reused });
                }
                Err(_) => {
                    let now = moved.load(Ordering::Relaxed);
                    if now == before {
                        return Err(Broken { cause: Cause::Timeout(self.idle), reused: false });
                    }
                    before = now;
                }
            }
        }
    }

    /// Sends a request and takes its whole answer, of at most `limit` bytes.
    pub(crate) async fn exchange(
        &self,
        request: Request<Body>,
        limit: usize,
    ) -> Result<Response<Bytes>, Cause> {
        let (parts, body) = self.send(request).await?.into_parts();
        let body = body.whole(limit).await?;
        Ok(Response::from_parts(parts, body))
    }

    pub(crate) fn stream(&self, body: Incoming) -> BodyStream {
        BodyStream::new(body, self.idle)
    }
}

fn cause(error: legacy::Error) -> Cause {
    if !error.is_connect() {
        Cause::Connection(error.into())
    } else if let Some(NoSuchHost(name)) = find(&error) {
        Cause::UnknownHost(name.clone())
    } else if let Some(rustls::Error::InvalidCertificate(_)) = find(&error) {
        Cause::Certificate(error.into())
    } else {
        Cause::Connect(error.into())
    }
}

/// An error of a kind among the causes of another.
fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    if let Some(found) = error.downcast_ref() {
        return Some(found);
    }
    // An I/O error has the error it was made of inside, and not as its source.
    let inside = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    inside.and_then(|error| find(error)).or_else(|| find(error.source()?))
}

fn tls(trust: &[u8]) -> Result<ClientConfig, String> {
    let mut store = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for block in pem::parse_many(trust).map_err(|error| format!("certificates to trust: {error}"))? {
        let root = CertificateDer::from(block.into_contents());
        store.add(root).map_err(|error| format!("a root certificate is not usable: {error}"))?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().map_err(|error| error.to_string())?;
    Ok(config.with_root_certificates(store).with_no_client_auth())
}
