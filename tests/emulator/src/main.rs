//! The emulator by itself, for tests that kill it. Everyone else runs `bronzeworks local`.

use std::process::ExitCode;

fn main() -> ExitCode {
    emulator::cli::run(&emulator::cli::command(clap::Command::new("emulator")).get_matches(), Vec::new())
}
