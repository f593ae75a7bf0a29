use crate::problem::{Problem, Problems, Warning};
use crate::setting::{Program, Setting};
use crate::spelling::{self, Verdict};
use std::collections::BTreeMap;
use std::ffi::OsString;

/// Reads the settings for one run of a program: call [`take`](Self::take) for each, then [`finish`](Self::finish).
///
/// An option takes precedence over its variable, and a variable over the default. An empty variable counts as not set, because consoles
/// leave empty ones behind.
#[derive(Debug)]
pub struct Reader {
    program: &'static Program,
    given: BTreeMap<&'static str, Given>,
    problems: Vec<Problem>,
    warnings: Vec<Warning>,
}

#[derive(Debug)]
struct Given {
    /// Where the value comes from: the variable, the option with its dashes, or whatever it was derived from.
    origin: String,
    value: String,
    is_variable: bool,
}

impl Reader {
    /// Creates a reader for an environment and for options, each given as its name without dashes and its value.
    pub fn new(
        program: &'static Program,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        options: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Self {
        let mut reader =
            Reader { program, given: BTreeMap::new(), problems: Vec::new(), warnings: Vec::new() };
        for (name, value) in environment {
            // Names of settings are ASCII, so a name that isn't UTF-8 belongs to another program.
            if let Some(name) = name.to_str() {
                reader.give_variable(name, value);
            }
        }
        for (option, value) in options {
            if let Some(setting) = program.settings.iter().find(|setting| setting.option == Some(option)) {
                let given = Given { origin: format!("--{option}"), value, is_variable: false };
                reader.given.insert(setting.name, given);
            }
        }
        reader
    }

    fn give_variable(&mut self, name: &str, value: OsString) {
        if let Some(setting) = self.program.settings.iter().find(|setting| setting.name == name) {
            match value.into_string() {
                Ok(value) if value.is_empty() => {}
                Ok(value) => {
                    let given = Given { origin: name.into(), value, is_variable: true };
                    self.given.insert(setting.name, given);
                }
                Err(value) => {
                    let value = value.to_string_lossy().into_owned();
                    let problem = "is not UTF-8".into();
                    self.problems.push(Problem::Invalid { origin: name.into(), value, problem });
                }
            }
        } else if !self.program.variables.iter().any(|variable| variable.name == name) {
            match spelling::judge(self.program, name) {
                Verdict::Foreign => {}
                Verdict::Warning(warning) => self.warnings.push(warning),
                Verdict::Problem(problem) => self.problems.push(problem),
            }
        }
    }

    /// Returns the value of a setting, or `None` after a problem, which [`finish`](Self::finish) reports.
    pub fn take<T>(&mut self, setting: &Setting<T>) -> Option<T> {
        let declaration = setting.declaration();
        debug_assert!(self.program.settings.contains(&declaration), "{} is not declared", declaration.name);
        let given = self.given.get(declaration.name);
        let Some(value) = given.map(|given| given.value.as_str()).or(declaration.default) else {
            let (name, option, help) = (declaration.name, declaration.option, declaration.help);
            self.problems.push(Problem::Missing { name, option, help });
            return None;
        };
        // A shell would have removed the space, but a console's form does not, and a path that ends in a space is not the intended one.
        let padded = given.is_some_and(|given| given.is_variable) && value.trim() != value;
        let parsed = match padded {
            true => Err("begins or ends with whitespace".into()),
            false => (setting.parse)(value),
        };
        parsed.map_err(|problem| self.invalid(setting, problem)).ok()
    }

    /// Sets the value of a setting that was not given to one derived from something else, `origin`. It takes precedence over the default.
    pub fn fall_back<T>(&mut self, setting: &Setting<T>, origin: &str, value: String) {
        let given = Given { origin: origin.into(), value, is_variable: false };
        self.given.entry(setting.declaration().name).or_insert(given);
    }

    /// Records a problem that shows only later, or only together with other settings.
    pub fn invalid<T>(&mut self, setting: &Setting<T>, problem: String) {
        let declaration = setting.declaration();
        let (origin, value) = match self.given.get(declaration.name) {
            Some(given) => (given.origin.clone(), given.value.clone()),
            None => (declaration.name.into(), declaration.default.unwrap_or_default().into()),
        };
        self.problems.push(Problem::Invalid { origin, value, problem });
    }

    /// Records a problem with an argument that is not a setting, to be reported together with those of the settings.
    pub fn invalid_argument(&mut self, problem: String) {
        self.problems.push(Problem::Argument(problem));
    }

    /// Returns whether there has been no problem so far. Check it before doing what must not happen after a usage error, such as creating a
    /// folder.
    pub fn is_valid(&self) -> bool {
        self.problems.is_empty()
    }

    /// Returns the problems and warnings. A variable that is a near miss of a missing setting is a problem, not a warning.
    fn with_slips(self) -> Problems {
        let missing = |meant: &str| {
            self.problems
                .iter()
                .any(|problem| matches!(problem, Problem::Missing { name, .. } if *name == meant))
        };
        let (slips, warnings): (Vec<Warning>, _) =
            self.warnings.into_iter().partition(|warning| missing(warning.meant));
        let slips =
            slips.into_iter().map(|Warning { name, meant }| Problem::Unknown { name, meant: Some(meant) });
        Problems { problems: slips.chain(self.problems).collect(), warnings }
    }

    /// Returns `read` with the warnings.
    ///
    /// # Errors
    ///
    /// Reports all problems together, if there are any.
    pub fn finish<T>(self, read: Option<T>) -> Result<(T, Vec<Warning>), Problems> {
        match read {
            Some(read) if self.problems.is_empty() => Ok((read, self.warnings)),
            _ => Err(self.with_slips()),
        }
    }
}

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;
