use crate::reason::Reason;

/// Why a record does not become a row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}: {message}")]
pub struct Refusal {
    /// The kind of problem.
    pub reason: Reason,
    /// The column's name, the JSON pointer of a value inside a nested column or of a field that no column reads, or `key`. `None` if the whole value is refused.
    pub field: Option<String>,
    /// Details for the operator or the producer.
    pub message: String,
}

impl Refusal {
    pub(crate) fn new(reason: Reason, field: Option<String>, message: impl Into<String>) -> Self {
        Refusal { reason, field, message: message.into() }
    }
}
