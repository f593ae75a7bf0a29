use bytes::Bytes;
use http_body::{Frame, SizeHint};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task;

/// The body of a request: bytes in memory, which can be sent repeatedly without copying them.
#[derive(Clone, Default)]
pub struct Body {
    chunks: Arc<[Bytes]>,
    /// Index of the chunk to send next, and how many of its bytes have been sent.
    next: usize,
    sent: usize,
    progress: Progress,
}

/// Counts the frames of a body that have been handed to the connection, which distinguishes a slow upload from a stuck one.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<AtomicU64>);

/// Stored in place of the count once the body is withheld.
const WITHHELD: u64 = u64::MAX;

/// Maximum bytes handed to the connection at a time.
const FRAME: usize = 256 << 10;

impl Progress {
    /// Prevents the body from being sent, unless sending has already begun. Returns whether it was prevented. A request whose body never
    /// began cannot have been carried out.
    pub fn withhold(&self) -> bool {
        self.0.compare_exchange(0, WITHHELD, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    pub(crate) fn frames(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Counts a frame, unless the body is withheld. Returns whether the frame may be sent.
    fn advance(&self) -> bool {
        let count = |frames: u64| (frames != WITHHELD).then(|| frames + 1);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, count).is_ok()
    }
}

impl Body {
    /// Creates a body without bytes.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Returns the length in bytes.
    pub fn len(&self) -> u64 {
        self.chunks.iter().map(|chunk| chunk.len() as u64).sum()
    }

    /// Returns whether the body has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the bytes, for example to compute a digest.
    pub fn chunks(&self) -> &[Bytes] {
        &self.chunks
    }

    /// Returns the same body from its beginning, with its own progress.
    pub fn again(&self) -> Self {
        Body { chunks: Arc::clone(&self.chunks), next: 0, sent: 0, progress: Progress::default() }
    }

    /// Returns the body's progress, which stays current after the body has been passed to a connection.
    pub fn progress(&self) -> Progress {
        self.progress.clone()
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        [bytes].into_iter().collect()
    }
}

impl FromIterator<Bytes> for Body {
    fn from_iter<I: IntoIterator<Item = Bytes>>(chunks: I) -> Self {
        let chunks = chunks.into_iter().filter(|chunk| !chunk.is_empty()).collect();
        Body { chunks, ..Self::default() }
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut task::Context<'_>,
    ) -> task::Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Some(chunk) = self.chunks.get(self.next) else { return task::Poll::Ready(None) };
        if !self.progress.advance() {
            // Ends the body before its announced length. The connection is closed, and the server has no complete request.
            return task::Poll::Ready(None);
        }
        let end = chunk.len().min(self.sent + FRAME);
        let (frame, done) = (chunk.slice(self.sent..end), end == chunk.len());
        (self.next, self.sent) = if done { (self.next + 1, 0) } else { (self.next, end) };
        task::Poll::Ready(Some(Ok(Frame::data(frame))))
    }

    fn is_end_stream(&self) -> bool {
        self.next == self.chunks.len()
    }

    fn size_hint(&self) -> SizeHint {
        let left: u64 = self.chunks[self.next..].iter().map(|chunk| chunk.len() as u64).sum();
        SizeHint::with_exact(left - self.sent as u64)
    }
}

/// Shows only the length, because bodies contain data and may be long.
impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Body({} bytes)", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    #[tokio::test]
    async fn a_body_withheld_before_it_began_sends_nothing() {
        let body = Body::from(Bytes::from_static(b"body"));
        let mut withheld = body.again();
        assert!(withheld.progress().withhold());
        assert!(withheld.frame().await.is_none());
        assert_eq!(http_body::Body::size_hint(&withheld).exact(), Some(4), "the connection expects the rest");
        let mut begun = body.again();
        assert_eq!(begun.frame().await.unwrap().unwrap().into_data().unwrap(), "body");
        assert!(!begun.progress().withhold());
    }
}
