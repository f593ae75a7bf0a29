use bronze::EnvelopeProblem;
use std::fmt;
use table::RejectCode;

/// Why a line is in quarantine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The line is not a JSON object in UTF-8.
    EnvelopeNotJson,
    /// The envelope lacks a field, or has null there.
    EnvelopeMissingField,
    /// A field of the envelope is not of the connector's form.
    EnvelopeBadField,
    /// Key or value is not standard base64 with padding.
    BadBase64,
    /// The key is not UTF-8, in a table whose keys are text.
    KeyNotUtf8,
    /// The line is longer than the limit.
    LineTooLong,
    /// A partition value is too long for a path.
    PartitionValueTooLong,
    /// From a quarantine object: a remark on a whole object, with no record in it to drive again.
    ObjectRemark,
    /// The value does not become a row of the table.
    Value(RejectCode),
}

impl Reason {
    /// Every reason, in the order of the README's table.
    pub fn all() -> impl Iterator<Item = Reason> {
        let envelope = [
            Reason::EnvelopeNotJson,
            Reason::EnvelopeMissingField,
            Reason::EnvelopeBadField,
            Reason::BadBase64,
            Reason::KeyNotUtf8,
            Reason::LineTooLong,
            Reason::PartitionValueTooLong,
            Reason::ObjectRemark,
        ];
        envelope.into_iter().chain(RejectCode::ALL.into_iter().map(Reason::Value))
    }

    /// The code in quarantine and receipts.
    pub fn code(self) -> &'static str {
        match self {
            Reason::EnvelopeNotJson => "envelope_not_json",
            Reason::EnvelopeMissingField => "envelope_missing_field",
            Reason::EnvelopeBadField => "envelope_bad_field",
            Reason::BadBase64 => "bad_base64",
            Reason::KeyNotUtf8 => "key_not_utf8",
            Reason::LineTooLong => "line_too_long",
            Reason::PartitionValueTooLong => "partition_value_too_long",
            Reason::ObjectRemark => "object_remark",
            Reason::Value(code) => code.code(),
        }
    }
}

impl From<EnvelopeProblem> for Reason {
    fn from(problem: EnvelopeProblem) -> Self {
        match problem {
            EnvelopeProblem::NotJson => Reason::EnvelopeNotJson,
            EnvelopeProblem::MissingField => Reason::EnvelopeMissingField,
            EnvelopeProblem::BadField => Reason::EnvelopeBadField,
            EnvelopeProblem::DuplicateField => Reason::Value(RejectCode::DuplicateField),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
