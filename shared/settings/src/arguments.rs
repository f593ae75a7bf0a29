//! Declares settings as command-line options of clap.

use crate::setting::{Declaration, Program};
use clap::{Arg, ArgMatches};

/// Returns an option for each setting that has one, with its default and its variable in the help.
///
/// Options are accepted as text and are never required: [`Reader`](crate::Reader) parses them together with the environment and reports all
/// problems together.
pub fn options(program: &Program) -> impl Iterator<Item = Arg> {
    program.settings.iter().filter_map(|setting| Some(argument(setting, setting.option?)))
}

fn argument(setting: &Declaration, option: &'static str) -> Arg {
    let Declaration { name, value, default, group, help, .. } = setting;
    let default = default.map_or("required".into(), |default| format!("default: {default}"));
    let argument =
        Arg::new(option).long(option).value_name(value).help(format!("{help} [{default}] [env: {name}]"));
    if group.is_empty() { argument } else { argument.help_heading(*group) }
}

/// Returns the options that were given, for [`Reader::new`](crate::Reader::new).
pub fn given(program: &Program, matches: &ArgMatches) -> Vec<(&'static str, String)> {
    let options = program.settings.iter().filter_map(|setting| setting.option);
    options
        .filter_map(|option| Some((option, matches.try_get_one::<String>(option).ok()??.clone())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Setting, parse};
    use clap::Command;

    const PROGRAM: Program = Program {
        name: "curate",
        settings: &[
            Setting::required("SOURCE_URL", "URL", parse::text, "Function only").declaration(),
            Setting::required("LAKE_URL", "PATH|URL", parse::text, "Location of the lake")
                .option("lake")
                .declaration(),
            Setting::new("MEMORY", "SIZE", "512MB", parse::text, "Memory limit")
                .option("memory")
                .group("Limits")
                .declaration(),
        ],
        variables: &[],
        prefixes: &[],
    };

    #[test]
    fn options_are_settings_that_have_one() {
        let command = Command::new("curate").args(options(&PROGRAM));
        let matches = command.try_get_matches_from(["curate", "--memory", "1GB"]).unwrap();
        assert_eq!(given(&PROGRAM, &matches), [("memory", "1GB".to_owned())]);
    }

    #[test]
    fn help_shows_default_variable_and_heading() {
        let help = Command::new("curate").args(options(&PROGRAM)).render_help().to_string();
        assert!(help.contains("Location of the lake [required] [env: LAKE_URL]"), "{help}");
        assert!(help.contains("Limits:"), "{help}");
        assert!(help.contains("[default: 512MB] [env: MEMORY]"), "{help}");
        assert!(!help.contains("SOURCE_URL"), "{help}");
    }
}
