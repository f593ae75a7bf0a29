use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::{Arc, Once};
use std::time::Duration;

/// A bar of bytes done and to be done, with rate and remaining time.
///
/// Clones are the same bar. The total may grow and shrink while work is found and turns out to be done already. Until some is found, there
/// is a spinner.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    bar: ProgressBar,
    found: Arc<Once>,
}

/// How often the bar is drawn when nothing else changes.
const TICK: Duration = Duration::from_millis(100);

const SEARCHING: &str = "{spinner} looking for objects, {elapsed}{msg}";
const WORKING: &str = "{wide_bar} {bytes} of {total_bytes} ({percent} %), {bytes_per_sec}, {eta} left{msg}";

impl Progress {
    pub(crate) fn hidden() -> Self {
        Progress { bar: ProgressBar::hidden(), found: Arc::new(Once::new()) }
    }

    pub(super) fn visible() -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        bar.set_style(style(SEARCHING));
        bar.enable_steady_tick(TICK);
        Progress { bar, found: Arc::new(Once::new()) }
    }

    pub(crate) fn is_visible(&self) -> bool {
        !self.bar.is_hidden()
    }

    /// More to be done.
    pub(crate) fn found(&self, bytes: u64) {
        self.bar.inc_length(bytes);
        // The rate is that of the work, without the search.
        self.found.call_once(|| {
            self.bar.set_style(style(WORKING));
            self.bar.reset_eta();
        });
    }

    /// Done.
    pub(crate) fn done(&self, bytes: u64) {
        self.bar.inc(bytes);
    }

    /// Found, but not to be done.
    pub(crate) fn left_out(&self, bytes: u64) {
        self.bar.dec_length(bytes);
    }

    /// What else to show.
    pub(crate) fn message(&self, message: &str) {
        self.bar.set_message(format!("  {message}"));
    }

    /// Does something else on the terminal, with the bar out of the way.
    pub(crate) fn suspend(&self, work: impl FnOnce()) {
        self.bar.suspend(work);
    }

    /// Removes the bar.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .expect("the templates are valid, as a test shows")
        .progress_chars("█▉▊▋▌▍▎▏ ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_templates_are_valid() {
        for template in [SEARCHING, WORKING] {
            assert!(ProgressStyle::with_template(template).is_ok());
        }
    }
}
