//! The body of a response: in memory, or read from storage in pieces; a fault can slow it down or cut it off.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::sync::mpsc;
use tokio::time::{Instant, Sleep, sleep_until};

/// A response body with a known length.
#[derive(Debug)]
pub(crate) struct ResponseBody {
    /// Pieces in memory, which are sent first.
    held: VecDeque<Bytes>,
    /// Pieces that another thread reads.
    rest: Option<mpsc::Receiver<io::Result<Bytes>>>,
    /// Number of bytes left to send, which `content-length` announces.
    left: u64,
    pace: Pace,
}

/// The effect of a fault on the body.
#[derive(Debug)]
enum Pace {
    Full,
    Slow { bytes_per_second: u64, next: Pin<Box<Sleep>> },
    Stall { after: u64 },
    Truncate { after: u64, flushed: bool },
}

/// Number of pieces per second in which a slow body is sent: small enough pieces to look slow, large enough not to be a busy loop.
const SLICES_PER_SECOND: u64 = 10;

impl ResponseBody {
    pub(crate) fn empty() -> Self {
        Self::pieces(VecDeque::new())
    }

    pub(crate) fn whole(bytes: impl Into<Bytes>) -> Self {
        Self::pieces(VecDeque::from([bytes.into()]))
    }

    /// Creates a body from pieces that are already in memory, without copying them.
    pub(crate) fn pieces(pieces: VecDeque<Bytes>) -> Self {
        let left = pieces.iter().map(|piece| piece.len() as u64).sum();
        Self { held: pieces, rest: None, left, pace: Pace::Full }
    }

    /// Creates a body of `length` bytes that another thread reads and sends.
    pub(crate) fn channel(pieces: mpsc::Receiver<io::Result<Bytes>>, length: u64) -> Self {
        Self { held: VecDeque::new(), rest: Some(pieces), left: length, pace: Pace::Full }
    }

    pub(crate) fn length(&self) -> u64 {
        self.left
    }

    /// Sends the bytes at this rate.
    pub(crate) fn slowed(mut self, bytes_per_second: u64) -> Self {
        let next = Box::pin(sleep_until(Instant::now()));
        self.pace = Pace::Slow { bytes_per_second: bytes_per_second.max(SLICES_PER_SECOND), next };
        self
    }

    /// Sends this many bytes and then nothing, forever.
    pub(crate) fn stalled(mut self, after: u64) -> Self {
        self.pace = Pace::Stall { after };
        self
    }

    /// Sends this many bytes and then fails, which closes the connection before the announced length.
    pub(crate) fn truncated(mut self, after: u64) -> Self {
        self.pace = Pace::Truncate { after, flushed: false };
        self
    }

    /// Returns how many bytes may be sent now; `None` if no more will ever be sent.
    fn allowance(&mut self, context: &mut Context<'_>) -> Poll<Option<u64>> {
        match &mut self.pace {
            Pace::Full => Poll::Ready(Some(u64::MAX)),
            Pace::Slow { bytes_per_second, next } => {
                ready!(next.as_mut().poll(context));
                next.as_mut().reset(Instant::now() + Duration::from_millis(1000 / SLICES_PER_SECOND));
                Poll::Ready(Some(*bytes_per_second / SLICES_PER_SECOND))
            }
            // Nothing wakes this up: the connection stays open and silent until the client gives up.
            Pace::Stall { after: 0 } => Poll::Pending,
            Pace::Truncate { after: 0, flushed: false } => {
                // One poll returns no bytes, so that hyper writes what it has buffered.
                self.pace = Pace::Truncate { after: 0, flushed: true };
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Pace::Truncate { after: 0, flushed: true } => Poll::Ready(None),
            Pace::Stall { after } | Pace::Truncate { after, .. } => Poll::Ready(Some(*after)),
        }
    }

    fn next_piece(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        match (self.held.pop_front(), &mut self.rest) {
            (Some(piece), _) => Poll::Ready(Some(Ok(piece))),
            (None, Some(rest)) => rest.poll_recv(context),
            (None, None) => Poll::Ready(None),
        }
    }

    /// Cuts the piece to the bytes that may be sent now, and keeps the rest for later.
    fn cut(&mut self, mut piece: Bytes, allowed: u64) -> Bytes {
        let allowed = usize::try_from(allowed).unwrap_or(usize::MAX);
        if piece.len() > allowed {
            self.held.push_front(piece.split_off(allowed));
        }
        piece
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let Some(allowed) = ready!(self.allowance(context)) else {
            return Poll::Ready(Some(Err(io::Error::other("cut by a fault"))));
        };
        let piece = match ready!(self.next_piece(context)) {
            Some(Ok(piece)) => self.cut(piece, allowed),
            Some(Err(error)) => return Poll::Ready(Some(Err(error))),
            None => return Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into()))),
        };
        let length = piece.len() as u64;
        self.left = self.left.saturating_sub(length);
        if let Pace::Stall { after } | Pace::Truncate { after, .. } = &mut self.pace {
            *after = after.saturating_sub(length);
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
