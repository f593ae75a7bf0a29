use serde::{Deserialize, Serialize};

/// What to do with fields that no column reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownFields {
    /// Keep them in the column `_rescued`, as JSON text.
    #[default]
    Rescue,
    /// Drop them.
    Ignore,
    /// Refuse the row.
    Quarantine,
}
