//! The program `bronzeworks`.

use std::process::ExitCode;

fn main() -> ExitCode {
    bronzeworks::main()
}
