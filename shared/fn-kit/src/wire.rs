use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::UnixStream;

/// The agent's connection, on which only the statuses 200, 502 and 504 are sent.
///
/// hyper itself responds to requests that are not valid HTTP (400, 414, 431), and that cannot be disabled. The agent kills a container for
/// such a status, and also for a connection that is closed without a response. In the latter case it gives its caller the true reason,
/// "error receiving function response". Therefore the connection is closed instead of sending hyper's responses.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: UnixStream,
    sent: Sent,
}

impl Wire {
    pub(crate) fn new(stream: UnixStream) -> Self {
        Wire { stream, sent: Sent::default() }
    }

    fn refused(answer: &[u8]) -> io::Error {
        let status = String::from_utf8_lossy(&answer[..answer.len().min(STATUS_ENDS)]);
        tracing::error!(target: "fn_kit", status = &*status, "the request is not HTTP, or too long; closing the connection");
        io::Error::other("a response was withheld")
    }
}

/// What has been sent: part of a head, or a body of which this many bytes are left.
#[derive(Debug, Clone)]
enum Sent {
    Head(Vec<u8>),
    Body(u64),
}

impl Default for Sent {
    fn default() -> Self {
        Sent::Head(Vec::new())
    }
}

/// Length of `HTTP/1.1 200`.
const STATUS_ENDS: usize = 12;

impl Sent {
    /// Tracks bytes that are about to be sent, and returns how many of them may be. Bytes from the beginning of a refused head on may not.
    fn follow(&mut self, bytes: &[u8]) -> usize {
        let mut at = 0;
        while at < bytes.len() {
            match self {
                Sent::Body(left) => {
                    let part = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len() - at);
                    at += part;
                    *left -= part as u64;
                    if *left == 0 {
                        *self = Sent::default();
                    }
                }
                Sent::Head(head) => {
                    head.push(bytes[at]);
                    at += 1;
                    if head.len() == STATUS_ENDS && !matches!(&head[9..], b"100" | b"200" | b"502" | b"504") {
                        return at.saturating_sub(STATUS_ENDS);
                    }
                    if head.ends_with(b"\r\n\r\n") {
                        *self = Sent::after(head);
                    }
                }
            }
        }
        at
    }

    /// Returns the state after a head.
    fn after(head: &[u8]) -> Self {
        let length = head.split(|byte| *byte == b'\n').find_map(|line| {
            let (name, value) = line.split_at_checked("content-length:".len())?;
            name.eq_ignore_ascii_case(b"content-length:")
                .then(|| std::str::from_utf8(value).ok()?.trim().parse().ok())?
        });
        match length {
            _ if &head[9..STATUS_ENDS] == b"100" => Sent::default(),
            Some(0) => Sent::default(),
            Some(length) => Sent::Body(length),
            // All responses of this crate have a length. One without would extend to the end of the connection.
            None => Sent::Body(u64::MAX),
        }
    }

    /// Returns how many of these bytes may be sent, without changing the state.
    fn allowed(&self, bytes: &[u8]) -> usize {
        self.clone().follow(bytes)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let allowed = self.sent.allowed(bytes);
        if allowed == 0 && !bytes.is_empty() {
            return Poll::Ready(Err(Wire::refused(bytes)));
        }
        let written = std::task::ready!(Pin::new(&mut self.stream).poll_write(context, &bytes[..allowed]))?;
        self.sent.follow(&bytes[..written]);
        Poll::Ready(Ok(written))
    }

    /// Writes a head and its body together, provided that all of both may be sent.
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut sent = self.sent.clone();
        if slices.iter().any(|slice| sent.follow(slice) < slice.len()) {
            let first = slices.iter().find(|slice| !slice.is_empty()).map_or(&[][..], |slice| slice);
            return self.poll_write(context, first);
        }
        let written = std::task::ready!(Pin::new(&mut self.stream).poll_write_vectored(context, slices))?;
        let mut left = written;
        for slice in slices {
            let part = left.min(slice.len());
            self.sent.follow(&slice[..part]);
            left -= part;
        }
        Poll::Ready(Ok(written))
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

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
