use clap::{Arg, ArgMatches};
use curate::{Address, Search};

const NAME: &str = "sources";

const HELP: &str = "Objects, or folders or prefixes to search for objects with one of --names: paths, or file://, oci:// or s3:// URLs";

/// Returns the argument that [`addresses`] reads.
pub(crate) fn sources_argument() -> Arg {
    // Not required here: it is reported together with missing settings.
    Arg::new(NAME).value_name("SOURCE").num_args(1..).help(format!("{HELP} [required]"))
}

/// Parses the sources' addresses. Returns those that are valid, and all problems.
pub(crate) fn addresses(matches: &ArgMatches) -> (Vec<Address>, Vec<String>) {
    let given = matches.get_many::<String>(NAME).into_iter().flatten();
    let (mut addresses, mut problems) = (Vec::new(), Vec::new());
    for text in given {
        match text.parse() {
            Ok(address) => addresses.push(address),
            Err(problem) => problems.push(format!("source {text:?}: {problem}")),
        }
    }
    if addresses.is_empty() && problems.is_empty() {
        problems.push(format!("SOURCE is missing: {HELP}"));
    }
    (addresses, problems)
}

/// Returns the problems of sources in clouds to which the settings don't allow access.
pub(crate) fn no_access(search: &Search, sources: &[Address]) -> Option<String> {
    let problem = |source: &Address| {
        Some(format!("source {:?}: {}", source.to_string(), search.check_access(source).err()?))
    };
    let problems: Vec<_> = sources.iter().filter_map(problem).collect();
    (!problems.is_empty()).then(|| problems.join("\n  "))
}
