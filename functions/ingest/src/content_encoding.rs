use crate::rejection::{Rejection, RejectionCode};
use bronze::{Damage, DamageKind, Inflater};
use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_ENCODING;
use json::excerpt;

/// How a body is encoded on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ContentEncoding {
    Identity,
    Gzip,
}

/// The first bytes of every gzip member.
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Room for text is made in steps of at least this: bodies are mostly larger.
const STEP: usize = 64 << 10;

impl ContentEncoding {
    /// What `Content-Encoding` says; one encoding is taken, or none.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, Rejection> {
        let mut encoding = ContentEncoding::Identity;
        for value in headers.get_all(CONTENT_ENCODING) {
            for name in value.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
                // RFC 9110, 8.4.1.3: `x-gzip` is another name of it.
                let gzip = name.eq_ignore_ascii_case(b"gzip") || name.eq_ignore_ascii_case(b"x-gzip");
                match encoding {
                    _ if name.is_empty() || name.eq_ignore_ascii_case(b"identity") => {}
                    ContentEncoding::Identity if gzip => encoding = ContentEncoding::Gzip,
                    _ => {
                        let value = String::from_utf8_lossy(value.as_bytes());
                        let message =
                            format!("the content encoding {:?} is not taken, gzip is", excerpt(&value));
                        return Err(Rejection::new(RejectionCode::UnsupportedContentEncoding, message));
                    }
                }
            }
        }
        Ok(encoding)
    }

    /// The text of a body; both may have `max_body` bytes at most. However much a body would inflate to, it is read no further.
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
        let message = "the content encoding is gzip, and the body is none".into();
        return Err(Damage { kind: DamageKind::NotGzip, byte: 0, message }.into());
    }
    // The ceiling does what a ratio would do.
    let mut inflater = Inflater::new(true, u64::MAX);
    let (mut text, mut rest) = (Vec::new(), body);
    loop {
        if text.len() == text.capacity() {
            // A byte more than may be: by it a text that is too long is known.
            let room = (max_body + 1).saturating_sub(text.len());
            text.reserve_exact(text.len().max(STEP).min(room));
        }
        rest = &rest[inflater.inflate(rest, &mut text)?..];
        if text.len() > max_body {
            return Err(Rejection::too_large(max_body));
        }
        // With room left it has given all that it had.
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
