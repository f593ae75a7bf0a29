//! The emulator as a program of its own, for tests that kill it. Users run `bronzeworks local`.

use std::process::ExitCode;

fn main() -> ExitCode {
    emulator::cli::run(&emulator::cli::command(clap::Command::new("emulator")).get_matches(), Vec::new())
}
