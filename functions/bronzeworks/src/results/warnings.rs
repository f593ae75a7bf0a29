use crate::sources::error_advice;
use crate::terminal::Terminal;
use curate::CurateError;
use lake::Receipt;

/// Prints why a source failed, with advice.
pub(crate) fn show_error(terminal: &Terminal, url: &str, error: &CurateError) {
    terminal.error(error);
    error_advice::of(url, error).iter().for_each(|hint| terminal.hint(hint));
}

/// Prints what could not be read of a source.
pub(crate) fn show_damage(terminal: &Terminal, url: &str, receipt: &Receipt) {
    for damage in &receipt.damage {
        let (code, byte, message) = (&damage.code, damage.byte, &damage.message);
        terminal.warning(&format_args!("{url} is damaged: {code} at byte {byte}: {message}"));
    }
}

/// Prints why a source was skipped.
pub(crate) fn show_skipped(terminal: &Terminal, url: &str, reason: &str) {
    terminal.warning(&format_args!("skipped {url}: {reason}"));
}
