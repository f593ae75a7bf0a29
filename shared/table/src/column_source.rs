use crate::jq::JqFilter;
use serde::Serialize;

/// Where a column's values come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnSource {
    /// A field: its JSON pointer ([RFC 6901](https://www.rfc-editor.org/rfc/rfc6901)), which passes through an array by index.
    From(String),
    /// A jq filter, whose input is the record.
    Jq(JqFilter),
}

impl ColumnSource {
    /// Returns the pointer of the field that the column reads, if it reads one.
    pub fn pointer(&self) -> Option<&str> {
        match self {
            ColumnSource::From(pointer) => Some(pointer),
            ColumnSource::Jq(_) => None,
        }
    }
}
