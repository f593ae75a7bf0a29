//! A record is quarantined for exactly the reason that the row judge gives, so `ingest` refuses what `curate` would quarantine.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use bronze::{Chunk, ChunkKind, Format};
use lake::{DecodedChunk, Input, Lake};
use object_store::memory::InMemory;
use std::collections::BTreeSet;
use std::sync::Arc;
use table::{Reason, RowJudge, Schema};

/// Returns why a record in the connector's envelope is quarantined, if it is.
fn quarantined(schema: &Arc<Schema>, key: Option<&[u8]>, value: &[u8]) -> Option<Reason> {
    let mut bytes = Vec::new();
    bronze::ConnectorLine { stream: "ledger", partition: "0", key, value, offset: 7, timestamp: 1 }
        .append_to(&mut bytes);
    let mut decoded = DecodedChunk::default();
    let input = Input::of(Format::Connector, "file:///x").unwrap();
    let chunk = Chunk { bytes, line: 1, byte: 0, kind: ChunkKind::Lines };
    Lake::open(Arc::new(InMemory::new()), Arc::clone(schema))
        .decoder(&input, 4_000_000)
        .decode(&chunk, &mut decoded);
    assert!(decoded.reasons().values().sum::<u64>() <= 1);
    decoded.reasons().keys().next().copied()
}

const GOOD: &str = r#"{"uuid":"1","timestamp":"2024-06-28T08:28:42.253667","data":{"period_code":"202406","currency_code":"USD","entered_debit_amount":9231.641263640015}}"#;

#[test]
fn a_record_is_quarantined_exactly_where_the_judge_refuses_it() {
    let schema = Arc::new(Schema::gl_journal());
    let mut judge = RowJudge::new(&schema);
    let change = |from: &str, to: &str| (Some(&b"K"[..]), GOOD.replace(from, to).into_bytes());
    let cases = [
        change("", ""),
        (None, GOOD.as_bytes().to_vec()),
        (Some(&b"\xff"[..]), GOOD.as_bytes().to_vec()),
        (Some(&b"\xff"[..]), b"not JSON".to_vec()),
        change("\"USD\"", "null"),
        change("currency_code", "currency"),
        change("\"USD\"", "7"),
        change("9231.641263640015", "1e40"),
        change("9231.641263640015", "0.1234567890123456789"),
        change("42.253667", "42.2536671"),
        change("42.253667", "42Z"),
        change("{\"uuid\"", "{\"uuid\":\"1\",\"uuid\""),
        change("USD", &"long".repeat(100)),
        change("}}", "}"),
        change("USD", "\u{0}"),
        change("USD", ""),
        change("USD", "__HIVE_DEFAULT_PARTITION__"),
        (None, b"[]".to_vec()),
        (None, b"\"\xff\"".to_vec()),
        (None, format!("{{\"a\":{}1{}}}", "[".repeat(200), "]".repeat(200)).into_bytes()),
    ];
    let mut reasons = BTreeSet::new();
    for (key, value) in cases {
        let refused = judge.judge(key, &value, None).err().map(|refusal| refusal.reason);
        assert_eq!(refused, quarantined(&schema, key, &value), "{}", String::from_utf8_lossy(&value));
        reasons.insert(refused);
    }
    assert!(reasons.len() >= 12, "the cases cover many reasons: {reasons:?}");
}
