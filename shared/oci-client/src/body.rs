use bytes::Bytes;
use http_body::{Frame, SizeHint};
use ring::digest::{Context, SHA256};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task;

/// A request's body: bytes in memory, sent again as often as it takes without a copy.
#[derive(Clone, Default)]
pub struct Body {
    chunks: Arc<[Bytes]>,
    /// The chunk to send from next, and how far it has been sent.
    next: usize,
    sent: usize,
    /// Frames handed to the connection: by them a slow upload is told from a stuck one.
    moved: Arc<AtomicU64>,
}

/// In place of the count of frames: there will be none.
const WITHHELD: u64 = u64::MAX;

/// Bytes handed to the connection at a time.
const FRAME: usize = 256 << 10;

impl Body {
    /// A body of no bytes.
    pub fn empty() -> Self {
        Self::default()
    }

    /// How many bytes it has.
    pub fn len(&self) -> u64 {
        self.chunks.iter().map(|chunk| chunk.len() as u64).sum()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn sha256(&self) -> impl AsRef<[u8]> {
        let mut context = Context::new(&SHA256);
        self.chunks.iter().for_each(|chunk| context.update(chunk));
        context.finish()
    }

    /// The same from its beginning, with a count of its own for what has moved.
    pub(crate) fn again(&self) -> Self {
        Body { chunks: Arc::clone(&self.chunks), next: 0, sent: 0, moved: Arc::default() }
    }

    pub(crate) fn moved(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.moved)
    }

    /// Lets nothing of it out any more, by its count of what has moved; says whether nothing has been let out before. A request whose
    /// body never began cannot have been carried out.
    pub(crate) fn withhold(moved: &AtomicU64) -> bool {
        moved.compare_exchange(0, WITHHELD, Ordering::Relaxed, Ordering::Relaxed).is_ok()
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
        let count = |moved: u64| (moved != WITHHELD).then(|| moved + 1);
        if self.moved.fetch_update(Ordering::Relaxed, Ordering::Relaxed, count).is_err() {
            // Before the length that was announced: the connection is closed, and what the server has is no request.
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

/// Bodies are data, and may be long.
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
    async fn a_body_that_is_withheld_before_it_began_gives_nothing() {
        let body = Body::from(Bytes::from_static(b"body"));
        let mut withheld = body.again();
        assert!(Body::withhold(&withheld.moved()));
        assert!(withheld.frame().await.is_none());
        assert_eq!(http_body::Body::size_hint(&withheld).exact(), Some(4), "which the connection misses");
        let mut begun = body.again();
        assert_eq!(begun.frame().await.unwrap().unwrap().into_data().unwrap(), "body");
        assert!(!Body::withhold(&begun.moved()));
    }
}
