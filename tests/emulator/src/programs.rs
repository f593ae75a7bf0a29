//! Our functions' programs, compiled on the way when the emulator was started by `cargo run`.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use emulator::Pipeline;
use tokio::process::Command;

/// Programs that are not there.
#[derive(Debug)]
pub(crate) struct Missing {
    names: Vec<&'static str>,
    profile: Option<&'static str>,
    cargo: Option<OsString>,
}

impl Missing {
    /// What is not in the folder; `None` when nothing is missing.
    pub(crate) fn of(pipeline: &Pipeline, folder: Option<&Path>) -> Option<Self> {
        let own = env::current_exe().unwrap_or_default();
        let beside = own.parent().map(Path::to_owned).unwrap_or_default();
        let look = folder.map_or(beside.clone(), Path::to_owned);
        let names: Vec<&str> =
            pipeline.programs().into_iter().filter(|name| !look.join(name).is_file()).collect();
        // What is compiled comes beside this program, in its profile's folder.
        let profile = match beside.file_name().and_then(|name| name.to_str()) {
            Some("debug") => Some("dev"),
            Some("release") => Some("release"),
            _ => None,
        };
        let cargo = env::var_os("CARGO").filter(|_| folder.is_none() && profile.is_some());
        (!names.is_empty()).then_some(Self { names, profile, cargo })
    }

    /// What becomes of them, in a sentence.
    pub(crate) fn notice(&self) -> String {
        let names = self.names.join(", ");
        match &self.cargo {
            Some(_) => {
                format!("{names}: being compiled; until then calls fail, and events are delivered again")
            }
            None => {
                format!("{names}: not there yet; {} makes them, and calls fail until then", self.command())
            }
        }
    }

    /// Compiles them, if cargo is there to do it.
    pub(crate) async fn compile(self) {
        let Some(cargo) = &self.cargo else { return };
        tracing::info!("compiling {}: {}", self.names.join(", "), self.command());
        let workspace: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", ".."].iter().collect();
        let built = Command::new(cargo)
            .args(self.arguments())
            .arg("--quiet")
            .current_dir(workspace)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .status()
            .await;
        match built {
            Ok(status) if status.success() => tracing::info!("{} can be called now", self.names.join(", ")),
            Ok(status) => tracing::error!("{} ended with {status}", self.command()),
            Err(error) => tracing::error!("{} cannot be started: {error}", self.command()),
        }
    }

    fn arguments(&self) -> Vec<&str> {
        let mut arguments = vec!["build", "--profile", self.profile.unwrap_or("release")];
        for name in &self.names {
            arguments.extend(["--package", name]);
        }
        arguments
    }

    fn command(&self) -> String {
        format!("cargo {}", self.arguments().join(" "))
    }
}
