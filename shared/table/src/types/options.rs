use serde::{Deserialize, Serialize};
use std::fmt;

/// The options of a column entry in a schema file, which relax the rules of the column's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Options {
    /// What to do with digits beyond the column's scale. If it is `None`, such numbers are refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub round: Option<Rounding>,
    /// Whether numbers and booleans are also accepted in quotes.
    pub from_string: bool,
}

/// The name of an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptionName {
    /// The option `round`.
    Round,
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

impl Options {
    /// Returns the names of the options that are set.
    pub(crate) fn names(&self) -> impl Iterator<Item = OptionName> {
        let round = self.round.is_some().then_some(OptionName::Round);
        round.into_iter().chain(self.from_string.then_some(OptionName::FromString))
    }
}

impl fmt::Display for OptionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            OptionName::Round => "round",
            OptionName::FromString => "from_string",
        })
    }
}
