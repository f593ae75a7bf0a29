//! A client connection that ends when the client is silent for too long.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

/// A TCP stream that fails when nothing could be read or written for too long.
///
/// The read timeout applies only between requests and within their heads. During a request, the service itself waits for the body and can
/// report a timeout; after the body, no more data is expected.
#[derive(Debug)]
pub(crate) struct PatientStream {
    stream: TcpStream,
    busy: Busy,
    read: Alarm,
    write: Alarm,
}

/// The number of requests being served on a connection. The next request may start while the end of a response is still being sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Busy(Arc<AtomicUsize>);

/// A request being served. Dropping it ends the count.
#[derive(Debug)]
pub(crate) struct Serving(Busy);

/// A timer that expires once something has been waited for too long, unless it is stopped first.
#[derive(Debug)]
struct Alarm {
    after: Duration,
    sleep: Pin<Box<Sleep>>,
    set: bool,
}

impl PatientStream {
    pub(crate) fn new(stream: TcpStream, silence: Duration, busy: Busy) -> Self {
        Self { stream, busy, read: Alarm::new(silence), write: Alarm::new(silence) }
    }

    pub(crate) fn into_inner(self) -> TcpStream {
        self.stream
    }
}

impl Busy {
    pub(crate) fn serve(&self) -> Serving {
        self.0.fetch_add(1, Ordering::Relaxed);
        Serving(self.clone())
    }

    fn is_serving(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Alarm {
    fn new(after: Duration) -> Self {
        Self { after, sleep: Box::pin(sleep(after)), set: false }
    }

    fn stop(&mut self) {
        self.set = false;
    }

    /// Starts the timer if necessary, and fails once it has expired.
    fn wait<T>(&mut self, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if !self.set {
            self.sleep.as_mut().reset(Instant::now() + self.after);
            self.set = true;
        }
        self.sleep.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }

    /// Stops the timer if the operation is ready; otherwise waits.
    fn watch<T>(&mut self, polled: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        match polled {
            Poll::Pending => self.wait(context),
            ready => {
                self.stop();
                ready
            }
        }
    }
}

impl AsyncRead for PatientStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        if self.busy.is_serving() {
            self.read.stop();
            return polled;
        }
        self.read.watch(polled, context)
    }
}

impl AsyncWrite for PatientStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.write.watch(polled, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.write.watch(polled, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
