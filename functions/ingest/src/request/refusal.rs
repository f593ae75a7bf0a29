use table::Reason;

/// Why one record is not sent. It would be refused again. Other records are not affected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: RefusalCode,
    /// Details for the producer.
    pub(crate) message: String,
}

/// Why a record is refused, as reported in the response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalCode {
    /// `curate` would quarantine the record for this reason.
    Table(Reason),
    /// No rule finds a key in the record, and a key is required.
    KeyMissing,
    /// The value that a rule finds for the key occurs more than once.
    KeyAmbiguous,
    /// The value that a rule finds for the key is neither a string nor a number.
    KeyBadType,
    /// The record's key is longer than the stream accepts.
    KeyTooLong,
    /// The record is larger than the stream accepts.
    RecordTooLarge,
    /// The record is not a CloudEvent of version 1.0.
    InvalidEvent,
    /// The record is a CloudEvent, but its data is not a JSON object, which could be wrapped.
    EventWithoutData,
    /// The stream itself refused the record.
    RefusedByStream,
}

impl RefusalCode {
    /// All codes that are not the table's, in the order of the reference.
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

    /// Returns the code used in responses. The table's codes are those of `curate`'s quarantine.
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

    /// Creates a refusal for a reason that doesn't depend on a table's schema.
    pub(crate) fn value(reason: Reason, message: impl Into<String>) -> Self {
        Refusal::new(RefusalCode::Table(reason), message)
    }
}

impl From<table::Refusal> for Refusal {
    fn from(refusal: table::Refusal) -> Self {
        let message = match refusal.field {
            Some(field) => format!("{field}: {}", refusal.message),
            None => refusal.message,
        };
        Refusal::value(refusal.reason, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use table::{RowJudge, Schema};

    #[test]
    fn a_refusal_names_the_field() {
        let mut judge = RowJudge::new(&Schema::gl_journal());
        let refusal =
            Refusal::from(judge.judge(None, br#"{"data":{"period_code":"202406"}}"#, None).unwrap_err());
        assert_eq!(refusal.code.code(), "missing_required");
        assert!(refusal.message.starts_with("currency_code: "), "{}", refusal.message);
    }
}
