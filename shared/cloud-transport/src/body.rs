use bytes::Bytes;
use http_body::{Frame, SizeHint};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task;

/// The body of a request: bytes in memory, sent as often as needed without a copy.
#[derive(Clone, Default)]
pub struct Body {
    chunks: Arc<[Bytes]>,
    /// The chunk to send from next, and how much of it was sent.
    next: usize,
    sent: usize,
    progress: Progress,
}

/// How many frames of a body were handed to the connection, which tells a slow upload from a stuck one.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<AtomicU64>);

/// Replaces the count of frames when there will be none.
const WITHHELD: u64 = u64::MAX;

/// Bytes handed to the connection at a time.
const FRAME: usize = 256 << 10;

impl Progress {
    /// Keeps the body from being sent, and returns whether none of it was sent before. A request whose body never began cannot have been
    /// carried out.
    pub fn withhold(&self) -> bool {
        self.0.compare_exchange(0, WITHHELD, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    pub(crate) fn frames(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Counts a frame, unless the body is withheld.
    fn advance(&self) -> bool {
        let count = |frames: u64| (frames != WITHHELD).then(|| frames + 1);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, count).is_ok()
    }
}

impl Body {
    /// A body without bytes.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Length in bytes.
    pub fn len(&self) -> u64 {
        self.chunks.iter().map(|chunk| chunk.len() as u64).sum()
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes, for a digest of them.
    pub fn chunks(&self) -> &[Bytes] {
        &self.chunks
    }

    /// The same body from its beginning, with a progress of its own.
    pub fn again(&self) -> Self {
        Body { chunks: Arc::clone(&self.chunks), next: 0, sent: 0, progress: Progress::default() }
    }

    /// How far the body has been sent, also after it was given to a connection.
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
            // The body ends before its announced length. The connection is closed, and the server has no complete request.
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

/// Shows the length only: bodies are data, and may be long.
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
