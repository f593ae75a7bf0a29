use super::report::Report;
use lake::PartitionCount;
use serde::Serialize;
use std::collections::BTreeMap;

/// The report as `--json` prints it. Names are those of receipts, where they mean the same.
#[derive(Serialize)]
struct Document<'a> {
    schema: &'a str,
    lake: Option<LakeMember<'a>>,
    objects: Objects,
    counts: CountsMember,
    quarantined: &'a BTreeMap<String, u64>,
    /// Refused records by reason and field.
    refused: Vec<RefusedMember<'a>>,
    /// Number of refused records that are not in `refused`.
    refused_others: u64,
    partitions: Vec<Partition<'a>>,
    files: u64,
    bytes: u64,
    /// Whether files are cut as for a `local` lake or for one in a `cloud`.
    target: &'static str,
}

#[derive(Serialize)]
struct LakeMember<'a> {
    address: &'a str,
    table: Option<&'a str>,
}

#[derive(Serialize)]
struct Objects {
    checked: u64,
    damaged: u64,
    skipped: u64,
    failed: u64,
    ignored: u64,
}

#[derive(Serialize)]
struct CountsMember {
    lines: u64,
    curated: u64,
    quarantined: u64,
}

#[derive(Serialize)]
struct RefusedMember<'a> {
    code: &'a str,
    field: Option<&'a str>,
    records: u64,
    message: &'a str,
    /// The first record as a terminal shows it: its beginning, with control characters escaped.
    example: Option<&'a str>,
    source: &'a str,
    line: Option<u64>,
}

#[derive(Serialize)]
struct Partition<'a> {
    path: &'a str,
    rows: u64,
    files: u64,
    bytes: u64,
}

/// Returns the line that `--json` prints, without a newline.
pub(super) fn line(report: &Report) -> String {
    let totals = &report.totals;
    let PartitionCount { files, bytes, .. } = totals.all_partitions();
    let refused = report.refused.groups().map(|(code, field, group)| RefusedMember {
        code,
        field,
        records: group.records,
        message: &group.message,
        example: group.preview.as_deref(),
        source: &group.source,
        line: group.line,
    });
    let refused: Vec<_> = refused.collect();
    let listed: u64 = refused.iter().map(|member| member.records).sum();
    let partitions = totals.partitions.iter().map(|(path, count)| Partition {
        path,
        rows: count.rows,
        files: count.files,
        bytes: count.bytes,
    });
    let document = Document {
        schema: &report.table.schema,
        lake: report
            .table
            .lake
            .as_deref()
            .map(|address| LakeMember { address, table: report.table.table.as_deref() }),
        objects: Objects {
            checked: totals.objects,
            damaged: totals.damaged,
            skipped: report.skipped,
            failed: report.failed,
            ignored: report.ignored.total(),
        },
        counts: CountsMember {
            lines: totals.lines,
            curated: totals.rows,
            quarantined: totals.all_quarantined(),
        },
        quarantined: &totals.quarantined,
        refused,
        refused_others: totals.all_quarantined().saturating_sub(listed),
        partitions: partitions.collect(),
        files,
        bytes,
        target: if report.local { "local" } else { "cloud" },
    };
    serde_json::to_string(&document).expect("the document is plain data")
}
