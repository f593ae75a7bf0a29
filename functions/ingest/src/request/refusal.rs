use table::Reason;

/// Why one record is not sent. It would be refused again; other records are not affected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: RefusalCode,
    /// The details, for a person.
    pub(crate) message: String,
}

/// Why a record is refused, as the response says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalCode {
    /// `curate` would quarantine it for this reason.
    Table(Reason),
    /// No rule finds a key in it, and a key is required.
    KeyMissing,
    /// What the rule finds as its key occurs more than once.
    KeyAmbiguous,
    /// What the rule finds as its key is neither a string nor a number.
    KeyBadType,
    /// Its key is longer than the stream accepts.
    KeyTooLong,
    /// It is larger than the stream accepts.
    RecordTooLarge,
    /// It is not a CloudEvent of version 1.0.
    InvalidEvent,
    /// It is a CloudEvent without a JSON object as its data, which is what would be wrapped.
    EventWithoutData,
    /// The stream itself refused it.
    RefusedByStream,
}

impl RefusalCode {
    /// Every code that is not the table's, in the order of the reference.
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

    /// The code in responses. The table's are those of `curate`'s quarantine.
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

    /// A refusal for a reason that doesn't depend on a table's schema.
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
        let refusal = Refusal::from(judge.judge(None, br#"{"data":{"period_code":"202406"}}"#).unwrap_err());
        assert_eq!(refusal.code.code(), "missing_required");
        assert!(refusal.message.starts_with("currency_code: "), "{}", refusal.message);
    }
}
