//! What is reported about a sample and a proposal, on stderr.

use super::reading::{LeftOut, Sample};
use crate::terminal::units::{count, size};
use crate::terminal::visible;
use infer::{Counts, Note, Proposal};
use std::fmt::Write;

/// Longest subject and decision in characters that are shown on one line with a reason.
const MAX_SUBJECT: usize = 32;
const MAX_DECISION: usize = 40;

/// Maximum number of notes shown.
const MAX_NOTES: usize = 300;

/// Returns the summary of what was read, and the decisions with their reasons, one per line.
pub(super) fn text(sample: &Sample, proposal: &Proposal) -> String {
    let format = sample.format.map_or("quarantine", |format| format.name());
    let (records, objects) =
        (count(sample.observer.counts.records, "record"), count(sample.objects, "object"));
    let mut text = format!("read {records} in {objects}: {format}, {} of text\n", size(sample.text_bytes));
    let shown: Vec<_> = proposal.notes.iter().take(MAX_NOTES).map(Shown::of).collect();
    let width =
        |part: fn(&Shown) -> &str| shown.iter().map(|note| part(note).chars().count()).max().unwrap_or(0);
    let (subjects, decisions) = (width(|note| &note.subject), width(|note| &note.decision));
    for Shown { subject, decision, reason } in &shown {
        writeln!(text, "  {subject:subjects$}  {decision:decisions$}  {reason}")
            .expect("writing to memory does not fail");
    }
    let more = proposal.notes.len() - shown.len();
    if more > 0 {
        writeln!(text, "  … and {}", count(more as u64, "other decision"))
            .expect("writing to memory does not fail");
    }
    text
}

/// A note in the form in which it is shown.
struct Shown {
    subject: String,
    decision: String,
    reason: String,
}

impl Shown {
    fn of(note: &Note) -> Self {
        Shown {
            subject: shortened(&visible(&note.subject), MAX_SUBJECT),
            decision: shortened(&visible(&note.decision), MAX_DECISION),
            reason: visible(&note.reason),
        }
    }
}

fn shortened(text: &str, most: usize) -> String {
    match text.chars().count() <= most {
        true => text.to_owned(),
        false => text.chars().take(most - 1).chain(['…']).collect(),
    }
}

/// Returns what could not be read.
pub(super) fn problems(sample: &Sample) -> Vec<String> {
    let Counts { not_objects, duplicates, not_json, too_long, not_envelopes, .. } = sample.observer.counts;
    let counted = [
        (not_json, "value", "not JSON"),
        (not_objects, "value", "not an object"),
        (duplicates, "record", "refused by every schema: a field occurs twice"),
        (too_long, "line", "longer than --max-line"),
        (not_envelopes, "line", "not in a connector's envelope, or whose value is not base64"),
    ];
    let mut problems: Vec<_> = counted
        .into_iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, what, problem)| {
            format!(
                "left out {} {} {problem}",
                count(number, what),
                if number == 1 { "that is" } else { "that are" }
            )
        })
        .collect();
    let ignored = &sample.ignored;
    if ignored.total() > 0 {
        problems.push(format!("ignored {}: {}", count(ignored.total(), "object"), ignored.by_extension()));
    }
    let first = sample.format.map_or("quarantine", |format| format.name());
    problems.extend(sample.left_out.iter().map(|(url, left_out)| match left_out {
        LeftOut::Unrecognized => format!("{url} has neither JSON objects nor a connector's envelopes"),
        LeftOut::OtherFormat(format) => {
            format!("left out {url}: its format is {format}, and that of the objects before is {first}")
        }
        LeftOut::Damaged(damage) => format!("{url} is damaged: {damage}"),
    }));
    if sample.more_left_out > 0 {
        problems.push(format!(
            "{} were left out or are damaged, too",
            count(sample.more_left_out, "other object")
        ));
    }
    problems
}
