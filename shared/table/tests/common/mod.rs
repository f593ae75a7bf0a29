//! Builds schemas from one line, and turns values into rows and Arrow columns.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "each test file uses a part of it")]

use arrow_array::ArrayRef;
use table::{ColumnBuilders, PartitionKey, Reason, Refusal, RowJudge, Schema};

/// Returns a schema with these columns, each given as JSON.
pub(crate) fn schema(columns: &[&str], rest: &str) -> Schema {
    let text = format!(r#"{{"name":"t","version":1,"columns":[{}]{rest}}}"#, columns.join(","));
    Schema::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Returns a schema with one column `x` of this type.
pub(crate) fn of_type(column_type: &str) -> Schema {
    schema(&[&format!(r#"{{"name":"x","type":"{column_type}"}}"#)], "")
}

pub(crate) fn decode(schema: &Schema, value: &[u8]) -> Result<Vec<u8>, Refusal> {
    decode_with(&mut RowJudge::new(schema), value).map(|(row, _)| row)
}

/// Returns the packed row and the partition key of a value.
pub(crate) fn decode_with(judge: &mut RowJudge, value: &[u8]) -> Result<(Vec<u8>, Vec<u8>), Refusal> {
    judge.judge(None, value, None).map(|row| (row.cells.to_vec(), row.partition.0.to_vec()))
}

/// Returns the values of a row's partition columns.
pub(crate) fn partition(schema: &Schema, value: &str) -> Vec<Option<String>> {
    let (_, key) = decode_with(&mut RowJudge::new(schema), value.as_bytes()).unwrap();
    PartitionKey(&key).values().map(|value| value.map(str::to_owned)).collect()
}

/// Returns the columns of rows that must all be accepted.
pub(crate) fn columns(schema: &Schema, values: &[&str]) -> Vec<ArrayRef> {
    let mut judge = RowJudge::new(schema);
    let mut builders = ColumnBuilders::new(schema);
    for value in values {
        let (row, _) =
            decode_with(&mut judge, value.as_bytes()).unwrap_or_else(|refusal| panic!("{value}: {refusal}"));
        assert!(builders.append(&row).is_empty(), "a row is consumed completely");
    }
    builders.finish()
}

#[track_caller]
pub(crate) fn refusal(schema: &Schema, value: &str) -> Refusal {
    match decode(schema, value.as_bytes()) {
        Err(refusal) => refusal,
        Ok(_) => panic!("{value} was accepted"),
    }
}

/// Checks that `{"x": form}` is refused for the reason, and that the refusal names the column.
#[track_caller]
pub(crate) fn refuses(schema: &Schema, reason: Reason, forms: &[&str]) {
    for form in forms {
        let found = refusal(schema, &format!(r#"{{"x": {form}}}"#));
        assert_eq!((found.reason, found.field.as_deref()), (reason, Some("x")), "{form}: {}", found.message);
    }
}
