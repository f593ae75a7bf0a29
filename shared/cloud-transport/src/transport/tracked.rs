use http::Extensions;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

/// A flag that belongs to a connection and is set once the connection has served a request. If such a connection turns out to be dead, it
/// died in the pool, which is no reason to wait before a retry.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reused(Arc<AtomicBool>);

impl Reused {
    /// Notes that a response's connection has served a request.
    pub(crate) fn mark(extensions: &Extensions) {
        if let Some(Reused(served)) = extensions.get() {
            served.store(true, Ordering::Relaxed);
        }
    }

    /// Returns whether the connection had served a request before.
    pub(crate) fn is_marked(connected: &Connected) -> bool {
        let mut extensions = Extensions::new();
        connected.get_extras(&mut extensions);
        extensions.get::<Reused>().is_some_and(|Reused(served)| served.load(Ordering::Relaxed))
    }
}

/// A connection with its [`Reused`] flag.
#[derive(Debug)]
pub(crate) struct Tracked<T> {
    io: T,
    reused: Reused,
    /// Whether the requests go to a proxy and therefore contain the whole URL.
    forwarded: bool,
}

impl<T> Tracked<T> {
    pub(crate) fn new(io: T, forwarded: bool) -> Self {
        Tracked { io, reused: Reused::default(), forwarded }
    }
}

impl<T: Connection> Connection for Tracked<T> {
    fn connected(&self) -> Connected {
        self.io.connected().extra(self.reused.clone()).proxy(self.forwarded)
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
