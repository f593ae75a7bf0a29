//! Taking in a request's body, and what of it nobody wants.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::StatusCode;
use tokio::time::timeout;

use super::body_budget::Share;
use super::failure::Refusal;
use crate::wire::request::Upload;

/// What is taken in of a body that was refused, so that the client is done sending when the answer comes. A client that sends more
/// finds the connection reset.
const LINGER: u64 = 64 << 20;

/// A whole body of at most `ceiling` bytes. One that ends before its length or its last chunk is refused like any that is broken.
pub(crate) async fn receive(
    upload: &mut Upload,
    announced: Option<u64>,
    ceiling: usize,
    silence: Duration,
    share: &mut Share,
) -> Result<Bytes, Refusal> {
    let too_large = || Refusal::new(StatusCode::PAYLOAD_TOO_LARGE);
    let announced = match announced.map(usize::try_from) {
        Some(Ok(length)) if length <= ceiling => Some(length),
        Some(_) => return Err(too_large()),
        None => None,
    };
    // Room for all of it before the first byte is asked for: bodies that are half there would wait for each other.
    if !share.grow(announced.unwrap_or(0)) {
        return Err(Refusal::no_room());
    }
    let mut whole = BytesMut::new();
    loop {
        let piece = match timeout(silence, upload.next()).await {
            Err(_) => return Err(Refusal::new(StatusCode::REQUEST_TIMEOUT)),
            Ok(None) => return Ok(whole.freeze()),
            Ok(Some(piece)) => piece.map_err(|_| Refusal::new(StatusCode::BAD_REQUEST))?,
        };
        if whole.len() + piece.len() > ceiling {
            return Err(too_large());
        }
        if announced.is_none() && !share.grow(piece.len()) {
            return Err(Refusal::no_room());
        }
        whole.extend_from_slice(&piece);
    }
}

/// Lets the rest of a body go by; false is a body that did not come to its end, so that the connection has to. A client that waits
/// for `100 Continue` has sent nothing and does not get to.
pub(crate) async fn let_go_by(mut upload: Upload, silence: Duration) -> bool {
    let mut left = LINGER;
    while left > 0 && !upload.is_held_back() {
        match timeout(silence, upload.next()).await {
            Ok(Some(Ok(piece))) => left = left.saturating_sub(piece.len() as u64),
            Ok(None) => return true,
            _ => return false,
        }
    }
    false
}
