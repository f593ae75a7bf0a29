/// A decision of a proposal that is worth knowing, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What it is about: a column, a place inside one such as `items[].price`, or a part of the schema. May contain any characters.
    pub subject: String,
    /// What was decided: mostly a type.
    pub decision: String,
    /// The reason.
    pub reason: String,
}

impl Note {
    pub(super) fn new(
        subject: impl Into<String>,
        decision: impl Into<String>,
        reason: impl Into<String>,
    ) -> Self {
        Note { subject: subject.into(), decision: decision.into(), reason: reason.into() }
    }
}
