use super::*;
use lake::{Counts, Receipt};

fn receipt(files: u64, bytes: u64) -> Receipt {
    let partition = PartitionCount { path: "day=2026-11-28".into(), rows: 3, files, bytes };
    let source = serde_json::json!({"url": "file:///a.gz", "etag": "1", "size": 10});
    let schema = serde_json::json!({"name": "orders", "version": 1, "sha256": "0"});
    let counts = Counts { lines: 5, blank: 0, curated: 3, quarantined: 2 };
    let receipt = serde_json::json!({
        "format": 2, "source": source, "complete": true, "damage": [], "counts": counts,
        "quarantined": {"type_mismatch": 2}, "partitions": [partition], "offsets": [], "offsets_left_out": 0,
        "outputs": [], "schema": schema, "program": "p", "run": "r", "supersedes": [],
    });
    serde_json::from_value(receipt).unwrap()
}

fn report(files: u64, bytes: u64) -> Report {
    let table = LakeTable { schema: "orders 1".into(), lake: None, table: None };
    let mut report = Report {
        local: true,
        table,
        totals: Totals::default(),
        refused: Summary::default(),
        skipped: 0,
        failed: 0,
        ignored: Ignored::default(),
        state: State::default(),
    };
    let receipt = Box::new(receipt(files, bytes));
    report.add(Some(Object::Curated { receipt, text_bytes: 100, refused: Summary::default() }));
    report
}

#[test]
fn rows_files_and_reasons_are_shown() {
    let text = report(2, 3000).text(Duration::from_secs(1));
    for line in [
        "schema       orders 1\n",
        "objects      1 checked\n",
        "rows         3 would be curated, 2 quarantined, of 5 lines\n",
        "files        2, 3.0 kB, 1.5 kB on average, in a local lake\n",
        "nothing was written\n",
    ] {
        assert!(text.contains(line), "{text}");
    }
}

#[test]
fn many_small_files_get_a_hint_that_names_their_reason() {
    assert_eq!(report(100, 100_000).hints(), [""; 0]);
    assert_eq!(report(200, 200 * SMALL).hints(), [""; 0]);
    assert!(report(200, 200_000).hints()[0].contains("partition_by"));
    let mut several = report(1, 1000);
    for _ in 0..200 {
        let receipt = Box::new(receipt(1, 1000));
        several.add(Some(Object::Curated { receipt, text_bytes: 100, refused: Summary::default() }));
    }
    assert!(several.hints()[0].contains("larger objects"));
}

#[test]
fn refused_records_that_were_not_read_are_counted() {
    assert_eq!(report(1, 1).not_read(), 2);
}
