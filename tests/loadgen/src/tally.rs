use crate::batch::Batch;
use crate::outcome::Outcome;
use hdrhistogram::Histogram;
use std::collections::BTreeMap;
use std::ops::Range;
use std::time::{Duration, Instant};

/// The counters of one worker, or of several together.
///
/// Counts cover the whole run. Rates and latencies cover only the window: the records confirmed within it.
#[derive(Debug, Clone)]
pub struct Tally {
    /// Number of batches sent.
    pub iterations: u64,
    /// Number of records sent, not counting retries.
    pub records: u64,
    /// Bytes of their keys and values.
    pub bytes: u64,
    /// The same bytes encoded in base64.
    pub encoded_bytes: u64,
    /// Number of records that the target has confirmed.
    pub stored: u64,
    /// Bytes of the keys and values of stored records.
    pub stored_bytes: u64,
    /// Number of records that were abandoned, including the refused ones.
    pub lost: u64,
    /// Number of records that were refused, so that a retry would not help.
    pub refused: u64,
    /// Number of retries of batches.
    pub retries: u64,
    /// How often a record was throttled.
    pub throttled: u64,
    /// How often a record failed for another reason.
    pub failed: u64,
    /// How often the fate of a record was unknown.
    pub unknown: u64,
    /// How often each reason occurred why records failed, were refused or have an unknown fate. Only the first eight reasons are counted.
    pub reasons: BTreeMap<String, u64>,
    /// Number of records sent whose response has not arrived yet.
    pub in_flight: u64,
    /// Counters of the window.
    pub window: Window,
    /// Microseconds from when a record was due to be sent until it was confirmed, for records confirmed in the window.
    pub latency: Histogram<u64>,
}

/// The part of a run in which rates are measured, and its counters.
#[derive(Debug, Clone)]
pub struct Window {
    time: Range<Instant>,
    /// Number of records confirmed.
    pub stored: u64,
    /// Bytes of their keys and values.
    pub bytes: u64,
    /// How often a record was throttled.
    pub throttled: u64,
}

/// Maximum latency in microseconds: an hour. Longer ones are recorded as this value.
const LONGEST: u64 = 3_600_000_000;

/// Significant digits of a recorded latency, more than the output shows.
const DIGITS: u8 = 3;

/// Maximum number of distinct reasons. The number is limited because error texts may contain IDs.
const REASONS: usize = 8;

impl Tally {
    /// Creates counters at zero, with a window.
    pub fn new(window: Range<Instant>) -> Self {
        Tally {
            iterations: 0,
            records: 0,
            bytes: 0,
            encoded_bytes: 0,
            stored: 0,
            stored_bytes: 0,
            lost: 0,
            refused: 0,
            retries: 0,
            throttled: 0,
            failed: 0,
            unknown: 0,
            reasons: BTreeMap::new(),
            in_flight: 0,
            window: Window { time: window, stored: 0, bytes: 0, throttled: 0 },
            latency: Histogram::new_with_max(LONGEST, DIGITS).expect("the bounds are valid"),
        }
    }

    /// Counts a batch that is about to be sent.
    pub fn add_batch(&mut self, batch: &Batch) {
        self.iterations += 1;
        self.records += batch.len() as u64;
        self.bytes += batch.total_size() as u64;
        let base64 = |bytes: usize| bytes.div_ceil(3) as u64 * 4;
        let encoded =
            |index| base64(batch.key(index).map_or(0, <[u8]>::len)) + base64(batch.value(index).len());
        self.encoded_bytes += (0..batch.len()).map(encoded).sum::<u64>();
    }

    /// Counts the outcomes of an attempt, which are those of the records at `indices`. The batch was due at `intended`, and its response
    /// arrived at `now`.
    pub fn add_attempt(
        &mut self,
        batch: &Batch,
        indices: &[usize],
        outcomes: &[Outcome],
        (intended, now): (Instant, Instant),
    ) {
        let within = self.window.time.contains(&now);
        let mut stored = 0;
        for (index, outcome) in indices.iter().zip(outcomes) {
            match outcome {
                Outcome::Stored { .. } => {
                    let size = batch.size(*index) as u64;
                    stored += 1;
                    self.stored_bytes += size;
                    self.window.bytes += if within { size } else { 0 };
                }
                Outcome::Throttled { .. } => {
                    self.throttled += 1;
                    self.window.throttled += u64::from(within);
                }
                Outcome::Failed(reason) => {
                    self.failed += 1;
                    self.note(reason);
                }
                Outcome::Refused(reason) => {
                    self.refused += 1;
                    self.lost += 1;
                    self.note(reason);
                }
                Outcome::Unknown(reason) => {
                    self.unknown += 1;
                    self.note(reason);
                }
            }
        }
        self.stored += stored;
        // Recording a latency zero times would still change the histogram's minimum and maximum.
        if within && stored > 0 {
            self.window.stored += stored;
            let latency = now.saturating_duration_since(intended).as_micros();
            self.latency.saturating_record_n(u64::try_from(latency).unwrap_or(LONGEST).max(1), stored);
        }
    }

    /// Counts records that were abandoned after their last retry.
    pub fn add_abandoned(&mut self, records: usize) {
        self.lost += records as u64;
    }

    fn note(&mut self, reason: &str) {
        if let Some(count) = self.reasons.get_mut(reason) {
            *count += 1;
        } else if self.reasons.len() < REASONS {
            self.reasons.insert(reason.to_owned(), 1);
        }
    }

    /// Adds the counters of another worker.
    pub fn merge(&mut self, other: &Tally) {
        self.iterations += other.iterations;
        self.records += other.records;
        self.bytes += other.bytes;
        self.encoded_bytes += other.encoded_bytes;
        self.stored += other.stored;
        self.stored_bytes += other.stored_bytes;
        self.lost += other.lost;
        self.refused += other.refused;
        self.retries += other.retries;
        self.throttled += other.throttled;
        self.failed += other.failed;
        self.unknown += other.unknown;
        self.in_flight += other.in_flight;
        self.window.stored += other.window.stored;
        self.window.bytes += other.window.bytes;
        self.window.throttled += other.window.throttled;
        for (reason, count) in &other.reasons {
            *self.reasons.entry(reason.clone()).or_default() += count;
        }
        self.latency.add(&other.latency).expect("all histograms have the same bounds");
    }

    /// Returns the length of the window.
    pub fn window_length(&self) -> Duration {
        self.window.time.end - self.window.time.start
    }

    /// Converts a count of the window to a rate per second.
    pub fn per_second(&self, count: u64) -> f64 {
        count as f64 / self.window_length().as_secs_f64().max(f64::MIN_POSITIVE)
    }

    /// Returns a quantile of the latency in milliseconds; `None` if nothing was confirmed.
    pub fn latency_milliseconds(&self, quantile: f64) -> Option<f64> {
        (!self.latency.is_empty()).then(|| self.latency.value_at_quantile(quantile) as f64 / 1000.0)
    }
}

#[cfg(test)]
#[path = "tally_tests.rs"]
mod tests;
