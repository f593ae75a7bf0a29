use bronze::{Damage, DamageKind};
use http::StatusCode;

/// Why a whole request is rejected and none of it is sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Rejection {
    /// The kind of problem.
    pub code: RejectionCode,
    /// Details for the producer.
    pub message: String,
    /// Index of the record with the problem, counted from 0.
    pub index: Option<usize>,
    /// Offset of the problem in bytes: in the body's text after gunzip, or in the gzip if that is the problem.
    pub byte: Option<u64>,
}

/// The kinds of [`Rejection`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RejectionCode {
    /// The method is not POST.
    MethodNotAllowed,
    /// There is no content type, or it is not supported.
    UnsupportedMediaType,
    /// The content encoding is not gzip.
    UnsupportedContentEncoding,
    /// The body, or its text after gunzip, is too long.
    BodyTooLarge,
    /// The body has more records than a request may have.
    TooManyRecords,
    /// A header has an invalid value that matters.
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
    /// All codes, in the order of the reference.
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

    /// Returns the code used in responses.
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

    /// Returns the status of the response.
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

    /// Returns the rejection of a body that is longer than `max_body` bytes.
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
