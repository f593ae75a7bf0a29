use bronze::{Damage, DamageKind};
use http::StatusCode;

/// Why a whole request is rejected and nothing of it is sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Rejection {
    /// What kind of problem it is.
    pub code: RejectionCode,
    /// The details, for a person.
    pub message: String,
    /// The record in which the problem shows, from 0.
    pub index: Option<usize>,
    /// The byte at which it shows: of the body's text after gunzip, or of the gzip if that is the problem.
    pub byte: Option<u64>,
}

/// The kinds of [`Rejection`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RejectionCode {
    /// Not a POST.
    MethodNotAllowed,
    /// No content type, or one that is not supported.
    UnsupportedMediaType,
    /// A content encoding other than gzip.
    UnsupportedContentEncoding,
    /// The body, or its text after gunzip, is too long.
    BodyTooLarge,
    /// It has more records than a request may have.
    TooManyRecords,
    /// A header that matters has an invalid value.
    InvalidHeader,
    /// The body is empty or only white space.
    EmptyBody,
    /// The body ends in the middle of its JSON, or before its `Content-Length`.
    BodyTruncated,
    /// The body is not UTF-8.
    BodyNotUtf8,
    /// The body is not JSON.
    BodyNotJson,
    /// The body is nested too deeply.
    NestingTooDeep,
    /// The body is not valid gzip.
    Gzip(DamageKind),
}

impl RejectionCode {
    /// Every code, in the order of the reference.
    pub const ALL: [RejectionCode; 15] = [
        RejectionCode::MethodNotAllowed,
        RejectionCode::UnsupportedMediaType,
        RejectionCode::UnsupportedContentEncoding,
        RejectionCode::BodyTooLarge,
        RejectionCode::TooManyRecords,
        RejectionCode::InvalidHeader,
        RejectionCode::EmptyBody,
        RejectionCode::BodyTruncated,
        RejectionCode::BodyNotUtf8,
        RejectionCode::BodyNotJson,
        RejectionCode::NestingTooDeep,
        RejectionCode::Gzip(DamageKind::NotGzip),
        RejectionCode::Gzip(DamageKind::TruncatedGzip),
        RejectionCode::Gzip(DamageKind::CorruptGzip),
        RejectionCode::Gzip(DamageKind::TrailingGarbage),
    ];

    /// The code in responses.
    pub fn code(self) -> &'static str {
        match self {
            RejectionCode::MethodNotAllowed => "method_not_allowed",
            RejectionCode::UnsupportedMediaType => "unsupported_media_type",
            RejectionCode::UnsupportedContentEncoding => "unsupported_content_encoding",
            RejectionCode::BodyTooLarge => "body_too_large",
            RejectionCode::TooManyRecords => "too_many_records",
            RejectionCode::InvalidHeader => "invalid_header",
            RejectionCode::EmptyBody => "empty_body",
            RejectionCode::BodyTruncated => "body_truncated",
            RejectionCode::BodyNotUtf8 => "body_not_utf8",
            RejectionCode::BodyNotJson => "body_not_json",
            RejectionCode::NestingTooDeep => "nesting_too_deep",
            RejectionCode::Gzip(kind) => kind.code(),
        }
    }

    /// The status of the response.
    pub fn status(self) -> StatusCode {
        match self {
            RejectionCode::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            RejectionCode::UnsupportedMediaType | RejectionCode::UnsupportedContentEncoding => {
                StatusCode::UNSUPPORTED_MEDIA_TYPE
            }
            RejectionCode::BodyTooLarge | RejectionCode::TooManyRecords => StatusCode::PAYLOAD_TOO_LARGE,
            RejectionCode::InvalidHeader
            | RejectionCode::EmptyBody
            | RejectionCode::BodyTruncated
            | RejectionCode::BodyNotUtf8
            | RejectionCode::BodyNotJson
            | RejectionCode::NestingTooDeep
            | RejectionCode::Gzip(_) => StatusCode::BAD_REQUEST,
        }
    }
}

impl Rejection {
    pub(crate) fn new(code: RejectionCode, message: impl Into<String>) -> Self {
        Rejection { code, message: message.into(), index: None, byte: None }
    }

    /// The body is longer than `max_body` bytes.
    pub fn too_large(max_body: usize) -> Self {
        let message =
            format!("the body is longer than {max_body} bytes; send its records in several requests");
        Rejection::new(RejectionCode::BodyTooLarge, message)
    }
}

impl From<Damage> for Rejection {
    fn from(damage: Damage) -> Self {
        let message = damage.message;
        Rejection { code: RejectionCode::Gzip(damage.kind), message, index: None, byte: Some(damage.byte) }
    }
}
