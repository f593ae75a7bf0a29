use super::contacts::Contacts;
use super::resolver::Resolver;
use super::timeouts::Timeouts;
use super::tracked::Tracked;
use super::tunnel;
use crate::proxies::Proxies;
use http::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpStream;
use tower_service::Service;

type BoxError = Box<dyn Error + Send + Sync>;
type Connecting<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;

/// Connects to the host of a URL, directly or through a proxy, within a time limit.
#[derive(Clone)]
pub(crate) struct Connector {
    https: HttpsConnector<Route>,
    proxies: Arc<Proxies>,
    contacts: Arc<Contacts>,
    limit: Duration,
}

/// Makes the TCP connection: to the host itself, to the proxy that receives its requests, or through a tunnel.
#[derive(Clone)]
struct Route {
    tcp: HttpConnector<Resolver>,
    proxies: Arc<Proxies>,
}

impl Connector {
    pub(crate) fn new(
        tls: ClientConfig,
        timeouts: &Timeouts,
        proxies: Arc<Proxies>,
        contacts: Arc<Contacts>,
    ) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(Resolver::default());
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        // Without this, a server that responds early and then stops reading would keep the connection, and the body, forever.
        tcp.set_tcp_user_timeout(Some(timeouts.idle));
        // Half of the time, which leaves the other half for another address of the host.
        tcp.set_connect_timeout(Some(timeouts.connect / 2));
        let https = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1();
        let https = https.wrap_connector(Route { tcp, proxies: Arc::clone(&proxies) });
        Connector { https, proxies, contacts, limit: timeouts.connect }
    }
}

impl Service<Uri> for Connector {
    type Response = Tracked<MaybeHttpsStream<TokioIo<TcpStream>>>;
    type Error = BoxError;
    type Future = Connecting<Self::Response>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.https.poll_ready(cx)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        // The request line contains the whole URL only in this case.
        let forwarded = uri.scheme_str() == Some("http") && self.proxies.of(&uri).is_some();
        let authority = uri.authority().cloned();
        let connecting = tokio::time::timeout(self.limit, self.https.call(uri));
        let (limit, contacts) = (self.limit, Arc::clone(&self.contacts));
        Box::pin(async move {
            let connected =
                connecting.await.map_err(|_| format!("no connection was made within {limit:?}"))??;
            if let Some(authority) = authority {
                contacts.reached(authority.as_str());
            }
            Ok(Tracked::new(connected, forwarded))
        })
    }
}

impl Service<Uri> for Route {
    type Response = TokioIo<TcpStream>;
    type Error = BoxError;
    type Future = Connecting<Self::Response>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.tcp.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let Some(proxy) = self.proxies.of(&uri).cloned() else {
            let connecting = self.tcp.call(uri);
            return Box::pin(async move { Ok(connecting.await?) });
        };
        let connecting = self.tcp.call(proxy.uri.clone());
        Box::pin(async move {
            let mut stream = connecting.await?;
            if uri.scheme_str() == Some("https") {
                tunnel::open(stream.inner_mut(), &proxy, &uri).await?;
            }
            Ok(stream)
        })
    }
}
