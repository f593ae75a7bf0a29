use crate::problems::{Problem, Problems};
use std::collections::BTreeMap;
use std::ffi::OsString;

/// A setting that a program knows: the row of a table that its help, its documentation and its reading share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// The environment variable.
    pub name: &'static str,
    /// The option on the command line; empty where there is none.
    pub flag: &'static str,
    /// The value when none is given; `None` when one has to be.
    pub default: Option<&'static str>,
    /// What it is for.
    pub about: &'static str,
}

/// The settings of one program run, being read: [`take`](Self::take) each, then [`finish`](Self::finish).
#[derive(Debug)]
pub struct Settings {
    known: &'static [Setting],
    given: BTreeMap<&'static str, Given>,
    problems: Vec<Problem>,
}

#[derive(Debug)]
struct Given {
    origin: &'static str,
    value: String,
}

/// Shortest name that may lack a letter, or have one too many: much is near to a word of four letters (`JOB`, for one).
const SHORTEST_GUESS: usize = 5;

impl Settings {
    /// Gathers what is given for the settings in `known`: by `flags` (option and value), else by `environment`.
    ///
    /// A variable that begins with one of `prefixes`, or is one slip of the finger away from a known name, and is no
    /// setting, is a problem. Empty variables count as not given, as consoles leave them behind.
    pub fn new(
        known: &'static [Setting],
        prefixes: &[&str],
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        flags: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Self {
        let mut settings = Settings { known, given: BTreeMap::new(), problems: Vec::new() };
        for (name, value) in environment {
            let Some(name) = name.to_str() else { continue };
            match known.iter().find(|setting| setting.name == name) {
                Some(_) if value.is_empty() => {}
                Some(setting) => settings.give(setting.name, setting.name, value),
                None => settings.check_unknown(name, prefixes),
            }
        }
        for (flag, value) in flags {
            if let Some(setting) = known.iter().find(|setting| setting.flag == flag && !flag.is_empty()) {
                settings.give(setting.name, setting.flag, value.into());
            }
        }
        settings
    }

    fn give(&mut self, name: &'static str, origin: &'static str, value: OsString) {
        match value.into_string() {
            Ok(value) => {
                self.given.insert(name, Given { origin, value });
            }
            Err(value) => {
                let value = value.to_string_lossy().into_owned();
                self.problems.push(Problem::Wrong { origin, value, problem: "is not UTF-8".into() });
            }
        }
    }

    fn check_unknown(&mut self, name: &str, prefixes: &[&str]) {
        let distance = |setting: &&Setting| strsim::osa_distance(setting.name, name);
        let nearest = self.known.iter().min_by_key(distance);
        let slip = |setting: &&Setting| {
            let long = setting.name.len().min(name.len()) >= SHORTEST_GUESS;
            distance(setting) == 1 && (long || setting.name.len() == name.len())
        };
        if prefixes.iter().any(|prefix| name.starts_with(prefix)) || nearest.filter(slip).is_some() {
            let meant = nearest.filter(|setting| distance(setting) <= setting.name.len() / 2);
            self.problems
                .push(Problem::Unknown { name: name.into(), meant: meant.map(|setting| setting.name) });
        }
    }

    /// Takes a setting: its value given, or its default. `None` stands for a problem that was noted.
    pub fn take<T>(&mut self, name: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let setting = self.known.iter().find(|setting| setting.name == name)?;
        let given = self.given.get(setting.name).map(|given| (given.origin, given.value.as_str()));
        let default = setting.default.map(|default| (setting.name, default));
        let Some((origin, value)) = given.or(default) else {
            let Setting { name, flag, about, .. } = *setting;
            self.problems.push(Problem::Missing { name, flag, about });
            return None;
        };
        // A shell would have cut it off; a console's form does not, and the path it makes is not the one meant.
        let blank = origin == setting.name && value.trim() != value;
        match if blank { Err("has white space at an end".into()) } else { parse(value) } {
            Ok(parsed) => Some(parsed),
            Err(problem) => {
                self.problems.push(Problem::Wrong { origin, value: value.into(), problem });
                None
            }
        }
    }

    /// Gives a setting, where it is not given, the value that follows from something else, `origin`; before its default.
    pub fn fall_back(&mut self, name: &str, origin: &'static str, value: String) {
        if let Some(setting) = self.known.iter().find(|setting| setting.name == name) {
            self.given.entry(setting.name).or_insert(Given { origin, value });
        }
    }

    /// Notes a problem with a setting that only showed later, or together with others.
    pub fn wrong(&mut self, name: &str, problem: String) {
        let Some(setting) = self.known.iter().find(|setting| setting.name == name) else { return };
        let given = self.given.get(setting.name);
        let origin = given.map_or(setting.name, |given| given.origin);
        let value = given.map_or(setting.default.unwrap_or_default(), |given| &given.value).to_owned();
        self.problems.push(Problem::Wrong { origin, value, problem });
    }

    /// Ends the reading: all problems, if there are any.
    pub fn finish(self) -> Result<(), Problems> {
        if self.problems.is_empty() { Ok(()) } else { Err(Problems { problems: self.problems }) }
    }
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
