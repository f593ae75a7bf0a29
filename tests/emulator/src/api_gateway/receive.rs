//! Receives the body of a request, or discards it.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::StatusCode;
use tokio::time::timeout;

use super::body_budget::Share;
use super::failure::Refusal;
use crate::wire::request::Upload;

/// Maximum number of bytes read from a rejected body, so that the client has finished sending when the response arrives. A client that
/// sends more gets its connection reset.
const LINGER: u64 = 64 << 20;

/// Receives a whole body of at most `ceiling` bytes. A body that ends before its announced length or its last chunk is rejected.
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
    // Reserves room for the whole body before reading the first byte. Otherwise incomplete bodies would wait for each other.
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

/// Discards the rest of a body. Returns false if the body did not end, in which case the connection must be closed. Nothing is read from
/// a client that still waits for `100 Continue`.
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
