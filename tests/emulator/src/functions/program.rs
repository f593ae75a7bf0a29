//! The program of a function, with its arguments and environment.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};

use super::definition::{DefinitionError, FunctionDefinition};
use super::settings::Settings;

/// Everything that a process of the function is started with, except its socket.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) path: PathBuf,
    pub(crate) arguments: Vec<String>,
    pub(crate) environment: BTreeMap<String, String>,
}

impl Program {
    /// Finds the program of a function.
    pub(crate) fn new(
        function: &FunctionDefinition,
        environment: BTreeMap<String, String>,
        settings: &Settings,
    ) -> Result<Self, DefinitionError> {
        let arguments = function.command.iter().skip(1).cloned().collect();
        Ok(Self { path: find(function, settings.programs.as_deref())?, arguments, environment })
    }

    /// Returns whether the program exists now.
    pub(crate) fn is_there(&self) -> bool {
        self.path.is_file()
    }
}

/// Returns the absolute path of the program. `folder` contains the programs of functions whose command has no slash.
pub(crate) fn find(function: &FunctionDefinition, folder: Option<&Path>) -> Result<PathBuf, DefinitionError> {
    let program = function.command.first().map(String::as_str).unwrap_or_default();
    let candidates = candidates(program, folder);
    let there = candidates.iter().find(|path| path.is_file());
    let found = there.and_then(|path| std::path::absolute(path).ok());
    found.ok_or_else(|| DefinitionError::Program {
        name: function.name.clone(),
        program: program.to_owned(),
        looked: candidates
            .iter()
            .map(|path| path.parent().unwrap_or(Path::new("/")).display().to_string())
            .collect::<Vec<_>>()
            .join(", "),
    })
}

fn candidates(program: &str, folder: Option<&Path>) -> Vec<PathBuf> {
    if program.contains('/') {
        return vec![PathBuf::from(program)];
    }
    if let Some(folder) = folder {
        return vec![folder.join(program)];
    }
    // Search next to the running program and one folder above it, because cargo puts tests one folder deeper than programs.
    let own = env::current_exe().unwrap_or_default();
    own.ancestors().skip(1).take(2).map(|folder| folder.join(program)).collect()
}
