use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hyper_util::client::legacy::connect::dns::Name;
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use tower_service::Service;

/// Looks names up in `/etc/hosts` and at the name servers of `/etc/resolv.conf`. Both files are read at the first lookup.
#[derive(Debug, Clone, Default)]
pub(crate) struct Resolver(Arc<OnceLock<TokioResolver>>);

/// The error when the name servers say that a host does not exist.
#[derive(Debug, thiserror::Error)]
#[error("cannot resolve the host name {0}")]
pub(crate) struct NoSuchHost(pub(crate) String);

/// Address of the resolver in every virtual cloud network, for images without `/etc/resolv.conf`.
/// <https://docs.oracle.com/en-us/iaas/Content/Network/Concepts/dns.htm>
const CLOUD_RESOLVER: IpAddr = IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254));

impl Resolver {
    fn get(&self) -> io::Result<&TokioResolver> {
        if let Some(resolver) = self.0.get() {
            return Ok(resolver);
        }
        let builder = if Path::new("/etc/resolv.conf").exists() {
            TokioResolver::builder_tokio().map_err(io::Error::other)?
        } else {
            let transports = vec![ConnectionConfig::udp(), ConnectionConfig::tcp()];
            let servers = vec![NameServerConfig::new(CLOUD_RESOLVER, true, transports)];
            let config = ResolverConfig::from_parts(None, Vec::new(), servers);
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
        };
        let resolver = builder.build().map_err(io::Error::other)?;
        Ok(self.0.get_or_init(|| resolver))
    }
}

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let resolver = self.clone();
        Box::pin(async move {
            let found = resolver.get()?.lookup_ip(name.as_str()).await.map_err(|error| {
                match error.is_nx_domain() {
                    true => io::Error::other(NoSuchHost(name.to_string())),
                    false => io::Error::other(error),
                }
            })?;
            // The connector sets the port.
            let addresses: Vec<SocketAddr> =
                found.iter().map(|address| SocketAddr::new(address, 0)).collect();
            Ok(addresses.into_iter())
        })
    }
}
