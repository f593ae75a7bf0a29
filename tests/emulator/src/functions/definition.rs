//! The definitions of applications and functions, as a user writes them.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// An application: a name, and settings for all its functions.
///
/// As JSON, with the keys of `func.yaml`:
/// `[{"name":"books","functions":[{"name":"curate","command":["curate"],"memory":1024,"timeout":300,"config":{"LAKE":"lake"}}]}]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApplicationDefinition {
    /// The display name, which is unique.
    pub name: String,
    /// Environment variables of all its functions.
    #[serde(default)]
    pub config: BTreeMap<String, String>,
    /// The functions.
    #[serde(default)]
    pub functions: Vec<FunctionDefinition>,
}

/// A function: a program, and how it runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FunctionDefinition {
    /// The display name, which is unique in the application.
    pub name: String,
    /// The program and its arguments. A program without a slash is looked up in [`Options::programs`](crate::Options::programs).
    pub command: Vec<String>,
    /// Environment variables, which override the application's.
    #[serde(default)]
    pub config: BTreeMap<String, String>,
    /// Memory in MB.
    #[serde(default = "default_memory")]
    pub memory: u64,
    /// Timeout of a synchronous invocation, in seconds.
    #[serde(default = "default_timeout")]
    pub timeout: u64,
    /// Timeout of a detached invocation, in seconds; `None` means the synchronous one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detached_timeout: Option<u64>,
    /// Seconds without an invocation after which a process is stopped.
    #[serde(default = "default_timeout")]
    pub idle_timeout: u64,
}

/// The error for definitions that the service would reject, or that cannot run on this machine.
#[derive(Debug, thiserror::Error)]
pub enum DefinitionError {
    /// The file is invalid.
    #[error("{}: {problem}", path.display())]
    File {
        /// Path of the file.
        path: PathBuf,
        /// The error in the file.
        problem: String,
    },
    /// A value is out of range.
    #[error("function or application {name:?}: {problem}")]
    Value {
        /// The function's or application's name.
        name: String,
        /// The error in the value.
        problem: String,
    },
    /// The program does not exist.
    #[error("function {name:?}: the program {program} does not exist (searched in {looked})")]
    Program {
        /// The function.
        name: String,
        /// The program as configured.
        program: String,
        /// The folders that were searched.
        looked: String,
    },
    /// The machine cannot run functions.
    #[error("cannot prepare to run functions")]
    Machine(#[from] io::Error),
}

/// The valid memory sizes in MB (OCI Functions, "Changing default memory and timeout settings").
const MEMORY: [u64; 6] = [128, 256, 512, 1024, 2048, 3072];

/// Maximum total size of all keys and values of a configuration, in bytes of UTF-8 (API reference, CreateFunctionDetails).
const CONFIG_CEILING: usize = 4 << 10;

/// Returns the default memory in MB of both the platform and the open-source server.
fn default_memory() -> u64 {
    128
}

/// Returns the default timeout in seconds of both the platform and the open-source server, which also applies to the idle timeout.
fn default_timeout() -> u64 {
    30
}

impl ApplicationDefinition {
    /// Creates an application without settings.
    pub fn new(name: impl Into<String>, functions: Vec<FunctionDefinition>) -> Self {
        Self { name: name.into(), config: BTreeMap::new(), functions }
    }
}

impl FunctionDefinition {
    /// Creates a function with the service's defaults: 128 MB and 30 seconds.
    pub fn new<T: Into<String>>(name: impl Into<String>, command: impl IntoIterator<Item = T>) -> Self {
        Self {
            name: name.into(),
            command: command.into_iter().map(Into::into).collect(),
            config: BTreeMap::new(),
            memory: default_memory(),
            timeout: default_timeout(),
            detached_timeout: None,
            idle_timeout: default_timeout(),
        }
    }

    /// Adds a setting.
    pub fn config(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.config.insert(key.into(), value.into());
        self
    }

    fn check(&self) -> Result<(), String> {
        check_name(&self.name)?;
        check_config(&self.config)?;
        if self.command.is_empty() {
            return Err("command is empty".to_owned());
        }
        if !MEMORY.contains(&self.memory) {
            return Err(format!("memory is {} MB, but must be one of {MEMORY:?}", self.memory));
        }
        // 300 is the limit of OCI and of the open-source server. 3600 is OCI's limit for detached invocations, and the server's for idle
        // processes.
        for (what, seconds, limits) in [
            ("timeout", self.timeout, 1..=300),
            ("detached_timeout", self.detached_timeout.unwrap_or(30), 5..=3600),
            ("idle_timeout", self.idle_timeout, 1..=3600),
        ] {
            if !limits.contains(&seconds) {
                let (least, most) = (limits.start(), limits.end());
                return Err(format!("{what} is {seconds} s, but must be {least} to {most} s"));
            }
        }
        Ok(())
    }
}

/// Rejects definitions that the service would reject.
pub(crate) fn check(applications: &[ApplicationDefinition]) -> Result<(), DefinitionError> {
    let wrong = |name: &str, problem: String| DefinitionError::Value { name: name.to_owned(), problem };
    let mut names = BTreeSet::new();
    for application in applications {
        let of = |problem| wrong(&application.name, problem);
        check_name(&application.name).map_err(of)?;
        check_config(&application.config).map_err(of)?;
        if !names.insert((application.name.as_str(), "")) {
            return Err(of("two applications have this name".to_owned()));
        }
        for function in &application.functions {
            function.check().map_err(|problem| wrong(&function.name, problem))?;
            if !names.insert((application.name.as_str(), function.name.as_str())) {
                let problem =
                    format!("two functions of the application {:?} have this name", application.name);
                return Err(wrong(&function.name, problem));
            }
        }
    }
    Ok(())
}

fn check_name(name: &str) -> Result<(), String> {
    let good = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
    if (1..=255).contains(&name.len()) && name.chars().all(good) {
        return Ok(());
    }
    Err("a name must have 1 to 255 letters, digits, dots, hyphens and underscores".to_owned())
}

fn check_config(config: &BTreeMap<String, String>) -> Result<(), String> {
    for (key, value) in config {
        let good = |character: char| character.is_ascii_alphanumeric() || character == '_';
        if key.is_empty() || key.starts_with(|first: char| first.is_ascii_digit()) || !key.chars().all(good) {
            return Err(format!(
                "the configuration key {key:?} must have only letters, digits and underscores, and not begin with a digit"
            ));
        }
        if value.contains('\0') {
            return Err(format!("the value of {key} contains NUL"));
        }
    }
    let size: usize = config.iter().map(|(key, value)| key.len() + value.len()).sum();
    if size > CONFIG_CEILING {
        return Err(format!("the configuration has {size} bytes, more than {CONFIG_CEILING}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{ApplicationDefinition, FunctionDefinition, check};

    #[test]
    fn a_definition_reads_with_the_services_defaults() {
        let text = r#"[{"name":"books","functions":[{"name":"curate","command":["curate"]}]}]"#;
        let read: Vec<ApplicationDefinition> = serde_json::from_str(text).unwrap();
        let expected = FunctionDefinition::new("curate", ["curate"]);
        assert_eq!(read, [ApplicationDefinition::new("books", vec![expected])]);
        assert_eq!((read[0].functions[0].memory, read[0].functions[0].timeout), (128, 30));
        let typo = r#"[{"name":"books","functions":[{"name":"curate","command":["curate"],"memroy":1}]}]"#;
        assert!(serde_json::from_str::<Vec<ApplicationDefinition>>(typo).is_err());
    }

    #[test]
    fn what_the_service_would_reject_is_rejected_by_name() {
        let good = || FunctionDefinition::new("one", ["/bin/true"]);
        let problem = |functions: Vec<FunctionDefinition>| {
            check(&[ApplicationDefinition::new("books", functions)]).unwrap_err().to_string()
        };
        for (function, word) in [
            (FunctionDefinition { memory: 100, ..good() }, "memory"),
            (FunctionDefinition { timeout: 301, ..good() }, "timeout is 301"),
            (FunctionDefinition { detached_timeout: Some(4), ..good() }, "detached_timeout"),
            (FunctionDefinition { command: Vec::new(), ..good() }, "command"),
            (good().config("1A", ""), "1A"),
            (good().config("A", "x".repeat(4096)), "4097 bytes"),
        ] {
            let problem = problem(vec![function]);
            assert!(problem.contains(word) && problem.contains("one"), "{problem}");
        }
        assert!(problem(vec![good(), good()]).contains("two"));
        assert!(check(&[ApplicationDefinition::new("books", vec![good()])]).is_ok());
    }
}
