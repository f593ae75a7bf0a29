//! Decompresses gzip-encoded responses. Go's client decompresses the gzip encoding that it requested by itself, and so does the agent.

use std::io::Read;

use bytes::Bytes;
#[allow(
    clippy::disallowed_types,
    reason = "the crate with the other decoder is the project's; here bad gzip is one failure"
)]
use flate2::read::MultiGzDecoder;

use super::connection::BODY_CEILING;
use super::failure::Failure;

/// Returns the decompressed body. Invalid gzip is reported like a body that is too short.
#[allow(
    clippy::disallowed_types,
    reason = "the crate with the other decoder is the project's; here bad gzip is one failure"
)]
pub(crate) fn gunzip(body: &[u8]) -> Result<Bytes, Failure> {
    let mut plain = Vec::new();
    let mut limited = MultiGzDecoder::new(body).take(BODY_CEILING as u64 + 1);
    std::io::copy(&mut limited, &mut plain).map_err(|_| Failure::ShortBody)?;
    if plain.len() > BODY_CEILING {
        return Err(Failure::BodyTooLarge);
    }
    Ok(plain.into())
}
