//! Makes connections: DNS, TCP, proxies, TLS, and a pool.

mod builder;
mod connector;
mod contacts;
mod resolver;
mod timeouts;
mod tracked;
mod tunnel;

pub use builder::TransportBuilder;
pub use timeouts::Timeouts;

use crate::body::Body;
use crate::body_stream::BodyStream;
use crate::error::Error;
use crate::proxies::Proxies;
use bytes::Bytes;
use connector::Connector;
use contacts::Contacts;
use http::{Request, Response, header};
use hyper::body::Incoming;
use hyper_util::client::legacy;
use resolver::NoSuchHost;
use std::error::Error as StdError;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tracked::Reused;
use tunnel::Refusal;

/// Sends requests as they are over pooled connections. Signing and retrying are up to the caller.
///
/// Clones share the pool. Building a transport sends nothing; sending needs a Tokio runtime with I/O and time enabled.
///
/// The first failed connection to a host that has never been reached is logged immediately at `WARN`, with host and cause, because a caller
/// may retry for minutes. Failures that no retry can fix are not logged, because the caller gets them immediately.
#[derive(Debug, Clone)]
pub struct Transport {
    client: legacy::Client<Connector, Body>,
    proxies: Arc<Proxies>,
    contacts: Arc<Contacts>,
    idle: Duration,
}

/// A failed attempt.
#[derive(Debug)]
pub struct Broken {
    /// Why there is no response.
    pub error: Error,
    /// Whether the connection had served a request before. If so, it may have died in the pool.
    pub reused: bool,
}

impl Transport {
    /// Starts building a transport that trusts the usual roots and uses no proxy.
    pub fn builder() -> TransportBuilder {
        TransportBuilder::default()
    }

    /// Sends a request and returns the response once its head has arrived, whatever its status.
    pub async fn send(&self, request: Request<Body>) -> Result<Response<BodyStream>, Error> {
        self.open(request).await.map_err(|broken| broken.error)
    }

    /// Does the same as [`send`](Self::send), and also reports whether a failure was on a pooled connection.
    pub async fn open(&self, mut request: Request<Body>) -> Result<Response<BodyStream>, Broken> {
        self.authorize_at_proxy(&mut request);
        let authority = request.uri().authority().cloned();
        let progress = request.body().progress();
        let mut before = 0;
        let mut response = self.client.request(request);
        loop {
            match tokio::time::timeout(self.idle, &mut response).await {
                Ok(Ok(response)) => {
                    Reused::mark(response.extensions());
                    return Ok(response.map(|body: Incoming| BodyStream::new(body, self.idle)));
                }
                Ok(Err(error)) => {
                    let reused = error.connect_info().is_some_and(Reused::is_marked);
                    let error = classify(error);
                    if let Some(authority) = authority.filter(|_| matches!(error, Error::Connect(_))) {
                        self.contacts.report(authority.as_str(), &error);
                    }
                    return Err(Broken { error, reused });
                }
                Err(_) => {
                    let now = progress.frames();
                    if now == before {
                        return Err(Broken { error: Error::Timeout(self.idle), reused: false });
                    }
                    before = now;
                }
            }
        }
    }

    /// Sends a request and returns the whole response. Fails with [`Error::TooLong`] if its body has more than `limit` bytes.
    pub async fn exchange(&self, request: Request<Body>, limit: usize) -> Result<Response<Bytes>, Error> {
        let (parts, body) = self.send(request).await?.into_parts();
        let body = body.whole(limit).await?;
        Ok(Response::from_parts(parts, body))
    }

    /// Adds the credentials for a proxy that receives the request itself. A tunnel has already sent them with its `CONNECT`.
    fn authorize_at_proxy(&self, request: &mut Request<Body>) {
        let uri = request.uri();
        if uri.scheme_str() != Some("http") {
            return;
        }
        if let Some(authorization) = self.proxies.of(uri).and_then(|proxy| proxy.authorization.clone()) {
            request.headers_mut().insert(header::PROXY_AUTHORIZATION, authorization);
        }
    }
}

fn classify(error: legacy::Error) -> Error {
    if !error.is_connect() {
        Error::Connection(error.into())
    } else if let Some(NoSuchHost(name)) = find(&error) {
        Error::UnknownHost(name.clone())
    } else if let Some(rustls::Error::InvalidCertificate(_)) = find(&error) {
        Error::Certificate(error.into())
    } else if let Some(refusal) = find::<Refusal>(&error).filter(|refusal| refusal.status.is_client_error()) {
        Error::Proxy(refusal.to_string())
    } else {
        Error::Connect(error.into())
    }
}

/// Finds an error of type `E` among the causes of another.
fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    if let Some(found) = error.downcast_ref() {
        return Some(found);
    }
    // The source of an I/O error is not the error that it wraps.
    let inside = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    inside.and_then(|error| find(error)).or_else(|| find(error.source()?))
}
