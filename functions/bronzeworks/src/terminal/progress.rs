use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::{Arc, Once};
use std::time::Duration;

/// A progress bar of bytes, with rate and remaining time.
///
/// Clones share the bar. The total grows as work is found, and shrinks when work turns out to be done already. Until some work is found, a
/// spinner is shown.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    bar: ProgressBar,
    found: Arc<Once>,
}

/// How often the bar is drawn if nothing else changes.
const TICK: Duration = Duration::from_millis(100);

const SEARCHING: &str = "{spinner} looking for objects, {elapsed}{msg}";
const WORKING: &str = "{wide_bar} {decimal_bytes} of {decimal_total_bytes} ({percent} %), {decimal_bytes_per_sec}, {eta} left{msg}";

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

    /// Adds bytes to the total.
    pub(crate) fn found(&self, bytes: u64) {
        self.bar.inc_length(bytes);
        // The rate should be that of the work, without the search.
        self.found.call_once(|| {
            self.bar.set_style(style(WORKING));
            self.bar.reset_eta();
        });
    }

    /// Counts bytes as done.
    pub(crate) fn done(&self, bytes: u64) {
        self.bar.inc(bytes);
    }

    /// Subtracts bytes from the total that turned out not to need work.
    pub(crate) fn left_out(&self, bytes: u64) {
        self.bar.dec_length(bytes);
    }

    /// Sets the text after the bar.
    pub(crate) fn message(&self, message: &str) {
        self.bar.set_message(format!("  {message}"));
    }

    /// Writes something else to the terminal while the bar is hidden.
    pub(crate) fn suspend(&self, work: impl FnOnce()) {
        self.bar.suspend(work);
    }

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
