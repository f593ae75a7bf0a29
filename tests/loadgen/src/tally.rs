use crate::batch::Batch;
use crate::outcome::Outcome;
use hdrhistogram::Histogram;
use std::collections::BTreeMap;
use std::ops::Range;
use std::time::{Duration, Instant};

/// What came of one worker's records, or of several workers'.
///
/// Counts of records are about the whole run. Rates and latencies are about its window: what was confirmed within it.
#[derive(Debug, Clone)]
pub struct Tally {
    /// Batches that were sent.
    pub iterations: u64,
    /// Records made, and the bytes of their keys and values, as they are and in base64.
    pub records: u64,
    /// See `records`.
    pub bytes: u64,
    /// See `records`.
    pub encoded_bytes: u64,
    /// Records that are stored, by the target's word, and their bytes.
    pub stored: u64,
    /// See `stored`.
    pub stored_bytes: u64,
    /// Records that were given up, and those of them that were refused for good.
    pub lost: u64,
    /// See `lost`.
    pub refused: u64,
    /// Attempts after the first, of batches.
    pub retries: u64,
    /// How often a record was throttled, how often it failed otherwise, and how often nobody knew.
    pub throttled: u64,
    /// See `throttled`.
    pub failed: u64,
    /// See `throttled`.
    pub unknown: u64,
    /// Why records failed, were refused or are unknown: the first few reasons.
    pub reasons: BTreeMap<String, u64>,
    /// Records on their way.
    pub in_flight: u64,
    /// The part of the run that rates and latencies are of.
    pub window: Window,
    /// Microseconds from when a record was to be sent to when it was confirmed; of records that were confirmed in the window.
    pub latency: Histogram<u64>,
}

/// What was confirmed in the window.
#[derive(Debug, Clone)]
pub struct Window {
    time: Range<Instant>,
    /// Records stored.
    pub stored: u64,
    /// Their bytes.
    pub bytes: u64,
    /// How often a record was throttled.
    pub throttled: u64,
}

/// An hour in microseconds; what takes longer counts as that.
const LONGEST: u64 = 3_600_000_000;

/// Two significant digits more than anybody looks at.
const DIGITS: u8 = 3;

/// Reasons told apart; an error may have ids in its text.
const REASONS: usize = 8;

impl Tally {
    /// Nothing yet.
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
            latency: Histogram::new_with_max(LONGEST, DIGITS).expect("bounds that it takes"),
        }
    }

    /// A batch was made.
    pub fn made(&mut self, batch: &Batch) {
        self.iterations += 1;
        self.records += batch.len() as u64;
        self.bytes += batch.total_size() as u64;
        let base64 = |bytes: usize| bytes.div_ceil(3) as u64 * 4;
        let encoded =
            |place| base64(batch.key(place).map_or(0, <[u8]>::len)) + base64(batch.value(place).len());
        self.encoded_bytes += (0..batch.len()).map(encoded).sum::<u64>();
    }

    /// An attempt came to its end: what became of the records at these places. `intended` is when their batch was to be sent.
    pub fn took(
        &mut self,
        batch: &Batch,
        places: &[usize],
        outcomes: &[Outcome],
        (intended, now): (Instant, Instant),
    ) {
        let within = self.window.time.contains(&now);
        let mut stored = 0;
        for (place, outcome) in places.iter().zip(outcomes) {
            match outcome {
                Outcome::Stored { .. } => {
                    let size = batch.size(*place) as u64;
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
        // None at all would still be taken for the longest, or the shortest.
        if within && stored > 0 {
            self.window.stored += stored;
            let latency = now.saturating_duration_since(intended).as_micros();
            self.latency.saturating_record_n(u64::try_from(latency).unwrap_or(LONGEST).max(1), stored);
        }
    }

    /// So many records were given up.
    pub fn gave_up(&mut self, records: usize) {
        self.lost += records as u64;
    }

    fn note(&mut self, reason: &str) {
        if let Some(count) = self.reasons.get_mut(reason) {
            *count += 1;
        } else if self.reasons.len() < REASONS {
            self.reasons.insert(reason.to_owned(), 1);
        }
    }

    /// Adds another's.
    pub fn add(&mut self, other: &Tally) {
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
        self.latency.add(&other.latency).expect("histograms of the same bounds");
    }

    /// How long the window is.
    pub fn window_length(&self) -> Duration {
        self.window.time.end - self.window.time.start
    }

    /// A number of the window, by the second.
    pub fn per_second(&self, count: u64) -> f64 {
        count as f64 / self.window_length().as_secs_f64().max(f64::MIN_POSITIVE)
    }

    /// A quantile of the latency in milliseconds; `None` where nothing was confirmed.
    pub fn latency_milliseconds(&self, quantile: f64) -> Option<f64> {
        (!self.latency.is_empty()).then(|| self.latency.value_at_quantile(quantile) as f64 / 1000.0)
    }
}

#[cfg(test)]
#[path = "tally_tests.rs"]
mod tests;
