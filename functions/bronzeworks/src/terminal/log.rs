use crate::terminal::Terminal;
use clap::{Arg, ArgMatches};
use fn_kit::log::{Format, LogLines, init_lines};
use tracing::level_filters::LevelFilter;

/// Returns the option `--log-format`, which [`init_log`] reads.
pub(crate) fn log_format() -> Arg {
    Arg::new("log-format")
        .long("log-format")
        .value_name("FORMAT")
        .value_parser(["text", "json"])
        .hide_possible_values(true)
        .help("Format of log lines on stderr: text or json [default: text on a terminal, json elsewhere]")
        .help_heading("Output")
}

/// Starts logging warnings to stderr as text, for a verb without options for that.
pub(crate) fn init_warnings(terminal: &Terminal) {
    init(terminal, LevelFilter::WARN, Format::Text);
}

/// Starts logging to stderr, in the given format or else in the one that suits stderr.
pub(crate) fn init_log(terminal: &Terminal, matches: &ArgMatches, level: LevelFilter) {
    let given = matches.get_one::<String>("log-format").and_then(|name| name.parse().ok());
    init(terminal, level, given.unwrap_or_else(Format::of_stderr));
}

/// Writes log lines above the progress bar.
fn init(terminal: &Terminal, level: LevelFilter, format: Format) {
    let terminal = terminal.clone();
    init_lines(level, LogLines::new(format, move |line: &[u8]| terminal.write(line)));
}
