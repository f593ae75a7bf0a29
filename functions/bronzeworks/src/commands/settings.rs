//! `bronzeworks settings`: prints every setting of a program, as a table or as JSON.

use crate::terminal::{Output, Terminal, exit};
use crate::verb::{Environment, Verb};
use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::{Value, json};
use settings::{Declaration, Program, reference};
use std::process::ExitCode;

pub(crate) const VERB: Verb = Verb { name: "settings", command, run };

/// All programs that have settings, by name.
const PROGRAMS: &[(&str, &Program)] =
    &[("curate", &curate::COMMAND), ("curate-function", &curate::FUNCTION), ("ingest", &ingest::PROGRAM)];

const EXAMPLES: &str = "\
Examples:
  bronzeworks settings curate
  bronzeworks settings --json | jq '.ingest[].name'";

fn command(command: Command) -> Command {
    let names = PROGRAMS.iter().map(|(name, _)| *name).collect::<Vec<_>>();
    command
        .about("Print the settings of a program: variable, option, default and meaning")
        .arg(
            Arg::new("program")
                .value_name("PROGRAM")
                .value_parser(names)
                .help("Program whose settings to print [default: all]"),
        )
        .arg(Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON"))
        .after_help(EXAMPLES)
}

fn run(matches: &ArgMatches, environment: Environment) -> ExitCode {
    let wanted = matches.get_one::<String>("program");
    let programs = PROGRAMS.iter().filter(|(name, _)| wanted.is_none_or(|wanted| wanted == name));
    let text = match matches.get_flag("json") {
        true => {
            let all: serde_json::Map<String, Value> =
                programs.map(|(name, program)| ((*name).to_owned(), as_json(program))).collect();
            format!("{:#}\n", Value::Object(all))
        }
        false => programs
            .map(|(name, program)| format!("# {name}\n\n{}\n", reference::settings(program)))
            .collect(),
    };
    let mut output = Output::stdout();
    output.write(&text, &Terminal::new(&environment));
    match output.failed() {
        true => ExitCode::from(exit::FAILURE),
        false => ExitCode::SUCCESS,
    }
}

fn as_json(program: &Program) -> Value {
    let settings = program.settings.iter().map(|setting| {
        let Declaration { name, option, value, default, help, .. } = setting;
        json!({ "name": name, "option": option, "value": value, "default": default, "help": help })
    });
    Value::Array(settings.collect())
}
