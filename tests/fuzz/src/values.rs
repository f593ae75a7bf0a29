use json::{MAX_DEPTH, Problem, Scanner};
use serde::de::IgnoredAny;
use serde_json::Value;
use std::sync::LazyLock;
use table::{ColumnBuilders, Reason, Refusal, RowJudge, Schema};

/// Checks that the scanner and serde_json agree on what is JSON.
pub fn json(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let mut scanner = Scanner::new(text);
    let ours = scanner.any().and_then(|_| scanner.end());
    // There are two known differences: one level of depth, and a key that serde_json reserves.
    let deep = text.bytes().filter(|byte| matches!(byte, b'[' | b'{')).count() >= MAX_DEPTH as usize - 1;
    if deep || text.contains("$serde_json") || matches!(ours, Err(error) if error.problem == Problem::TooDeep)
    {
        return;
    }
    let theirs = serde_json::from_str::<Value>(text);
    assert_eq!(ours.is_ok(), theirs.is_ok(), "{ours:?} {theirs:?}");
    if let (Ok(Value::String(theirs)), Ok(ours)) = (&theirs, Scanner::new(text).string()) {
        let mut resolved = Vec::new();
        ours.append_to(&mut resolved);
        assert_eq!(resolved, theirs.as_bytes());
    }
}

static SCHEMAS: LazyLock<[Schema; 3]> = LazyLock::new(|| {
    let every_type = br#"{"name": "all", "version": 1, "unknown_fields": "rescue", "partition_by": ["s", "d",
            {"name": "hour", "from": "_enqueued_at", "transform": "hour", "offset": "-05:30"}, {"name": "year", "from": "t", "transform": "year"},
            {"name": "bucket", "from": "c", "transform": "bucket[16]"}, {"name": "width", "from": "l", "transform": "truncate[10]"},
            {"name": "start", "from": "s", "transform": "truncate[2]"}], "columns": [
        {"name": "s", "type": "string"}, {"name": "i", "type": "int32"}, {"name": "l", "type": "int64", "from": "/o/l"},
        {"name": "f", "type": "float64", "from_string": true}, {"name": "c", "type": "decimal(20,5)", "round": "half_even"},
        {"name": "b", "type": "boolean", "from_string": true}, {"name": "d", "type": "date"}, {"name": "t", "type": "timestamp"},
        {"name": "u", "type": "timestamp_utc", "from": "/o/u"}, {"name": "m", "type": "timestamp_millis"},
        {"name": "e", "type": "timestamp_seconds"}, {"name": "j", "type": "json"},
        {"name": "x", "type": "binary"}, {"name": "dd", "type": "date_days", "from_string": true},
        {"name": "us", "type": "timestamp_micros"}, {"name": "ns", "type": "timestamp_nanos", "truncate": "micros", "from_string": true},
        {"name": "z", "type": "timestamp_utc", "truncate": "micros", "offset": "basic"}]}"#;
    let nested = br#"{"name": "nested", "version": 1, "columns": [
        {"name": "a", "type": "array<array<decimal(9,2)>>", "round": "half_even", "from_string": true},
        {"name": "m", "type": "map<string, map<string, boolean>>"},
        {"name": "s", "type": "struct<b: binary, `c d`: struct<e: array<timestamp_utc>, j: json>, n: timestamp_nanos>"},
        {"name": "p", "type": "string", "from": "/q/0/r"}, {"name": "t", "type": "int32", "from": "/q/2"},
        {"name": "v", "type": "array<struct<w: string, x: map<string, struct<y: int32>>>>", "from": "/o/v"}]}"#;
    [
        Schema::gl_journal(),
        Schema::parse(every_type).expect("a valid schema"),
        Schema::parse(nested).expect("a valid schema"),
    ]
});

/// Returns the packed row and the partition key of a value.
fn judge(judge: &mut RowJudge, value: &[u8]) -> Result<(Vec<u8>, Vec<u8>), Refusal> {
    judge
        .judge(None, value, Some(1_719_563_322_261_000))
        .map(|row| (row.cells.to_vec(), row.partition.0.to_vec()))
}

/// Checks that a value that becomes a row is JSON, that the row becomes columns, and that earlier values make no difference to a judge.
pub fn row(data: &[u8]) {
    for schema in &*SCHEMAS {
        row_of(schema, data);
    }
}

fn row_of(schema: &Schema, data: &[u8]) {
    let mut rows = RowJudge::new(schema);
    let first = judge(&mut rows, data);
    match &first {
        Ok((row, key)) => {
            assert!(serde_json::from_slice::<IgnoredAny>(data).is_ok());
            let mut columns = ColumnBuilders::new(schema);
            assert!(columns.append(row).is_empty());
            assert!(columns.finish().iter().all(|column| column.len() == 1));
            assert_eq!(table::PartitionKey(key).values().count(), schema.partition_by().len());
        }
        Err(refusal) => {
            assert!(refusal.message.chars().count() < 2000, "messages are bounded");
            if refusal.reason == Reason::ValueNotUtf8 {
                assert!(str::from_utf8(data).is_err());
            }
        }
    }
    let _ = judge(&mut rows, br#"{"o": {"u": 5, "l": 5, "v": [{"x": {"k": {"z": 1}}}]}, "zz": 1, "s": "\n", "m": {"a": {"b": true}}}"#);
    assert_eq!(judge(&mut rows, data), first);
}

/// Checks that any text in place of a number or time is accepted only if it is JSON, and is then stored.
pub fn scalars(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let quoted = serde_json::to_string(text).expect("a string is JSON");
    let [_, every_type, _] = &*SCHEMAS;
    for field in ["i", "f", "c", "d", "t", "m", "e", "x", "dd", "us", "ns", "z"] {
        for form in [text, &quoted] {
            row_of(every_type, format!(r#"{{"{field}": {form}}}"#).as_bytes());
        }
    }
    row_of(every_type, format!(r#"{{"o": {{"l": {text}, "u": {quoted}}}}}"#).as_bytes());
}

/// Checks that the canonical text of a valid schema parses to the same schema, and that the schema decodes rows.
pub fn schema_file(data: &[u8]) {
    match Schema::parse(data) {
        Ok(schema) => {
            assert_eq!(Schema::parse(schema.canonical().as_bytes()).as_ref(), Ok(&schema));
            if let Ok(row) = RowJudge::new(&schema).judge(None, b"{\"a\":{\"b\":1}}", None) {
                assert!(ColumnBuilders::new(&schema).append(row.cells).is_empty());
            }
        }
        Err(error) => assert!(!error.problems.is_empty()),
    }
}
