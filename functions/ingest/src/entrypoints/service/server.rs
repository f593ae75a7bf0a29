use super::front::Front;
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use sender::Stream;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;

/// Accepts connections until a signal stops the process.
#[derive(Debug)]
pub(crate) struct Server<S> {
    listener: TcpListener,
    front: Arc<Front<S>>,
    signals: Signals,
}

#[derive(Debug)]
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

/// Maximum number of connections, the same as the API gateway allows a client IP. The next one waits until another is closed.
const MAX_CONNECTIONS: usize = 1000;

/// Maximum bytes of a request's head. The API gateway allows 8 KB, but hyper also reads bodies in pieces of up to this size, so a lower
/// value would be slow.
const MAX_HEAD: usize = 64 << 10;

/// Maximum time for a head to arrive, and for a connection to stay without a request.
const HEAD_TIME: Duration = Duration::from_secs(30);

/// Maximum time between two pieces of a response that a client reads, the same as for a body.
const WRITE_TIME: Duration = Duration::from_secs(15);

/// How long to wait after `accept` has failed, usually because of too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Maximum time for writing the last responses.
const LAST_WRITES: Duration = Duration::from_secs(5);

impl<S: Stream> Server<S> {
    /// Starts listening. From now on a signal ends the service in an orderly way.
    pub(crate) async fn bind(address: SocketAddr, front: Front<S>) -> io::Result<Self> {
        let signals = Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        };
        Ok(Server { listener: TcpListener::bind(address).await?, front: Arc::new(front), signals })
    }

    /// Returns the address on which the server listens.
    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until SIGTERM or SIGINT. After the signal, new requests get a 503, accepted ones are finished, and the method returns. A
    /// second signal makes it return immediately.
    pub(crate) async fn serve(mut self) {
        let permits = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        let (stop, stopped) = watch::channel(false);
        let mut connections = JoinSet::new();
        let mut is_draining = false;
        loop {
            let front = Arc::clone(&self.front);
            tokio::select! {
                accepted = accept(&self.listener, &permits) => {
                    connections.spawn(serve(accepted, front, stopped.clone()));
                }
                Some(_) = connections.join_next() => {}
                () = self.signals.next() => {
                    if is_draining {
                        tracing::warn!("second signal received; cutting off open requests");
                        return;
                    }
                    tracing::info!("shutting down; finishing accepted requests");
                    self.front.drain();
                    is_draining = true;
                }
                // Until all requests have ended, connections are still accepted, so that they get the 503.
                () = front.idle(), if is_draining => break,
            }
        }
        drop(self.listener);
        stop.send_replace(true);
        let ended = async { while connections.join_next().await.is_some() {} };
        tokio::select! {
            _ = timeout(LAST_WRITES, ended) => {}
            () = self.signals.next() => {}
        }
    }
}

async fn accept(listener: &TcpListener, permits: &Arc<Semaphore>) -> (TcpStream, OwnedSemaphorePermit) {
    let permit = Arc::clone(permits).acquire_owned().await.expect("the semaphore is never closed");
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return (stream, permit),
            Err(error) => {
                tracing::error!(%error, "cannot accept a connection; trying again");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Serves one connection, until its client disconnects or `stopped` becomes true.
async fn serve<S: Stream>(
    (stream, _permit): (TcpStream, OwnedSemaphorePermit),
    front: Arc<Front<S>>,
    mut stopped: watch::Receiver<bool>,
) {
    // Fails only on a socket that is already closed, which is noticed below.
    let _ = stream.set_nodelay(true);
    front.connections.fetch_add(1, Ordering::Relaxed);
    let service = service_fn(|request: Request<Incoming>| {
        let front = &front;
        async move { Ok::<_, Infallible>(front.respond(request).await.map(Full::<Bytes>::new)) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(Box::pin(with_write_timeout(stream))), service);
    let mut connection = pin!(connection);
    let result = tokio::select! {
        result = connection.as_mut() => result,
        () = is_set(&mut stopped) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    front.connections.fetch_sub(1, Ordering::Relaxed);
    if let Err(error) = result {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// Wraps a connection so that it ends when its client stops reading.
fn with_write_timeout(stream: TcpStream) -> TimeoutStream<TcpStream> {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(WRITE_TIME));
    stream
}

/// Waits for the signal to stop. It drops what the channel returns, which is a lock.
async fn is_set(stopped: &mut watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

impl Signals {
    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
