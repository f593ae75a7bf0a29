use crate::curator::Outcome;
use lake::{Counts, DamageNote, OutputKind, Receipt, receipt_key};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// What became of one event, as the function answers and logs it.
#[derive(Debug, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub(crate) enum Summary {
    /// Its object was curated just now.
    Curated(Done),
    /// Its object had been curated before.
    Unchanged(Done),
    /// It is none of this function's business.
    Skipped { code: Skipped, message: String },
    /// Its object was deleted.
    Gone { url: String, message: &'static str },
    /// Its object was replaced again and again while it was read. Each new version has an event of its own.
    Changed { url: String, message: &'static str },
    /// It is no event, and never will be.
    Rejected { code: Rejected, message: String },
}

/// Why an event is skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Skipped {
    OtherType,
    OtherBucket,
    OtherPrefix,
    OwnPrefix,
    OtherName,
}

/// Why an event is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Rejected {
    Empty,
    NotJson,
    NotAnEvent,
    TooMany,
    TooLarge,
}

/// The receipt of an object, but for what may be long: that is in the receipt.
#[derive(Debug, Serialize)]
pub(crate) struct Done {
    url: String,
    etag: String,
    size: u64,
    /// The receipt's key in the lake.
    receipt: String,
    complete: bool,
    damage: Vec<DamageNote>,
    counts: Counts,
    quarantined: BTreeMap<String, u64>,
    partitions: usize,
    /// Parquet files, and their bytes.
    files: usize,
    bytes: u64,
}

impl From<Receipt> for Done {
    fn from(receipt: Receipt) -> Self {
        let files = receipt.outputs.iter().filter(|output| output.kind == OutputKind::Parquet);
        let (files, bytes) = files.fold((0, 0), |(files, bytes), file| (files + 1, bytes + file.bytes));
        Done {
            receipt: receipt_key(&receipt.source.url).to_string(),
            url: receipt.source.url,
            etag: receipt.source.etag,
            size: receipt.source.size,
            complete: receipt.complete,
            damage: receipt.damage,
            counts: receipt.counts,
            quarantined: receipt.quarantined,
            partitions: receipt.partitions.len(),
            files,
            bytes,
        }
    }
}

impl From<Outcome> for Summary {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Curated { receipt, .. } => Summary::Curated(receipt.into()),
            Outcome::Unchanged { receipt, .. } => Summary::Unchanged(receipt.into()),
            Outcome::Skipped { reason } => {
                Summary::Skipped { code: Skipped::OwnPrefix, message: reason.into() }
            }
        }
    }
}

impl Summary {
    /// Whether it is about this version of an object.
    pub(crate) fn is_of(&self, etag: Option<&str>) -> bool {
        matches!(self, Summary::Curated(done) | Summary::Unchanged(done) if Some(&*done.etag) == etag)
    }

    /// Logs it on one line. What somebody should look at (quarantine, damage, what cannot be read) is a warning.
    ///
    /// Failures are logged by whoever hands them on, with their causes.
    pub(crate) fn log(&self, took: Duration) {
        let milliseconds = took.as_millis() as u64;
        match self {
            Summary::Curated(done) => done.log("curated", milliseconds),
            Summary::Unchanged(done) => done.log("unchanged", milliseconds),
            // The rule that fires the function names a bucket, and SOURCE_URL another: one of them is wrong.
            Summary::Skipped { code: code @ Skipped::OtherBucket, message } => {
                tracing::warn!(status = "skipped", code = word(code), "{message}");
            }
            Summary::Skipped { code, message } => {
                tracing::info!(status = "skipped", code = word(code), "{message}");
            }
            Summary::Gone { url, message } => tracing::warn!(status = "gone", url, "{message}"),
            Summary::Changed { url, message } => tracing::warn!(status = "changed", url, "{message}"),
            Summary::Rejected { code, message } => {
                tracing::error!(status = "rejected", code = word(code), "{message}");
            }
        }
    }
}

impl Done {
    fn log(&self, status: &str, milliseconds: u64) {
        let Done { url, etag, size, receipt, partitions, files, bytes, .. } = self;
        let complete = self.complete;
        let Counts { lines, blank, curated, quarantined } = self.counts;
        /// The macros take a level that is known when they are compiled.
        macro_rules! line {
            ($level:ident, $($more:tt)*) => {
                tracing::$level!(
                    status, url, etag, size, lines, blank, curated, quarantined, partitions, files, bytes,
                    complete, receipt, milliseconds, $($more)*
                )
            };
        }
        match (quarantined, &self.damage[..]) {
            (0, []) => line!(info, "{status} {url}: {curated} rows"),
            (_, damage) => {
                let (reasons, damage) = (json(&self.quarantined), json(&damage));
                let damaged = if complete { "" } else { ", DAMAGED" };
                line!(
                    warn,
                    reasons,
                    damage,
                    "{status} {url}: {curated} rows, {quarantined} quarantined{damaged}"
                );
            }
        }
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("it is plain data")
}

/// A code as it stands in the answer.
fn word(code: &impl Serialize) -> String {
    json(code).trim_matches('"').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_has_every_status_and_every_code() {
        const README: &str = include_str!("../../../README.md");
        let table = README.split("| status | what became of the event |").nth(1).expect("there is the table");
        let table = table.split("\n\n").next().expect("it ends");
        for status in ["curated", "unchanged", "skipped", "gone", "changed", "rejected"] {
            assert!(table.contains(&format!("\n| `{status}` |")), "{status}");
        }
        use {Rejected::*, Skipped::*};
        let skipped = [OtherType, OtherBucket, OtherPrefix, OwnPrefix, OtherName].map(|code| word(&code));
        let rejected = [Empty, NotJson, NotAnEvent, TooMany, TooLarge].map(|code| word(&code));
        for code in skipped.iter().chain(&rejected) {
            assert!(table.contains(&format!("`{code}`")), "{code}");
        }
    }
}
