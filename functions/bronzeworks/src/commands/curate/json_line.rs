use curate::{CurateError, Outcome};
use fn_kit::chain;
use lake::{Receipt, receipt_key};
use serde::Serialize;

/// The result for a source, as `--json` prints it.
#[derive(Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
enum Line<'a> {
    Curated(Done<'a>),
    Unchanged(Done<'a>),
    Skipped { url: &'a str, reason: &'a str },
    Failed { url: &'a str, error: String },
}

#[derive(Serialize)]
struct Done<'a> {
    receipt_key: String,
    #[serde(flatten)]
    receipt: &'a Receipt,
}

impl<'a> Done<'a> {
    fn of(receipt: &'a Receipt) -> Self {
        Done { receipt_key: receipt_key(&receipt.source.url).to_string(), receipt }
    }
}

/// Returns the line that `--json` prints for a source.
pub(super) fn json_line(url: &str, result: &Result<Outcome, CurateError>) -> String {
    let line = match result {
        Ok(Outcome::Curated { receipt, .. }) => Line::Curated(Done::of(receipt)),
        Ok(Outcome::Unchanged { receipt, .. }) => Line::Unchanged(Done::of(receipt)),
        Ok(Outcome::Skipped { reason }) => Line::Skipped { url, reason },
        Err(error) => Line::Failed { url, error: chain(error) },
    };
    serde_json::to_string(&line).expect("a receipt is plain data")
}
