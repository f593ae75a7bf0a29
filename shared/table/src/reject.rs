use std::fmt;

/// Why a value does not become a row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Reject {
    /// The kind of problem.
    pub code: RejectCode,
    /// The column's name, or the JSON pointer of a place that no column names; `None` when it is about the whole value.
    pub field: Option<String>,
    /// The particulars, for a person.
    pub message: String,
}

/// The kinds of [`Reject`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RejectCode {
    /// The value's bytes are not UTF-8.
    ValueNotUtf8,
    /// The value is not JSON as RFC 8259 has it, in any of its fields.
    ValueNotJson,
    /// Arrays and objects are nested deeper than [`json::MAX_DEPTH`].
    NestingTooDeep,
    /// The value is JSON, but not an object.
    ValueNotObject,
    /// A field that the schema names occurs twice.
    DuplicateField,
    /// A required column is null or missing.
    MissingRequired,
    /// The field has another JSON type than the column takes.
    TypeMismatch,
    /// The number is beyond what the column can hold.
    OutOfRange,
    /// Storing the number would lose a digit.
    PrecisionLost,
    /// Not a timestamp of the column's kind.
    BadTimestamp,
    /// Not a calendar date.
    BadDate,
    /// A field that the schema does not name, in a table that allows none.
    UnknownField,
}

impl RejectCode {
    /// Every code, in the order of the README's table.
    pub const ALL: [RejectCode; 12] = [
        RejectCode::ValueNotUtf8,
        RejectCode::ValueNotJson,
        RejectCode::NestingTooDeep,
        RejectCode::ValueNotObject,
        RejectCode::DuplicateField,
        RejectCode::MissingRequired,
        RejectCode::TypeMismatch,
        RejectCode::OutOfRange,
        RejectCode::PrecisionLost,
        RejectCode::BadTimestamp,
        RejectCode::BadDate,
        RejectCode::UnknownField,
    ];

    /// The code in quarantine and receipts.
    pub fn code(self) -> &'static str {
        match self {
            RejectCode::ValueNotUtf8 => "value_not_utf8",
            RejectCode::ValueNotJson => "value_not_json",
            RejectCode::NestingTooDeep => "nesting_too_deep",
            RejectCode::ValueNotObject => "value_not_object",
            RejectCode::DuplicateField => "duplicate_field",
            RejectCode::MissingRequired => "missing_required",
            RejectCode::TypeMismatch => "type_mismatch",
            RejectCode::OutOfRange => "out_of_range",
            RejectCode::PrecisionLost => "precision_lost",
            RejectCode::BadTimestamp => "bad_timestamp",
            RejectCode::BadDate => "bad_date",
            RejectCode::UnknownField => "unknown_field",
        }
    }
}

impl fmt::Display for RejectCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
