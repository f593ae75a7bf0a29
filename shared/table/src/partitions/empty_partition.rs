use serde::{Deserialize, Serialize};

/// What to do with a row whose partition value has no folder name that all readers understand: the empty string, which Spark cannot read,
/// and the text [`DEFAULT_PARTITION`](crate::DEFAULT_PARTITION), which most readers take for null.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmptyPartition {
    /// Store the value as it is. In the path, the first character of the marker's text is escaped.
    Keep,
    /// Store null instead. If the value is that of a required column, the row is refused.
    Null,
    /// Refuse the row.
    #[default]
    Quarantine,
}
