use crate::terminal::Progress;
use crate::verb::Environment;
use std::error::Error;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, OnceLock};

/// Prints messages for people on stderr: `error: …` with indented causes, `warning: …` and `hint: …`.
///
/// A message appears above the progress bar, if there is one.
#[derive(Debug, Clone)]
pub(crate) struct Terminal {
    color: bool,
    /// Whether stderr is a terminal that can move its cursor.
    interactive: bool,
    /// The progress bar, which clones share, if there is one.
    progress: Arc<OnceLock<Progress>>,
}

/// The kind of a message, which determines its label and color.
#[derive(Debug, Clone, Copy)]
struct Kind {
    label: &'static str,
    /// SGR parameters.
    color: &'static str,
}

const ERROR: Kind = Kind { label: "error", color: "1;31" };
const WARNING: Kind = Kind { label: "warning", color: "1;33" };
const HINT: Kind = Kind { label: "hint", color: "1;36" };

impl Terminal {
    /// Creates a terminal. Colors are used on a terminal, unless `NO_COLOR` is set (<https://no-color.org>) or `TERM` is `dumb`.
    pub(crate) fn new(environment: &Environment) -> Self {
        let variable = |wanted: &str| environment.iter().find(|(name, _)| name == wanted);
        let dumb = variable("TERM").is_some_and(|(_, value)| value == "dumb");
        let no_color = variable("NO_COLOR").is_some_and(|(_, value)| !value.is_empty());
        let interactive = io::stderr().is_terminal() && !dumb;
        Terminal { color: interactive && !no_color, interactive, progress: Arc::default() }
    }

    /// Returns whether stderr is a terminal on which a progress bar can be drawn.
    pub(crate) fn is_interactive(&self) -> bool {
        self.interactive
    }

    /// Shows a progress bar from now on, if stderr is interactive.
    pub(crate) fn show_progress(&self) -> Progress {
        match self.interactive {
            true => self.progress.get_or_init(Progress::visible).clone(),
            false => Progress::hidden(),
        }
    }

    /// Prints an error with its causes.
    pub(crate) fn error(&self, error: &(dyn Error + 'static)) {
        self.print(ERROR, &fn_kit::causes(error).join("\n  "));
    }

    /// Prints an error without causes. Further lines of the text are printed as they are.
    pub(crate) fn error_text(&self, problem: &dyn Display) {
        self.print(ERROR, problem);
    }

    pub(crate) fn warning(&self, warning: &dyn Display) {
        self.print(WARNING, warning);
    }

    /// Prints a hint about the previous message.
    pub(crate) fn hint(&self, hint: &dyn Display) {
        self.print(HINT, hint);
    }

    /// Prints a usage error, whose suggestions are hints.
    pub(crate) fn usage(&self, error: &clap::Error) {
        self.write(tips_as_hints(&error.render().to_string()).as_bytes());
    }

    /// Writes bytes to stderr, above the progress bar.
    pub(crate) fn write(&self, bytes: &[u8]) {
        // If stderr cannot be written, the failure cannot be reported either.
        let write = || drop(io::stderr().lock().write_all(bytes));
        match self.progress.get() {
            Some(progress) => progress.suspend(write),
            None => write(),
        }
    }

    fn print(&self, kind: Kind, text: &dyn Display) {
        self.write(format(kind, &escaped(&text.to_string()), self.color).as_bytes());
    }
}

fn format(Kind { label, color }: Kind, text: &dyn Display, colored: bool) -> String {
    match colored {
        true => format!("\x1b[{color}m{label}:\x1b[0m {text}\n"),
        false => format!("{label}: {text}\n"),
    }
}

/// Escapes control characters, which names of files may contain. Only line breaks of the messages themselves remain: an indented line
/// follows each of them.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        match character.is_control() && !text[at..].starts_with("\n  ") {
            true => escaped.extend(character.escape_default()),
            false => escaped.push(character),
        }
    }
    escaped
}

/// Replaces the label of clap's suggestions.
fn tips_as_hints(text: &str) -> String {
    let hint = |line: &str| match line.strip_prefix("  tip: ") {
        Some(tip) => format!("  hint: {tip}"),
        None => line.to_owned(),
    };
    text.split_inclusive('\n').map(hint).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suggestion_of_clap_is_a_hint() {
        let error = crate::command().try_get_matches_from(["bronzeworks", "curat"]).unwrap_err();
        let text = tips_as_hints(&error.render().to_string());
        assert!(text.contains("\n  hint: a similar subcommand exists") && !text.contains("tip:"), "{text}");
    }

    #[test]
    fn control_characters_are_escaped_except_in_front_of_an_indented_line() {
        assert_eq!(
            escaped("cannot read a\nb\tc\x1b[31m\n  denied"),
            "cannot read a\\nb\\tc\\u{1b}[31m\n  denied"
        );
    }

    #[test]
    fn a_message_begins_with_its_kind() {
        assert_eq!(format(WARNING, &"JOB is ignored", false), "warning: JOB is ignored\n");
        assert_eq!(format(HINT, &"x", true), "\x1b[1;36mhint:\x1b[0m x\n");
    }
}
