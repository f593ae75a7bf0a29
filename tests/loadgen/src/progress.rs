use crate::tally::Tally;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

/// The progress bar of a load: the time passed, and the current rates and counts. Nothing is drawn if standard error is not a terminal.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    drawing: JoinHandle<()>,
}

/// Time between two updates: short enough to follow, long enough to read.
const TICK: Duration = Duration::from_millis(250);

/// Number of updates over which rates are averaged. They span a second, because batches arrive in bursts.
const AVERAGED: usize = 4;

const STYLE: &str = "{elapsed:>3} [{bar:30}] {percent:>3} %  {wide_msg}";

impl Progress {
    /// Shows the progress of workers whose load is planned to take this long.
    pub(crate) fn start(tallies: Vec<Arc<Mutex<Tally>>>, planned: Duration) -> Self {
        let length = u64::try_from(planned.as_millis()).unwrap_or(u64::MAX);
        let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template(STYLE).expect("the template is constant and valid");
        bar.set_style(style.progress_chars("=> "));
        let drawn = bar.clone();
        let drawing = tokio::spawn(async move {
            let begin = Instant::now();
            let mut samples = VecDeque::from([Sample::new(begin, &total(&tallies))]);
            loop {
                tokio::time::sleep(TICK).await;
                let total = total(&tallies);
                let now = Sample::new(Instant::now(), &total);
                drawn.set_message(line(&total, samples.front().unwrap_or(&now), &now));
                drawn
                    .set_position(u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX).min(length));
                samples.push_back(now);
                if samples.len() > AVERAGED {
                    samples.pop_front();
                }
            }
        });
        Progress { bar, drawing }
    }

    /// Stops drawing and removes the bar.
    pub(crate) fn end(self) {
        self.drawing.abort();
        self.bar.finish_and_clear();
    }
}

fn total(tallies: &[Arc<Mutex<Tally>>]) -> Tally {
    let mut total = Tally::new(Instant::now()..Instant::now());
    for tally in tallies {
        total.merge(&tally.lock().unwrap_or_else(PoisonError::into_inner));
    }
    total
}

/// The counters at one moment.
#[derive(Debug, Clone, Copy)]
struct Sample {
    time: Instant,
    stored: u64,
    bytes: u64,
    throttled: u64,
}

impl Sample {
    fn new(time: Instant, total: &Tally) -> Self {
        Sample { time, stored: total.stored, bytes: total.stored_bytes, throttled: total.throttled }
    }
}

fn line(total: &Tally, before: &Sample, now: &Sample) -> String {
    let seconds = now.time.saturating_duration_since(before.time).as_secs_f64().max(f64::MIN_POSITIVE);
    let rate = |now: u64, before: u64| now.saturating_sub(before) as f64 / seconds;
    let latency = |quantile| match total.latency_milliseconds(quantile) {
        Some(milliseconds) => format!("{milliseconds:.0} ms"),
        None => "–".to_owned(),
    };
    format!(
        "{:.0} records/s, {:.2} MB/s, {:.0} throttled/s, p50 {}, p99 {}, {} in flight, {} stored, {} lost",
        rate(now.stored, before.stored),
        rate(now.bytes, before.bytes) / 1e6,
        rate(now.throttled, before.throttled),
        latency(0.5),
        latency(0.99),
        total.in_flight,
        total.stored,
        total.lost,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_shows_rates_since_the_earlier_sample() {
        let begin = Instant::now();
        let total = Tally::new(begin..begin);
        let before = Sample { time: begin, stored: 100, bytes: 1_000_000, throttled: 7 };
        let now =
            Sample { time: begin + Duration::from_secs(2), stored: 300, bytes: 5_000_000, throttled: 17 };
        assert_eq!(
            line(&total, &before, &now),
            "100 records/s, 2.00 MB/s, 5 throttled/s, p50 –, p99 –, 0 in flight, 0 stored, 0 lost"
        );
    }
}
