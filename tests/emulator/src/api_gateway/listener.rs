//! Serves the port that all gateways share.

use std::net::SocketAddr;
use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::crowd::Guest;
use super::data_plane::Client;
use super::patient_stream::{Busy, PatientStream};
use super::service::ApiGateway;
use super::settings::HEAD_CEILING;
use crate::wire::connection::{self, Wire};

/// Maximum number of bytes read at once. The gateway itself rejects a head that is above its limit but below this size; the HTTP library
/// rejects a larger one with a 431 without a body.
const READ_BUFFER: usize = 8 * HEAD_CEILING;

/// Maximum number of headers in a head: each takes at least a letter, a colon and a line end.
const HEADERS: usize = HEAD_CEILING / 4;

/// Serves connections until told to stop, then finishes the requests in progress.
pub(crate) async fn listen(listener: TcpListener, gateway: Arc<ApiGateway>, stopping: watch::Receiver<bool>) {
    let told = stopping.clone();
    connection::accept(listener, stopping, |stream, address| {
        let guest = gateway.crowd.enter(address.ip());
        let (gateway, told) = (Arc::clone(&gateway), told.clone());
        async move {
            // A connection above the limit is closed without a response.
            if let Some(guest) = guest {
                connection(stream, address, gateway, guest, told).await;
            }
        }
    })
    .await;
}

async fn connection(
    stream: TcpStream,
    address: SocketAddr,
    gateway: Arc<ApiGateway>,
    _guest: Guest,
    stopping: watch::Receiver<bool>,
) {
    // With Nagle's algorithm, small responses would wait for the client's acknowledgment.
    let _ = stream.set_nodelay(true);
    let client = Client { address: address.ip(), wire: Wire::default(), busy: Busy::default() };
    let stream = PatientStream::new(stream, gateway.options.silence, client.busy.clone());
    let wire = client.wire.clone();
    let service = service_fn(move |request| Arc::clone(&gateway).serve(request, client.clone()));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .auto_date_header(false)
        .max_buf_size(READ_BUFFER)
        .max_headers(HEADERS)
        .serve_connection(TokioIo::new(stream), service);
    if let Some(stream) = connection::drive(served, &wire, stopping).await {
        connection::reset(&stream.into_inner());
    }
}
