use serde::{Deserialize, Serialize};
use std::fmt;

/// How a column relaxes its type's rules: the options of a column entry in a schema file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Options {
    /// What to do with digits beyond the column's scale; without it they are refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub round: Option<Rounding>,
    /// Whether a number or boolean may also come in quotes.
    pub from_string: bool,
}

/// The name of an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptionName {
    /// `round`
    Round,
    /// `from_string`
    FromString,
}

/// How digits beyond a column's scale are dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// To the nearest, a tie to the even digit.
    HalfEven,
}

impl Options {
    /// The options that are set.
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
