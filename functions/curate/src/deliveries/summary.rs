use crate::curator::Outcome;
use lake::{Counts, DamageNote, OutputKind, Receipt, receipt_key};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// The result of one event, as returned in the function's response and logged.
#[derive(Debug, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub(crate) enum Summary {
    /// The event's object was curated.
    Curated(Done),
    /// The event's object had already been curated.
    Unchanged(Done),
    /// This function does not handle the event.
    Skipped { code: Skipped, message: String },
    /// The event's object no longer exists.
    Gone { url: String, message: &'static str },
    /// The event's object was replaced each time it was read. Each new version has its own event.
    Changed { url: String, message: &'static str },
    /// The document is not an event. Delivering it again would not help.
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

/// An object's receipt, without the parts that can be long.
#[derive(Debug, Serialize)]
pub(crate) struct Done {
    url: String,
    etag: String,
    size: u64,
    /// The key of the receipt in the lake.
    receipt: String,
    complete: bool,
    damage: Vec<DamageNote>,
    counts: Counts,
    quarantined: BTreeMap<String, u64>,
    partitions: usize,
    /// Number of Parquet files. `bytes` is their total size.
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
    /// Returns whether the summary is about this version of the object.
    pub(crate) fn is_of(&self, etag: Option<&str>) -> bool {
        matches!(self, Summary::Curated(done) | Summary::Unchanged(done) if Some(&*done.etag) == etag)
    }

    /// Logs the summary on one line. Quarantined lines, damage and everything else that needs attention are logged as warnings.
    ///
    /// The caller logs errors, with their causes.
    pub(crate) fn log(&self, took: Duration) {
        let milliseconds = took.as_millis() as u64;
        match self {
            Summary::Curated(done) => done.log("curated", milliseconds),
            Summary::Unchanged(done) => done.log("unchanged", milliseconds),
            // The rule that triggers the function and SOURCE_URL name different buckets, so one of them is wrong.
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
        let rows = if curated == 1 { "1 row".to_owned() } else { format!("{curated} rows") };
        /// Logs one line. The macros need a level that is known at compile time.
        macro_rules! line {
            ($level:ident, $($more:tt)*) => {
                tracing::$level!(
                    status, url, etag, size, lines, blank, curated, quarantined, partitions, files, bytes,
                    complete, receipt, milliseconds, $($more)*
                )
            };
        }
        match (quarantined, &self.damage[..]) {
            (0, []) => line!(info, "{status} {url}: {rows}"),
            (_, damage) => {
                let (reasons, damage) = (json(&self.quarantined), json(&damage));
                let damaged = if complete { "" } else { ", DAMAGED" };
                line!(warn, reasons, damage, "{status} {url}: {rows}, {quarantined} quarantined{damaged}");
            }
        }
    }
}

/// Shortens a text from outside to a length that is suitable for a response and a log.
pub(super) fn brief(text: &str) -> String {
    const MAX: usize = 300;
    match text.char_indices().nth(MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain data has no error")
}

/// Returns a code as it appears in the response.
fn word(code: &impl Serialize) -> String {
    json(code).trim_matches('"').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_lists_every_status_and_every_code() {
        const PAGE: &str = include_str!("../../../../docs/src/reference/curate-function.md");
        for status in ["curated", "unchanged", "skipped", "gone", "changed", "rejected"] {
            assert!(PAGE.contains(&format!("\n| `{status}` |")), "{status}");
        }
        use {Rejected::*, Skipped::*};
        let skipped = [OtherType, OtherBucket, OtherPrefix, OwnPrefix, OtherName].map(|code| word(&code));
        let rejected = [Empty, NotJson, NotAnEvent, TooMany, TooLarge].map(|code| word(&code));
        for code in skipped.iter().chain(&rejected) {
            assert!(PAGE.contains(&format!("`{code}`")), "{code}");
        }
    }
}
