//! The listener and its connections.

use std::convert::Infallible;
use std::error::Error;
use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{HttpService, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::select;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use super::body::ResponseBody;

/// A handle with which a request can reset its own connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wire {
    cut: Arc<Notify>,
}

/// How long connections with requests in progress may continue after a signal to stop.
const GRACE: Duration = Duration::from_secs(2);

/// Size of the read buffer in bytes. Large reads of a fast body mean fewer handovers to the thread that hashes it.
const READ_BUFFER: usize = 1 << 20;

/// Delay before accepting again when the process is out of file descriptors.
const PAUSE: Duration = Duration::from_millis(50);

impl Wire {
    /// Resets the connection. The caller's future never resumes.
    pub(crate) async fn reset(&self) -> ! {
        self.cut.notify_one();
        pending().await
    }
}

/// Serves requests until the emulator stops, then lets those in progress finish.
///
/// `answer` receives every request together with its connection.
pub(crate) async fn serve<A, F>(
    listener: TcpListener,
    answer: A,
    head_timeout: Duration,
    stopping: watch::Receiver<bool>,
) where
    A: Fn(Request<Incoming>, Wire) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<Response<ResponseBody>, Infallible>> + Send + 'static,
{
    let told = stopping.clone();
    let connection = |stream, _| connection(stream, answer.clone(), head_timeout, told.clone());
    accept(listener, stopping, connection).await;
}

/// Accepts connections until the emulator stops, then lets those with requests in progress finish.
pub(crate) async fn accept<F>(
    listener: TcpListener,
    stopping: watch::Receiver<bool>,
    mut connection: impl FnMut(TcpStream, SocketAddr) -> F,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let mut told = pin!(stopped(stopping));
    let mut connections = JoinSet::new();
    loop {
        select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, address)) => {
                    connections.spawn(connection(stream, address));
                }
                Err(_) => tokio::time::sleep(PAUSE).await,
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            () = &mut told => break,
        }
    }
    drop(listener);
    let _ = tokio::time::timeout(GRACE, async { while connections.join_next().await.is_some() {} }).await;
}

async fn connection<A, F>(
    stream: TcpStream,
    answer: A,
    head_timeout: Duration,
    stopping: watch::Receiver<bool>,
) where
    A: Fn(Request<Incoming>, Wire) -> F,
    F: Future<Output = Result<Response<ResponseBody>, Infallible>>,
{
    // With Nagle's algorithm, small responses would wait for the client's acknowledgment.
    let _ = stream.set_nodelay(true);
    let wire = Wire::default();
    let service = service_fn(|request| answer(request, wire.clone()));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head_timeout)
        .auto_date_header(false)
        .max_buf_size(READ_BUFFER)
        .serve_connection(TokioIo::new(stream), service);
    if let Some(stream) = drive(connection, &wire, stopping).await {
        reset(&stream);
    }
}

/// Serves a connection to its end. If a request cuts the connection, returns it so that it can be reset.
pub(crate) async fn drive<I, S, B>(
    mut connection: http1::Connection<TokioIo<I>, S>,
    wire: &Wire,
    stopping: watch::Receiver<bool>,
) -> Option<I>
where
    I: AsyncRead + AsyncWrite + Unpin,
    S: HttpService<Incoming, ResBody = B>,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let mut stop = pin!(stopped(stopping));
    let mut asked = false;
    loop {
        select! {
            // The client or a fault caused the error, so there is nobody to report it to.
            _ = &mut connection => return None,
            () = wire.cut.notified() => break,
            () = &mut stop, if !asked => {
                asked = true;
                Pin::new(&mut connection).graceful_shutdown();
            }
        }
    }
    Some(connection.into_parts().io.into_inner())
}

/// Waits until the emulator stops or is dropped.
async fn stopped(mut stopping: watch::Receiver<bool>) {
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

/// Makes closing the socket a reset on the wire instead of an orderly end.
pub(crate) fn reset(stream: &TcpStream) {
    let _: io::Result<()> = SockRef::from(stream).set_linger(Some(Duration::ZERO));
}
