use super::rejection::{Rejection, RejectionCode};
use bronze::{Damage, DamageKind, Gunzip};
use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_ENCODING;
use json::excerpt;

/// The encoding in which a body is transferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ContentEncoding {
    Identity,
    Gzip,
}

/// The first bytes of each gzip member.
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Minimum number of bytes by which the text's buffer grows. Most bodies are larger.
const STEP: usize = 64 << 10;

impl ContentEncoding {
    /// Reads `Content-Encoding`. At most one encoding is accepted.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, Rejection> {
        let mut encoding = ContentEncoding::Identity;
        for value in headers.get_all(CONTENT_ENCODING) {
            for name in value.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
                // `x-gzip` is another name for gzip (RFC 9110, 8.4.1.3).
                let gzip = name.eq_ignore_ascii_case(b"gzip") || name.eq_ignore_ascii_case(b"x-gzip");
                match encoding {
                    _ if name.is_empty() || name.eq_ignore_ascii_case(b"identity") => {}
                    ContentEncoding::Identity if gzip => encoding = ContentEncoding::Gzip,
                    _ => {
                        let value = String::from_utf8_lossy(value.as_bytes());
                        let message = format!(
                            "the content encoding {:?} is not supported; use gzip or none",
                            excerpt(&value)
                        );
                        return Err(Rejection::new(RejectionCode::UnsupportedContentEncoding, message));
                    }
                }
            }
        }
        Ok(encoding)
    }

    /// Decodes a body. The body and its text may each have at most `max_body` bytes. A body that would inflate to more is not inflated
    /// further.
    pub(crate) fn decode(self, body: Bytes, max_body: usize) -> Result<Bytes, Rejection> {
        if body.len() > max_body {
            return Err(Rejection::too_large(max_body));
        }
        match self {
            ContentEncoding::Identity => Ok(body),
            ContentEncoding::Gzip if body.is_empty() => Ok(body),
            ContentEncoding::Gzip => gunzip(&body, max_body),
        }
    }
}

fn gunzip(body: &[u8], max_body: usize) -> Result<Bytes, Rejection> {
    if !MAGIC.starts_with(&body[..body.len().min(MAGIC.len())]) {
        let message = "the content encoding is gzip, but the body is not".into();
        return Err(Damage { kind: DamageKind::NotGzip, byte: 0, message }.into());
    }
    // `max_body` bounds the text, so no limit on the ratio is needed.
    let mut inflater = Gunzip::default();
    let (mut text, mut rest) = (Vec::new(), body);
    loop {
        if text.len() == text.capacity() {
            // One byte more than allowed shows that the text is too long.
            let room = (max_body + 1).saturating_sub(text.len());
            text.reserve_exact(text.len().max(STEP).min(room));
        }
        rest = &rest[inflater.inflate(rest, &mut text)?..];
        if text.len() > max_body {
            return Err(Rejection::too_large(max_body));
        }
        // There is room left, so the inflater holds nothing more.
        if rest.is_empty() && text.len() < text.capacity() {
            break;
        }
    }
    inflater.finish()?;
    Ok(text.into())
}

#[cfg(test)]
#[path = "content_encoding_tests.rs"]
mod tests;
