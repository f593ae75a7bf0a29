use super::Transport;
use super::connector::Connector;
use super::contacts::Contacts;
use super::timeouts::Timeouts;
use crate::error::ConfigError;
use crate::proxies::Proxies;
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use std::sync::Arc;

/// Builds a [`Transport`].
#[derive(Debug, Clone, Default)]
pub struct TransportBuilder {
    timeouts: Timeouts,
    trusted: Vec<u8>,
    proxies: Proxies,
}

/// Number of idle connections kept for each host: as many as a client uses concurrently.
const POOL: usize = 32;

/// Maximum size of a connection's read buffer. hyper grows its buffers up to this size; larger ones gain nothing on loopback.
const BUFFER: usize = 512 << 10;

impl TransportBuilder {
    /// Sets how long to wait in each phase of a request.
    #[must_use]
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Trusts these certificates (PEM) in addition to the built-in roots.
    #[must_use]
    pub fn trust(mut self, pem: &[u8]) -> Self {
        self.trusted.extend_from_slice(pem);
        self.trusted.push(b'\n');
        self
    }

    /// Sends requests through proxies.
    #[must_use]
    pub fn proxies(mut self, proxies: Proxies) -> Self {
        self.proxies = proxies;
        self
    }

    /// Builds the transport. Sends nothing, and takes less than a millisecond.
    ///
    /// # Errors
    ///
    /// Fails if one of the trusted certificates is invalid.
    pub fn build(self) -> Result<Transport, ConfigError> {
        let TransportBuilder { timeouts, trusted, proxies } = self;
        let tls = tls(&trusted).map_err(ConfigError::new)?;
        let (proxies, contacts) = (Arc::new(proxies), Arc::new(Contacts::default()));
        let connector = Connector::new(tls, &timeouts, Arc::clone(&proxies), Arc::clone(&contacts));
        let client = legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(timeouts.pooled)
            .pool_max_idle_per_host(POOL)
            .http1_max_buf_size(BUFFER)
            .build(connector);
        Ok(Transport { client, proxies, contacts, idle: timeouts.idle })
    }
}

fn tls(trusted: &[u8]) -> Result<ClientConfig, String> {
    let mut store = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for block in
        pem::parse_many(trusted).map_err(|error| format!("cannot read the trusted certificates: {error}"))?
    {
        let root = CertificateDer::from(block.into_contents());
        store.add(root).map_err(|error| format!("invalid root certificate: {error}"))?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().map_err(|error| error.to_string())?;
    Ok(config.with_root_certificates(store).with_no_client_auth())
}
