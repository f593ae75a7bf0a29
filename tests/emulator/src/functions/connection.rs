//! A connection to a function, which carries one exchange at a time.

use std::convert::Infallible;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;

use super::failure::Failure;

/// An HTTP/1.1 connection over the function's socket. Dropping it closes it.
#[derive(Debug)]
pub(crate) struct Connection {
    sender: SendRequest<Chunked>,
}

/// A function's response.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// Empty unless the status is 200, because the agent reads no other body.
    pub(crate) body: Bytes,
}

/// A request body that is sent in chunks and without a length, so that the function learns the length only at the end.
#[derive(Debug)]
pub(crate) struct Chunked {
    rest: Bytes,
}

/// Size of a chunk in bytes. Go copies bodies in pieces of this size, and each piece becomes a chunk.
const CHUNK: usize = 32 << 10;

/// Maximum size of the response headers in bytes: Go's default, which the agent does not change.
const HEAD_CEILING: usize = 10 << 20;

/// Maximum number of response headers. Go does not limit it, but the parser here needs a limit; no function comes near it.
const HEADERS_CEILING: usize = 8192;

/// Maximum size of a response body in OCI Functions: 6 MB.
pub(crate) const BODY_CEILING: usize = 6 << 20;

impl Connection {
    pub(crate) async fn open(socket: &Path) -> io::Result<Self> {
        let stream = UnixStream::connect(socket).await?;
        let (sender, connection) = Builder::new()
            .title_case_headers(true)
            .max_buf_size(HEAD_CEILING)
            .max_headers(HEADERS_CEILING)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(io::Error::other)?;
        // The errors go to whoever waits for the response.
        tokio::spawn(connection);
        Ok(Self { sender })
    }

    /// Returns whether another request can be sent.
    pub(crate) async fn is_usable(&mut self) -> bool {
        self.sender.ready().await.is_ok()
    }

    /// Sends a request and receives the response.
    pub(crate) async fn exchange(&mut self, headers: HeaderMap, body: Bytes) -> Result<Reply, Failure> {
        let mut request = Request::new(Chunked { rest: body });
        *request.method_mut() = Method::POST;
        *request.uri_mut() = http::Uri::from_static("/call");
        *request.headers_mut() = headers;
        let response = self.sender.send_request(request).await.map_err(|error| {
            if error.is_parse_too_large() { Failure::HeaderTooLarge } else { Failure::Broken }
        })?;
        let (head, mut rest) = response.into_parts();
        // hyper only checks the limit before each read, which may bring the rest of a larger head.
        if size(&head.headers) > HEAD_CEILING {
            return Err(Failure::HeaderTooLarge);
        }
        let mut body = BytesMut::new();
        if head.status == StatusCode::OK {
            while let Some(frame) = rest.frame().await {
                let frame = frame.map_err(|_| Failure::ShortBody)?;
                if let Ok(data) = frame.into_data() {
                    body.extend_from_slice(&data);
                }
                if body.len() > BODY_CEILING {
                    return Err(Failure::BodyTooLarge);
                }
            }
        }
        Ok(Reply { status: head.status, headers: head.headers, body: body.freeze() })
    }
}

/// Returns about how many bytes headers take on the wire.
fn size(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len()).sum()
}

impl Body for Chunked {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let size = self.rest.len().min(CHUNK);
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(size)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        // For a body of unknown length, hyper sends chunks.
        SizeHint::default()
    }
}
