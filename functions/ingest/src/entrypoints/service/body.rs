use super::room::{Held, Room};
use bytes::Bytes;
use http_body::Body;
use http_body_util::BodyExt;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Why a body could not be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// It is too long.
    TooLarge,
    /// Other requests hold all the room.
    NoRoom,
    /// It stopped arriving, or arrived too slowly.
    TooSlow,
    /// It ended early or is not valid HTTP.
    Broken,
}

/// Maximum time between two pieces of a body, the same as in the API gateway.
const PAUSE: Duration = Duration::from_secs(15);

/// Maximum time for a whole body: 6 MB at 100 KB/s.
const WHOLE: Duration = Duration::from_secs(60);

/// How long to read and discard a body, so that a client that is still sending can read the response.
const DISCARDED: Duration = Duration::from_secs(5);

/// Reads a body of at most `max` bytes. Its room is taken before it is filled.
///
/// The body is copied, because the pieces as received keep the connection's buffers alive, which are not counted.
pub(super) async fn read<B: Body<Data = Bytes> + Unpin>(
    body: &mut B,
    max: usize,
    room: &Room,
) -> Result<(Bytes, Held), Unread> {
    let whole = Instant::now() + WHOLE;
    let declared = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if declared > max {
        return Err(Unread::TooLarge);
    }
    let mut held = room.take(declared).ok_or(Unread::NoRoom)?;
    let mut bytes = Vec::with_capacity(declared);
    loop {
        let frame = timeout_at(whole.min(Instant::now() + PAUSE), body.frame()).await;
        let Some(frame) = frame.map_err(|_| Unread::TooSlow)? else { break };
        let Ok(data) = frame.map_err(|_| Unread::Broken)?.into_data() else { continue };
        let length = bytes.len() + data.len();
        if length > max {
            return Err(Unread::TooLarge);
        }
        if length > bytes.capacity() {
            // Grown explicitly and not by `extend`, so that the growth can be counted.
            let more = length.max(bytes.capacity().saturating_mul(2)).min(max) - bytes.capacity();
            if !held.grow(more) {
                return Err(Unread::NoRoom);
            }
            bytes.reserve_exact(bytes.capacity() + more - bytes.len());
        }
        bytes.extend_from_slice(&data);
    }
    Ok((bytes.into(), held))
}

/// Reads and discards the rest of a body, within limits.
pub(super) async fn discard<B: Body<Data = Bytes> + Unpin>(body: &mut B, max: usize) {
    let (end, mut left) = (Instant::now() + DISCARDED, max);
    while let Ok(Some(Ok(frame))) = timeout_at(end, body.frame()).await {
        let length = frame.data_ref().map_or(0, Bytes::len);
        let Some(less) = left.checked_sub(length) else { return };
        left = less;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body::Frame;
    use std::collections::VecDeque;
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    /// A body of pieces, followed by its end or by a stall.
    struct Pieces {
        left: VecDeque<Bytes>,
        stalls: bool,
    }

    impl Body for Pieces {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            match self.left.pop_front() {
                Some(piece) => Poll::Ready(Some(Ok(Frame::data(piece)))),
                None if self.stalls => Poll::Pending,
                None => Poll::Ready(None),
            }
        }
    }

    fn pieces(count: usize, stalls: bool) -> Pieces {
        Pieces { left: (0..count).map(|_| Bytes::from(vec![7; 100])).collect(), stalls }
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_of_unknown_length_is_read_within_its_limit_and_the_room() {
        let room = Room::new(1000);
        let (bytes, held) = read(&mut pieces(9, false), 900, &room).await.unwrap();
        assert_eq!((bytes.len(), room.held()), (900, 900));
        assert_eq!(read(&mut pieces(2, false), 900, &room).await.unwrap_err(), Unread::NoRoom);
        drop(held);
        assert_eq!(read(&mut pieces(10, false), 900, &room).await.unwrap_err(), Unread::TooLarge);
        assert_eq!(read(&mut pieces(3, true), 900, &room).await.unwrap_err(), Unread::TooSlow);
        assert_eq!(room.held(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_of_known_length_takes_its_room_before_it_is_read() {
        let room = Room::new(1000);
        let mut body = http_body_util::Full::new(Bytes::from(vec![7; 600]));
        let (_, held) = read(&mut body, 900, &room).await.unwrap();
        assert_eq!(room.held(), 600);
        let mut body = http_body_util::Full::new(Bytes::from(vec![7; 600]));
        assert_eq!(read(&mut body, 900, &room).await.unwrap_err(), Unread::NoRoom);
        assert!(!body.is_end_stream(), "it was not read");
        drop(held);
        let mut body = http_body_util::Full::new(Bytes::from(vec![7; 901]));
        assert_eq!(read(&mut body, 900, &room).await.unwrap_err(), Unread::TooLarge);
    }

    #[tokio::test(start_paused = true)]
    async fn discarding_ends_at_its_limits() {
        let mut body = pieces(10, false);
        discard(&mut body, 450).await;
        assert_eq!(body.left.len(), 5);
        discard(&mut pieces(10, true), usize::MAX).await;
    }
}
