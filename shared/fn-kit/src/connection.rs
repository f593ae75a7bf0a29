use crate::body::Body;
use crate::call::Calls;
use crate::failure::Failure;
use crate::handler::Handler;
use crate::headers::Intent;
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

/// Maximum size of a call's head. Go's server accepts a megabyte of headers from a caller and passes them on, and the prefix `Fn-Http-H-`
/// makes each of a gateway's headers ten bytes longer. hyper's default is about 400 KB. The memory is used only if a head is that long.
const MAX_HEAD: usize = 2 << 20;

/// Maximum number of headers. hyper's default is 100. A megabyte of the shortest headers would be more than this, but `http` has room for
/// only 24,576, and hyper reserves 64 bytes for each.
const MAX_HEADERS: usize = 8192;

/// Serves one connection of the agent until the agent closes it or `stopped` becomes true.
///
/// The connection stays open between calls; the agent closes it after a second without one. Only calls have timeouts, because after a
/// freeze all others would have expired.
pub(crate) async fn serve<H: Handler>(
    stream: UnixStream,
    calls: Arc<Calls>,
    handler: Arc<H>,
    mut stopped: watch::Receiver<bool>,
) {
    let service = service_fn(|request| answer(&calls, handler.as_ref(), request));
    let connection = http1::Builder::new()
        .header_read_timeout(None)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEAD)
        // The agent would pass hyper's date header on in addition to its own.
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
    // An abandoned call and a withheld response have already been logged.
    if let Err(error) = result {
        tracing::debug!(target: "fn_kit", %error, "a connection ended early");
    }
}

/// Waits for the signal to stop. It returns nothing, because the channel's value is a lock.
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
        // fdk-python responds with 404 or 405, which would make the agent kill the container.
        tracing::error!(target: "fn_kit", method = %head.method, path = head.uri.path(), "only POST /call is served");
        let mut response = render(Err(Failure::new("only POST /call is served")), Intent::Other);
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        return Ok(response);
    }
    let (body, rest) = Body::wire(incoming, calls.body_limit);
    Ok(calls.answer(handler, head.headers, body, Some(rest)).await)
}
