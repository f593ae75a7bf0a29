use std::fmt;

/// Everything that is wrong with a program's settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Problems {
    /// At least one.
    pub problems: Vec<Problem>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A setting without a default was not given.
    #[error("{name} is not set{}: {help}", by_option(.option))]
    Missing {
        /// Its variable.
        name: &'static str,
        /// Its command-line option, without dashes.
        option: Option<&'static str>,
        /// What it is for.
        help: &'static str,
    },
    /// A setting has an invalid value.
    #[error("{origin} {value:?}: {problem}")]
    Invalid {
        /// The variable or option that gave it.
        origin: String,
        /// The value.
        value: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A variable looks like a setting but is not one.
    #[error("{name} is not a setting{}", did_you_mean(.meant))]
    Unknown {
        /// The variable.
        name: String,
        /// The setting with the nearest name.
        meant: Option<&'static str>,
    },
}

/// A variable that may be a misspelled setting, or another program's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} is ignored; did you mean {meant}?")]
pub struct Warning {
    /// The variable.
    pub name: String,
    /// The setting with the nearest name.
    pub meant: &'static str,
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.problems[..] {
            [one] => write!(f, "invalid configuration: {one}"),
            many => {
                write!(f, "invalid configuration:")?;
                many.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
            }
        }
    }
}

fn by_option(option: &Option<&str>) -> String {
    option.map(|option| format!(" (--{option})")).unwrap_or_default()
}

fn did_you_mean(meant: &Option<&str>) -> String {
    meant.map(|meant| format!("; did you mean {meant}?")).unwrap_or_default()
}
