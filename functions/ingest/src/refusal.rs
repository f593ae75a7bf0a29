use lake::Reason;
use table::{Reject, RejectCode};

/// Why one record is not sent, whatever becomes of the others: it would be refused again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: RefusalCode,
    /// The particulars, for a person.
    pub(crate) message: String,
}

/// Why a record is refused, as its answer says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalCode {
    /// `curate` would put it into quarantine, for this reason.
    Table(Reason),
    /// No rule finds a key in it, and none is not allowed.
    KeyMissing,
    /// What the rule finds as its key is there more than once.
    KeyAmbiguous,
    /// What the rule finds as its key is neither a string nor a number.
    KeyBadType,
    /// Its key is longer than the stream takes.
    KeyTooLong,
    /// It is larger than the stream takes.
    RecordTooLarge,
    /// It is no CloudEvent of version 1.0.
    InvalidEvent,
    /// It is a CloudEvent without JSON data, and data is what the envelope is for.
    EventWithoutData,
    /// The stream itself refused it.
    RefusedByStream,
}

impl RefusalCode {
    /// Every code that is not the table's, in the order of the README's table.
    pub const OWN: [RefusalCode; 8] = [
        RefusalCode::KeyMissing,
        RefusalCode::KeyAmbiguous,
        RefusalCode::KeyBadType,
        RefusalCode::KeyTooLong,
        RefusalCode::RecordTooLarge,
        RefusalCode::InvalidEvent,
        RefusalCode::EventWithoutData,
        RefusalCode::RefusedByStream,
    ];

    /// The code in answers; the table's are those of `curate`'s quarantine.
    pub fn code(self) -> &'static str {
        match self {
            RefusalCode::Table(reason) => reason.code(),
            RefusalCode::KeyMissing => "key_missing",
            RefusalCode::KeyAmbiguous => "key_ambiguous",
            RefusalCode::KeyBadType => "key_bad_type",
            RefusalCode::KeyTooLong => "key_too_long",
            RefusalCode::RecordTooLarge => "record_too_large",
            RefusalCode::InvalidEvent => "invalid_event",
            RefusalCode::EventWithoutData => "event_without_data",
            RefusalCode::RefusedByStream => "refused_by_stream",
        }
    }
}

impl Refusal {
    pub(crate) fn new(code: RefusalCode, message: impl Into<String>) -> Self {
        Refusal { code, message: message.into() }
    }

    /// A refusal that no table's schema is needed for, in the table's words.
    pub(crate) fn value(code: RejectCode, message: impl Into<String>) -> Self {
        Refusal::new(RefusalCode::Table(Reason::Value(code)), message)
    }
}

impl From<Reject> for Refusal {
    fn from(reject: Reject) -> Self {
        let message = match reject.field {
            Some(field) => format!("{field}: {}", reject.message),
            None => reject.message,
        };
        Refusal::value(reject.code, message)
    }
}
