//! Tells whether a connection served a request before: one found dead then was dead in the pool, which is no reason to wait.

use http::{Extensions, Uri};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use std::error::Error;
use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tower_service::Service;

/// Travels with a connection: set once it has served.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reused(Arc<AtomicBool>);

impl Reused {
    /// Notes that the connection of an answer has served.
    pub(crate) fn mark(extensions: &Extensions) {
        if let Some(Reused(served)) = extensions.get() {
            served.store(true, Ordering::Relaxed);
        }
    }

    /// Whether the connection had served before.
    pub(crate) fn is_marked(connected: &Connected) -> bool {
        let mut extensions = Extensions::new();
        connected.get_extras(&mut extensions);
        extensions.get::<Reused>().is_some_and(|Reused(served)| served.load(Ordering::Relaxed))
    }
}

/// Makes connections that carry [`Reused`].
#[derive(Debug, Clone)]
pub(crate) struct TrackReuse<C> {
    connector: C,
    limit: Duration,
}

impl<C> TrackReuse<C> {
    /// Connections by `connector`, each of them made within `limit` or not at all.
    pub(crate) fn new(connector: C, limit: Duration) -> Self {
        TrackReuse { connector, limit }
    }
}

type BoxError = Box<dyn Error + Send + Sync>;

impl<C> Service<Uri> for TrackReuse<C>
where
    C: Service<Uri, Error: Into<BoxError>, Future: Send + 'static>,
{
    type Response = Tracked<C::Response>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.connector.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connecting = tokio::time::timeout(self.limit, self.connector.call(uri));
        let limit = self.limit;
        Box::pin(async move {
            let connected =
                connecting.await.map_err(|_| format!("there was no connection within {limit:?}"))?;
            Ok(Tracked { io: connected.map_err(Into::into)?, reused: Reused::default() })
        })
    }
}

/// A connection with its [`Reused`].
#[derive(Debug)]
pub(crate) struct Tracked<T> {
    io: T,
    reused: Reused,
}

impl<T: Connection> Connection for Tracked<T> {
    fn connected(&self) -> Connected {
        self.io.connected().extra(self.reused.clone())
    }
}

impl<T: Read + Unpin> Read for Tracked<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buffer)
    }
}

impl<T: Write + Unpin> Write for Tracked<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buffer)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, buffers)
    }
}
