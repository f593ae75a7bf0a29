use std::fmt;

/// Everything that is wrong with the settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Problems {
    /// At least one.
    pub problems: Vec<Problem>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A setting without a default was not given.
    #[error("{name} is not set{}: {about}", option(.flag))]
    Missing {
        /// Its variable.
        name: &'static str,
        /// Its option on the command line; empty where it has none.
        flag: &'static str,
        /// What it is for.
        about: &'static str,
    },
    /// A setting has a value that it cannot have.
    #[error("{origin} {value:?}: {problem}")]
    Wrong {
        /// The variable or option that gave it.
        origin: &'static str,
        /// The value.
        value: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A variable looks like one of ours, but is none.
    #[error("{name} is not a setting{}", .meant.map(|meant| format!("; did you mean {meant}?")).unwrap_or_default())]
    Unknown {
        /// The variable.
        name: String,
        /// The setting whose name is nearest.
        meant: Option<&'static str>,
    },
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.problems[..] {
            [one] => write!(f, "the settings are not right: {one}"),
            many => {
                write!(f, "the settings are not right, in {} places:", many.len())?;
                many.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
            }
        }
    }
}

fn option(flag: &str) -> String {
    if flag.is_empty() { String::new() } else { format!(" ({flag})") }
}
