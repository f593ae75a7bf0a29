//! `bronzeworks ddl`: prints statements that make a lake a table of an engine.

mod athena;
mod duckdb;
mod engine;
mod iceberg;
mod identifier;
mod logical_type;
mod oracle;
mod place;
mod reserved_words;
mod script;
mod spark;
mod table;
mod table_name;
mod trino;

use crate::terminal::{Output, Terminal, exit};
use crate::verb::{Environment, Verb};
use ::table::Schema;
use clap::builder::PossibleValue;
use clap::{Arg, ArgMatches, Command};
use engine::{Engine, Request};
use place::Place;
use std::process::ExitCode;
use table::Table;
use table_name::TableName;

pub(crate) const VERB: Verb = Verb { name: "ddl", command, run };

/// All engines, in the order of the help.
const ENGINES: &[Engine] =
    &[oracle::ENGINE, spark::ENGINE, trino::ENGINE, athena::ENGINE, duckdb::ENGINE, iceberg::ENGINE];

const EXAMPLES: &str = "\
Examples:
  bronzeworks ddl lake --engine duckdb --location ./lake | duckdb ledger.db
  bronzeworks ddl orders.json --engine spark --location oci://lake@namespace/orders
  bronzeworks ddl orders.json --engine athena --location s3://lake/orders --table sales.orders
  bronzeworks ddl orders.json --engine oracle --location oci://lake@namespace/orders \\
    --region eu-frankfurt-1 --credential LAKE

Exit codes:
  0  success
  1  failure: the statements could not be written
  2  usage or configuration error, or the engine cannot express the table; nothing was printed";

fn command(command: Command) -> Command {
    let engines = ENGINES.iter().map(|engine| PossibleValue::new(engine.name).help(engine.help));
    command
        .about("Print statements that make a lake a table in another engine")
        .arg(
            Arg::new("schema").value_name("SCHEMA").required(true).help(
                "Schema of the table: lake, which is that of the lake itself; the name of a built-in schema; or the path or URL of a schema file",
            ),
        )
        .arg(
            Arg::new("engine")
                .long("engine")
                .value_name("ENGINE")
                .required(true)
                .value_parser(engines.collect::<Vec<_>>())
                .help("Engine that will run the statements"),
        )
        .arg(
            Arg::new("location")
                .long("location")
                .value_name("PATH|URL")
                .required(true)
                .value_parser(|text: &str| text.parse::<Place>().map(|place| (text.to_owned(), place)))
                .help("Location of the lake: a path, or a file://, oci:// or s3:// URL; it is read only if SCHEMA is lake"),
        )
        .arg(Arg::new("table").long("table").value_name("NAME").value_parser(str::parse::<TableName>).help(
            "Name of the table, which may have a schema and a catalog before it [default: the schema's name]",
        ))
        .args(options())
        .after_help(EXAMPLES)
}

/// Returns the options of single engines.
fn options() -> [Arg; 3] {
    let option = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help).help_heading("Options of one engine")
    };
    [
        option("region", "REGION", "oracle: region of the bucket, which Oracle's URLs name")
            .value_parser(region),
        option("credential", "NAME", "oracle: credential for the bucket [default: OCI$RESOURCE_PRINCIPAL]"),
        option(
            "since",
            "DATE",
            "athena: compute the partitions by time from this day on, instead of listing them",
        )
        .value_parser(day),
    ]
}

fn run(matches: &ArgMatches, environment: Environment) -> ExitCode {
    curate::PROCESS.block_on(run_async(matches, environment))
}

async fn run_async(matches: &ArgMatches, environment: Environment) -> ExitCode {
    let terminal = Terminal::new(&environment);
    let name: &String = matches.get_one("schema").expect("clap requires a schema");
    let schema = match curate::read_schema(name, &location(matches).0, environment).await {
        Ok(schema) => schema,
        Err(problem) => {
            terminal.error_text(&format_args!("SCHEMA {name:?}: {}", problem.replace('\n', "\n  ")));
            return ExitCode::from(exit::USAGE);
        }
    };
    let text = match statements(matches, &schema) {
        Ok(text) => text,
        Err(problem) => {
            terminal.error_text(&problem);
            return ExitCode::from(exit::USAGE);
        }
    };
    let mut output = Output::stdout();
    output.write(&text, &terminal);
    match output.failed() {
        true => ExitCode::from(exit::FAILURE),
        false => ExitCode::SUCCESS,
    }
}

/// Returns the statements for a table, or why there are none.
fn statements(matches: &ArgMatches, schema: &Schema) -> Result<String, String> {
    let wanted: &String = matches.get_one("engine").expect("clap requires an engine");
    let engine = ENGINES.iter().find(|engine| engine.name == wanted).expect("clap knows these engines only");
    let option = |name: &str| matches.get_one::<String>(name).cloned();
    for name in options().iter().map(|option| option.get_id().as_str()) {
        if option(name).is_some() && !engine.options.contains(&name) {
            return Err(format!("--{name} is not an option of --engine {}", engine.name));
        }
    }
    let table = matches.get_one::<TableName>("table").cloned();
    let request = Request {
        table: &Table::new(schema),
        name: table.unwrap_or_else(|| TableName::of_schema(schema.name())),
        place: location(matches).1.clone(),
        region: option("region"),
        credential: option("credential"),
        since: option("since"),
    };
    Ok((engine.write)(&request)?.text())
}

/// Returns the lake's location as it was given, and what it means to engines.
fn location(matches: &ArgMatches) -> &(String, Place) {
    matches.get_one("location").expect("clap requires a location")
}

/// Accepts a region that can be part of a host's name.
fn region(text: &str) -> Result<String, String> {
    let ordinary = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    match !text.is_empty() && text.bytes().all(ordinary) {
        true => Ok(text.to_owned()),
        false => Err("a region is, for example, eu-frankfurt-1".into()),
    }
}

/// Accepts a day in the form of ISO 8601.
fn day(text: &str) -> Result<String, String> {
    let digits = |range: std::ops::Range<usize>| text.get(range).and_then(|part| part.parse::<u32>().ok());
    let valid = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
        && digits(5..7).is_some_and(|month| (1..=12).contains(&month))
        && digits(8..10).is_some_and(|day| (1..=31).contains(&day));
    if valid { Ok(text.to_owned()) } else { Err("a day is written YYYY-MM-DD".into()) }
}

#[cfg(test)]
#[path = "ddl_tests.rs"]
mod tests;
