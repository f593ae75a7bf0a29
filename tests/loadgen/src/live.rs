use crate::tally::Tally;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

/// One line on the terminal, for whoever watches; nothing where standard error is no terminal.
#[derive(Debug)]
pub(crate) struct Live {
    bar: ProgressBar,
    painting: JoinHandle<()>,
}

/// Between two looks: quick enough to follow, slow enough to read.
const TICK: Duration = Duration::from_millis(250);

/// Rates are those of so many looks, which is a second: batches come in bursts.
const LOOKS: usize = 4;

impl Live {
    /// Shows what the workers do.
    pub(crate) fn start(tallies: Vec<Arc<Mutex<Tally>>>) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{spinner} [{elapsed}] {wide_msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        let shown = bar.clone();
        let painting = tokio::spawn(async move {
            let mut moments = VecDeque::from([(Instant::now(), 0, 0, 0)]);
            loop {
                tokio::time::sleep(TICK).await;
                let sum = sum(&tallies);
                let now = (Instant::now(), sum.stored, sum.stored_bytes, sum.throttled);
                shown.set_message(line(&sum, *moments.front().unwrap_or(&now), now));
                shown.tick();
                moments.push_back(now);
                if moments.len() > LOOKS {
                    moments.pop_front();
                }
            }
        });
        Live { bar, painting }
    }

    /// Takes the line away.
    pub(crate) fn end(self) {
        self.painting.abort();
        self.bar.finish_and_clear();
    }
}

fn sum(tallies: &[Arc<Mutex<Tally>>]) -> Tally {
    let mut sum = Tally::new(Instant::now()..Instant::now());
    for tally in tallies {
        sum.add(&tally.lock().unwrap_or_else(PoisonError::into_inner));
    }
    sum
}

/// A time, and what was stored (records and bytes) and throttled until then.
type Moment = (Instant, u64, u64, u64);

fn line(sum: &Tally, before: Moment, now: Moment) -> String {
    let seconds = now.0.saturating_duration_since(before.0).as_secs_f64().max(f64::MIN_POSITIVE);
    let rate = |now: u64, before: u64| now.saturating_sub(before) as f64 / seconds;
    let latency = |quantile| match sum.latency_milliseconds(quantile) {
        Some(milliseconds) => format!("{milliseconds:.0} ms"),
        None => "–".to_owned(),
    };
    format!(
        "{:.0} records/s, {:.2} MB/s, {:.0} throttled/s, {} in flight, p50 {}, p99 {}, {} stored, {} lost",
        rate(now.1, before.1),
        rate(now.2, before.2) / 1e6,
        rate(now.3, before.3),
        sum.in_flight,
        latency(0.5),
        latency(0.99),
        sum.stored,
        sum.lost,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_tells_rates_since_the_last_look() {
        let begin = Instant::now();
        let sum = Tally::new(begin..begin);
        let line =
            line(&sum, (begin, 100, 1_000_000, 7), (begin + Duration::from_secs(2), 300, 5_000_000, 17));
        assert_eq!(
            line,
            "100 records/s, 2.00 MB/s, 5 throttled/s, 0 in flight, p50 –, p99 –, 0 stored, 0 lost"
        );
    }
}
