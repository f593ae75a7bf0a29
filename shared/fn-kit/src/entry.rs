//! Starts a program that serves a function: arguments, contract, runtime, and error messages for people.
//!
//! ```no_run
//! use fn_kit::entry::{self, Program};
//! use fn_kit::{Failure, Invocation, Response};
//! use std::process::ExitCode;
//!
//! const ECHO: Program = Program { name: "echo", version: "1.0.0", help: "Echoes its input.", workers: 2, blocking: 4 };
//!
//! async fn echo(call: Invocation) -> Result<Response, Failure> {
//!     Ok(Response::bytes("text/plain", call.into_body().bytes(1 << 20).await?))
//! }
//!
//! fn main() -> ExitCode {
//!     let start = match ECHO.start() {
//!         Ok(start) => start,
//!         Err(code) => return code,
//!     };
//!     let Some(contract) = start.contract else {
//!         return ECHO.needs_listener("`fn invoke` starts it");
//!     };
//!     ECHO.block_on(async {
//!         match fn_kit::serve(contract, echo).await {
//!             Ok(()) => ExitCode::SUCCESS,
//!             Err(error) => entry::fail(&error),
//!         }
//!     })
//! }
//! ```

use crate::Contract;
use crate::chain::causes;
use std::error::Error;
use std::ffi::OsString;
use std::fmt::Display;
use std::future::Future;
use std::process::ExitCode;

/// A program that serves a function.
#[derive(Debug, Clone, Copy)]
pub struct Program {
    /// The program's name in the output of `--version` and in messages.
    pub name: &'static str,
    /// The version in the output of `--version`.
    pub version: &'static str,
    /// The output of `--help`.
    pub help: &'static str,
    /// Number of threads that run async code.
    pub workers: usize,
    /// Number of threads that may block. Fn allows a container about 50 threads in total.
    pub blocking: usize,
}

/// The contract and the environment with which a program was started.
#[derive(Debug, Clone, PartialEq)]
pub struct Start {
    /// The contract, or `None` if `FN_LISTENER` is not set.
    pub contract: Option<Contract>,
    /// The environment of the process.
    pub environment: Vec<(OsString, OsString)>,
}

/// Exit code for wrong usage and for an invalid configuration.
pub const USAGE: u8 = 2;

impl Program {
    /// Reads the arguments and the environment of the process.
    ///
    /// A function accepts no arguments except `--help` and `--version`, which are answered here.
    ///
    /// # Errors
    ///
    /// Returns the exit code if the program should end, because it has answered `--help` or `--version` or has printed a problem.
    pub fn start(&self) -> Result<Start, ExitCode> {
        self.read(std::env::args_os().skip(1), std::env::vars_os().collect()).map_err(|end| match end {
            End::Answer(text) => {
                // `print!` would panic if the reader has closed the pipe.
                let _ = std::io::Write::write_all(&mut std::io::stdout(), text.as_bytes());
                ExitCode::SUCCESS
            }
            End::Usage(problem) => usage(&problem),
        })
    }

    fn read(
        &self,
        arguments: impl IntoIterator<Item = OsString>,
        environment: Vec<(OsString, OsString)>,
    ) -> Result<Start, End> {
        if let Some(argument) = arguments.into_iter().next() {
            return Err(match argument.to_str() {
                Some("--help" | "-h") => End::Answer(format!("{}\n", self.help.trim_end())),
                Some("--version" | "-V") => End::Answer(format!("{} {}\n", self.name, self.version)),
                _ => End::Usage(format!("unexpected argument {argument:?}; see `{} --help`", self.name)),
            });
        }
        match Contract::from_environment(&environment) {
            Ok(contract) => Ok(Start { contract, environment }),
            Err(error) => Err(End::Usage(causes(&error).join("\n  "))),
        }
    }

    /// Prints that the program cannot run without the platform, followed by a hint, and returns the exit code.
    pub fn needs_listener(&self, hint: &str) -> ExitCode {
        let code =
            usage(&format_args!("{} is a function and needs FN_LISTENER, which is not set", self.name));
        eprintln!("hint: {hint}");
        code
    }

    /// Runs the program on its own runtime and returns its exit code.
    pub fn block_on(&self, program: impl Future<Output = ExitCode>) -> ExitCode {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(self.workers)
            .max_blocking_threads(self.blocking)
            .enable_all()
            .build();
        match runtime {
            Ok(runtime) => runtime.block_on(program),
            Err(error) => fail(&error),
        }
    }
}

/// Why a program ends before it serves.
#[derive(Debug, PartialEq)]
enum End {
    /// A text to print to stdout.
    Answer(String),
    /// A problem to print to stderr.
    Usage(String),
}

/// Prints an error, with each cause on its own indented line, and returns the exit code for a failure.
pub fn fail(error: &(dyn Error + 'static)) -> ExitCode {
    eprintln!("error: {}", causes(error).join("\n  "));
    ExitCode::FAILURE
}

/// Prints a problem with arguments or configuration and returns [`USAGE`].
pub fn usage(problem: &dyn Display) -> ExitCode {
    eprintln!("error: {problem}");
    ExitCode::from(USAGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ECHO: Program =
        Program { name: "echo", version: "1.2.3", help: "Echoes its input.\n", workers: 1, blocking: 1 };

    fn read(arguments: &[&str], environment: &[(&str, &str)]) -> Result<Start, End> {
        let environment = environment.iter().map(|(name, value)| (name.into(), value.into())).collect();
        ECHO.read(arguments.iter().map(OsString::from), environment)
    }

    #[test]
    fn a_listener_makes_it_a_function() {
        let start = read(&[], &[("FN_LISTENER", "unix:/tmp/echo.sock"), ("OTHER", "x")]).unwrap();
        assert!(start.contract.is_some());
        assert_eq!(start.environment.len(), 2);
        assert_eq!(read(&[], &[]).unwrap().contract, None);
    }

    #[test]
    fn help_and_version_are_answered_whatever_the_environment_says() {
        let wrong = [("FN_LISTENER", "tcp://x")];
        for environment in [&wrong[..], &[]] {
            assert_eq!(read(&["--version"], environment), Err(End::Answer("echo 1.2.3\n".into())));
            assert_eq!(read(&["-h"], environment), Err(End::Answer("Echoes its input.\n".into())));
        }
    }

    #[test]
    fn other_arguments_and_a_wrong_contract_are_usage_errors() {
        let problem = r#"unexpected argument "--jobs"; see `echo --help`"#;
        assert_eq!(read(&["--jobs", "2"], &[]), Err(End::Usage(problem.into())));
        assert!(matches!(read(&[], &[("FN_LISTENER", "tcp://x")]), Err(End::Usage(_))));
    }
}
