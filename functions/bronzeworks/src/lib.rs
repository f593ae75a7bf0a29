//! The command-line tool `bronzeworks`. Each verb is a file in `commands`.
//!
//! It is a library so that the example `manual`, which writes man pages and shell completions, uses the same commands as the program.

mod commands;
mod refused;
mod results;
mod sources;
mod terminal;
mod verb;

use clap::Command;
use commands::VERBS;
use std::io::Write;
use std::process::ExitCode;
use terminal::{Output, Terminal, exit};
use verb::Environment;

const ABOUT: &str = "Turn a cloud stream's bronze files into tables you can trust";

const EXAMPLES: &str = "\
Examples:
  bronzeworks local                                 # a cloud on this machine, with a pipeline
  bronzeworks load --bronze bronze/ --duration 10   # write bronze objects to try the tool with
  bronzeworks curate bronze/ --lake ./lake          # turn them into Parquet
  bronzeworks infer events/ > events.json           # draft a schema for your own JSON
  bronzeworks curate --help                         # all options of a command, with examples

";

/// Maximum width of the help, in columns.
const WIDTH: usize = 100;

/// Parses the process's command line and runs its verb.
pub fn main() -> ExitCode {
    let environment: Environment = std::env::vars_os().collect();
    let matches = match spaced(command()).try_get_matches() {
        Ok(matches) => matches,
        Err(error) => return not_parsed(&error, &Terminal::new(&environment)),
    };
    let (name, matches) = matches.subcommand().expect("clap requires a verb");
    let verb = VERBS.iter().find(|verb| verb.name == name).expect("clap knows these verbs only");
    (verb.run)(matches, environment)
}

/// Prints what clap returns instead of matches: the help or the version, to stdout, or a usage error.
fn not_parsed(error: &clap::Error, terminal: &Terminal) -> ExitCode {
    if error.use_stderr() {
        terminal.usage(error);
        return ExitCode::from(exit::USAGE);
    }
    let mut output = Output::stdout();
    output.note(error.print().and_then(|()| std::io::stdout().flush()), terminal);
    match output.failed() {
        true => ExitCode::from(exit::FAILURE),
        false => ExitCode::SUCCESS,
    }
}

/// Makes `--version` of a verb print "bronzeworks VERB" instead of "bronzeworks-VERB", after which the man pages are named.
fn spaced(command: Command) -> Command {
    command.mut_subcommands(|verb| {
        let name = format!("bronzeworks {}", verb.get_name());
        verb.display_name(name)
    })
}

/// Returns the command line: every verb with its arguments and help.
pub fn command() -> Command {
    Command::new("bronzeworks")
        .version(env!("CARGO_PKG_VERSION"))
        .propagate_version(true)
        .about(ABOUT)
        .after_help(format!("{EXAMPLES}{}", exit::HELP))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .max_term_width(WIDTH)
        .subcommands(VERBS.iter().map(|verb| (verb.command)(Command::new(verb.name))))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_consistent() {
        super::command().debug_assert();
    }

    #[test]
    fn the_version_of_a_verb_names_it_as_it_is_typed() {
        let asked =
            super::spaced(super::command()).try_get_matches_from(["bronzeworks", "local", "--version"]);
        let expected = concat!("bronzeworks local ", env!("CARGO_PKG_VERSION"), "\n");
        assert_eq!(asked.unwrap_err().to_string(), expected);
    }

    #[test]
    fn examples_fit_into_the_width_of_the_help() {
        let verbs = super::VERBS.iter().map(|verb| (verb.command)(super::Command::new(verb.name)));
        for command in verbs.chain([super::command()]) {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            for line in help.lines().filter(|line| line.starts_with(' ')) {
                assert!(line.chars().count() <= super::WIDTH, "{}: {line}", command.get_name());
            }
        }
    }

    #[test]
    fn every_verb_has_a_version_and_starts_its_help_with_what_it_does() {
        for verb in super::VERBS {
            let asked = super::command().try_get_matches_from(["bronzeworks", verb.name, "--version"]);
            assert_eq!(asked.unwrap_err().kind(), clap::error::ErrorKind::DisplayVersion, "{}", verb.name);
            let command = super::command();
            let command = command.find_subcommand(verb.name).unwrap();
            let about = command.get_about().unwrap().to_string();
            let long = command.get_long_about().map_or(about.clone(), ToString::to_string);
            assert!(long.starts_with(&about), "{}: {long}", verb.name);
        }
    }
}
