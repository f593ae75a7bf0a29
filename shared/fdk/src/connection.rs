use crate::body::Body;
use crate::call::Calls;
use crate::failure::Failure;
use crate::handler::Handler;
use crate::invocation::Intent;
use crate::response::render;
use crate::wire::Wire;
use bytes::Bytes;
use http::header::CONNECTION;
use http::{HeaderValue, Method, Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use tokio::net::UnixStream;
use tokio::sync::watch;

/// Go's server takes a megabyte of headers from a caller, and passes it on; `Fn-Http-H-` makes each of a gateway's ten bytes longer.
/// hyper's own limit is about 400 KB. The memory is used only where a head is that long.
const LONGEST_HEAD: usize = 2 << 20;

/// hyper's own limit is 100. A megabyte of the shortest headers would be more than this, but `http` has no room for more than 24,576, and
/// hyper sets aside 64 bytes for each that may come.
const MOST_HEADERS: usize = 8192;

/// Serves one connection of the agent, until it hangs up or `stopped` becomes true.
///
/// It is kept open between calls; the agent closes it after a second without one. There are no timeouts but the calls' own: a frozen
/// container would find them all expired.
pub(crate) async fn serve<H: Handler>(
    stream: UnixStream,
    calls: Arc<Calls>,
    handler: Arc<H>,
    mut stopped: watch::Receiver<bool>,
) {
    let service = service_fn(|request| answer(&calls, handler.as_ref(), request));
    let connection = http1::Builder::new()
        .header_read_timeout(None)
        .max_headers(MOST_HEADERS)
        .max_buf_size(LONGEST_HEAD)
        // The agent would pass it on besides its own.
        .auto_date_header(false)
        .serve_connection(TokioIo::new(Wire::new(stream)), service);
    let mut connection = pin!(connection);
    let result = tokio::select! {
        result = connection.as_mut() => result,
        () = told(&mut stopped) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    // What is worth a line has one: of the call that was given up, or of the answer that was kept back.
    if let Err(error) = result {
        tracing::debug!(target: "fdk", %error, "a connection ended early");
    }
}

/// Waits to be told to stop. Gives nothing back: what the channel gives is a lock.
async fn told(stopped: &mut watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

async fn answer<H: Handler>(
    calls: &Calls,
    handler: &H,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, incoming) = request.into_parts();
    if head.method != Method::POST || head.uri.path() != "/call" {
        // fdk-python says 404 or 405, which would cost the container its life.
        tracing::error!(target: "fdk", method = %head.method, path = head.uri.path(), "only POST /call is served");
        let mut response = render(Err(Failure::new("only POST /call is served")), Intent::Other);
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        return Ok(response);
    }
    let (body, rest) = Body::wire(incoming, calls.body_limit);
    Ok(calls.answer(handler, head.headers, body, Some(rest)).await)
}
