use serde::{Deserialize, Serialize};
use std::fmt;

/// The options of a column entry in a schema file, which relax the rules of the column's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Options {
    /// What to do with digits beyond the column's scale. If it is `None`, such numbers are refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub round: Option<Rounding>,
    /// What to do with digits beyond microseconds. If it is `None`, such times are refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncate: Option<Truncation>,
    /// Which other forms of an offset from UTC are accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<OffsetForm>,
    /// Whether numbers and booleans are also accepted in quotes.
    pub from_string: bool,
}

/// The name of an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptionName {
    /// The option `round`.
    Round,
    /// The option `truncate`.
    Truncate,
    /// The option `offset`.
    Offset,
    /// The option `from_string`.
    FromString,
}

/// How digits beyond a column's scale are dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// Rounds to the nearest value, and a tie to the even digit.
    HalfEven,
}

/// Which digits of a time are cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Truncation {
    /// Those beyond microseconds, so that the time is the last microsecond that isn't after it. .NET writes seven digits, Go nine.
    Micros,
}

/// The forms of an offset that a column accepts in addition to RFC 3339's `+05:30`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OffsetForm {
    /// ISO 8601's basic format: `+0530` and `+05`.
    Basic,
}

impl Options {
    /// Returns the names of the options that are set.
    pub(crate) fn names(&self) -> impl Iterator<Item = OptionName> {
        let set = [
            self.round.map(|_| OptionName::Round),
            self.truncate.map(|_| OptionName::Truncate),
            self.offset.map(|_| OptionName::Offset),
            self.from_string.then_some(OptionName::FromString),
        ];
        set.into_iter().flatten()
    }
}

impl fmt::Display for OptionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            OptionName::Round => "round",
            OptionName::Truncate => "truncate",
            OptionName::Offset => "offset",
            OptionName::FromString => "from_string",
        })
    }
}
