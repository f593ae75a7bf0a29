//! The command-line tool `bronzeworks`. Each verb is a file in `commands`.
//!
//! It is a library so that the example `manual`, which writes man pages and shell completions, uses the same commands as the program.

mod commands;
mod terminal;
mod verb;

use clap::Command;
use commands::VERBS;
use std::process::ExitCode;
use terminal::exit;

const ABOUT: &str = "Turn a cloud stream's bronze files into tables you can trust";

/// Parses the process's command line and runs its verb.
pub fn main() -> ExitCode {
    let matches = command().get_matches();
    let (name, matches) = matches.subcommand().expect("clap requires a verb");
    let verb = VERBS.iter().find(|verb| verb.name == name).expect("clap knows these verbs only");
    (verb.run)(matches, std::env::vars_os().collect())
}

/// Returns the command line: every verb with its arguments and help.
pub fn command() -> Command {
    Command::new("bronzeworks")
        .version(env!("CARGO_PKG_VERSION"))
        .about(ABOUT)
        .after_help(exit::HELP)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .max_term_width(100)
        .subcommands(VERBS.iter().map(|verb| (verb.command)(Command::new(verb.name))))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_consistent() {
        super::command().debug_assert();
    }
}
