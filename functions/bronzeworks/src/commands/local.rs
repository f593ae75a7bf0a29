//! `bronzeworks local`: runs a local cloud with the whole pipeline.

use crate::terminal::{Terminal, exit};
use crate::verb::{Environment, Verb};
use clap::ArgMatches;
use settings::Problems;
use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

pub(crate) const VERB: Verb = Verb { name: "local", command: emulator::cli::command, run };

/// Runs the local cloud. The pipeline's functions are this same program, so that an installed tool needs nothing else.
fn run(matches: &ArgMatches, environment: Environment) -> ExitCode {
    if let Err(problems) = check_functions(matches) {
        Terminal::new(&environment).error_text(&problems);
        return ExitCode::from(exit::USAGE);
    }
    let own = env::current_exe().ok().and_then(|path| path.into_os_string().into_string().ok());
    let function_command = own.map(|own| vec![own, super::function::VERB.name.to_owned()]);
    emulator::cli::run(matches, function_command.unwrap_or_default())
}

/// Checks the options that become settings of the functions. Otherwise, the first request would be the first to fail.
///
/// `curate` and `ingest` accept the same schema files, so `ingest` checks for both.
fn check_functions(matches: &ArgMatches) -> Result<(), Problems> {
    // The local cloud reports a file that does not exist.
    let schema = matches.get_one::<PathBuf>("schema").and_then(|path| path.canonicalize().ok());
    let schema = schema.map(|path| ("schema", path.display().to_string()));
    let key = Some(("key", matches.get_one::<String>("key").map_or("none", String::as_str).to_owned()));
    let stream = Some(("stream", "ocid1.stream.oc1..local".to_owned()));
    ingest::Config::read([], [schema, key, stream].into_iter().flatten()).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn problems(arguments: &[&str]) -> Option<String> {
        let arguments = ["bronzeworks", "local"].iter().chain(arguments);
        let matches = crate::command().get_matches_from(arguments);
        let (_, matches) = matches.subcommand().unwrap();
        check_functions(matches).err().map(|problems| problems.to_string())
    }

    #[test]
    fn the_functions_settings_are_checked_before_anything_starts() {
        assert_eq!(problems(&[]), None);
        assert_eq!(problems(&["--key", "pointer:/sensor/id"]), None);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bad.json");
        fs::write(
            &path,
            r#"{"name":"t","version":1,"columns":[{"name":"a","type":"int"}],"partition_by":["b"]}"#,
        )
        .unwrap();
        let problems = problems(&["--schema", path.to_str().unwrap(), "--key", "/sensor/id"]).unwrap();
        for part in [
            "--schema",
            "bad.json",
            "unknown type",
            "partition_by names",
            "--key \"/sensor/id\"",
            "pointer:/sensor/id",
        ] {
            assert!(problems.contains(part), "{part}: {problems}");
        }
    }
}
