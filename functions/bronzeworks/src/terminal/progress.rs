use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::Duration;

/// A bar of bytes done and to be done, with rate and remaining time.
///
/// Clones are the same bar. The total may grow and shrink while work is found and turns out to be done already.
#[derive(Debug, Clone)]
pub(crate) struct Progress(ProgressBar);

/// How often the bar is drawn when nothing else changes.
const TICK: Duration = Duration::from_millis(100);

const TEMPLATE: &str =
    "{wide_bar:.} {bytes} of {total_bytes} ({percent} %), {bytes_per_sec}, {eta} left{msg}";

impl Progress {
    pub(crate) fn hidden() -> Self {
        Progress(ProgressBar::hidden())
    }

    pub(super) fn visible() -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template(TEMPLATE).expect("the template is valid, as a test shows");
        bar.set_style(style.progress_chars("█▉▊▋▌▍▎▏ "));
        bar.enable_steady_tick(TICK);
        Progress(bar)
    }

    pub(crate) fn is_visible(&self) -> bool {
        !self.0.is_hidden()
    }

    /// More to be done.
    pub(crate) fn found(&self, bytes: u64) {
        self.0.inc_length(bytes);
    }

    /// Done.
    pub(crate) fn done(&self, bytes: u64) {
        self.0.inc(bytes);
    }

    /// Found, but not to be done.
    pub(crate) fn left_out(&self, bytes: u64) {
        self.0.dec_length(bytes);
    }

    /// What else to show.
    pub(crate) fn message(&self, message: &str) {
        self.0.set_message(format!("  {message}"));
    }

    /// Does something else on the terminal, with the bar out of the way.
    pub(crate) fn suspend(&self, work: impl FnOnce()) {
        self.0.suspend(work);
    }

    /// Removes the bar.
    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_is_valid() {
        assert!(ProgressStyle::with_template(TEMPLATE).is_ok());
    }
}
