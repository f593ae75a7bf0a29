//! The reasons why the command fails, and how they are printed.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use crate::emulator::StartError;
use crate::functions::DefinitionError;
use crate::state_folder::StateError;

/// The reason why the command failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum CliError {
    #[error("cannot read {}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("cannot use {}", path.display())]
    Malformed { path: PathBuf, source: serde_json::Error },
    #[error(transparent)]
    Start(#[from] StartError),
    #[error("cannot run the local cloud")]
    Run(#[from] io::Error),
}

impl CliError {
    /// Returns the exit code: 2 if other arguments or files would help, else 1.
    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Self::Unreadable { .. } | Self::Malformed { .. } | Self::Start(StartError::Options { .. }) => 2,
            Self::Start(StartError::State(error)) => match error {
                StateError::NotOurs(_) | StateError::Layout { .. } | StateError::Stream { .. } => 2,
                StateError::Functions(DefinitionError::Machine(_)) => 1,
                StateError::Functions(_) => 2,
                _ => 1,
            },
            Self::Start(_) | Self::Run(_) => 1,
        }
    }

    /// Returns what the user can do about the error, if that is known.
    fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Start(StartError::Listen { source, .. }) if source.kind() == io::ErrorKind::AddrInUse => {
                Some("use other ports: --listen 127.0.0.1:8430 --gateway-listen 127.0.0.1:8431")
            }
            Self::Start(StartError::State(StateError::NotOurs(_))) => {
                Some("choose an empty or new folder with --state")
            }
            Self::Start(StartError::State(StateError::Layout { .. })) => {
                Some("choose another folder with --state, or use the version that wrote this state")
            }
            Self::Start(StartError::State(StateError::InUse(_))) => {
                Some("stop the other local cloud, or choose another folder with --state")
            }
            _ => None,
        }
    }

    /// Prints the error with its causes, then the hint.
    pub(super) fn print(&self) {
        eprintln!("error: {self}");
        let mut cause = self.source();
        while let Some(error) = cause {
            eprintln!("  {error}");
            cause = error.source();
        }
        if let Some(hint) = self.hint() {
            eprintln!("hint: {hint}");
        }
    }
}
