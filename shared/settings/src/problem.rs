use std::fmt;

/// All problems with a program's settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Problems {
    /// The problems, of which there is at least one.
    pub problems: Vec<Problem>,
    /// Variables that are ignored. They are not among the problems, and not part of the message.
    pub warnings: Vec<Warning>,
}

/// One problem with a program's settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A setting without a default is not set.
    #[error("{name} is not set{}: {help}", by_option(.option))]
    Missing {
        /// The setting's variable.
        name: &'static str,
        /// The setting's command-line option, without dashes.
        option: Option<&'static str>,
        /// What the setting is for.
        help: &'static str,
    },
    /// A setting has an invalid value.
    #[error("{origin} {value:?}: {problem}")]
    Invalid {
        /// The variable or option from which the value comes.
        origin: String,
        /// The invalid value.
        value: String,
        /// What is wrong with the value. Each further line is a cause of the line before it.
        problem: String,
    },
    /// An argument that is not a setting is missing or invalid.
    #[error("{0}")]
    Argument(String),
    /// A variable looks like a setting but isn't one.
    #[error("{name} is not a setting{}", did_you_mean(.meant))]
    Unknown {
        /// The variable's name.
        name: String,
        /// The setting with the most similar name, if one is similar enough.
        meant: Option<&'static str>,
    },
}

/// A variable that may be a misspelled setting, or may belong to another program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} is ignored; did you mean {meant}?")]
pub struct Warning {
    /// The variable's name.
    pub name: String,
    /// The setting with the most similar name.
    pub meant: &'static str,
}

impl fmt::Display for Problems {
    /// Writes one line, or one for each of several problems. Causes are on lines of their own, indented further.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let indented = |problem: &Problem, indent: &str| problem.to_string().replace('\n', indent);
        match &self.problems[..] {
            [one] => write!(f, "invalid configuration: {}", indented(one, "\n  ")),
            many => {
                write!(f, "invalid configuration:")?;
                many.iter().try_for_each(|problem| write!(f, "\n  {}", indented(problem, "\n    ")))
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
