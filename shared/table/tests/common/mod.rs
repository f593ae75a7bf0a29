//! Schemas in a line, and rows through the decoder into Arrow columns.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "each test file uses a part of it")]

use arrow_array::ArrayRef;
use table::{ColumnBuilders, PartitionKey, Reject, RejectCode, RowDecoder, Schema};

/// A schema with these columns, each as its JSON.
pub(crate) fn schema(columns: &[&str], rest: &str) -> Schema {
    let text = format!(r#"{{"name":"t","version":1,"columns":[{}]{rest}}}"#, columns.join(","));
    Schema::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// A schema with one column `x` of this type.
pub(crate) fn of_type(column_type: &str) -> Schema {
    schema(&[&format!(r#"{{"name":"x","type":"{column_type}"}}"#)], "")
}

pub(crate) fn decode(schema: &Schema, value: &[u8]) -> Result<Vec<u8>, Reject> {
    decode_with(&mut RowDecoder::new(schema), value).map(|(row, _)| row)
}

/// Decodes a value; checks that a reject leaves nothing behind.
pub(crate) fn decode_with(decoder: &mut RowDecoder, value: &[u8]) -> Result<(Vec<u8>, Vec<u8>), Reject> {
    let (mut row, mut key) = (b"row".to_vec(), b"key".to_vec());
    let result = decoder.decode(value, &mut row, &mut key);
    assert!(row.starts_with(b"row") && key.starts_with(b"key"));
    match result {
        Ok(()) => Ok((row.split_off(3), key.split_off(3))),
        Err(reject) => {
            assert_eq!((row.len(), key.len()), (3, 3), "a reject leaves nothing behind");
            Err(reject)
        }
    }
}

/// The values of a row's partition columns.
pub(crate) fn partition(schema: &Schema, value: &str) -> Vec<Option<String>> {
    let (_, key) = decode_with(&mut RowDecoder::new(schema), value.as_bytes()).unwrap();
    PartitionKey(&key).values().map(|value| value.map(str::to_owned)).collect()
}

/// The columns of rows that are all good.
pub(crate) fn columns(schema: &Schema, values: &[&str]) -> Vec<ArrayRef> {
    let mut decoder = RowDecoder::new(schema);
    let mut builders = ColumnBuilders::new(schema);
    for value in values {
        let (row, _) =
            decode_with(&mut decoder, value.as_bytes()).unwrap_or_else(|reject| panic!("{value}: {reject}"));
        assert!(builders.append(&row).is_empty(), "a row is used up");
    }
    builders.finish()
}

#[track_caller]
pub(crate) fn reject(schema: &Schema, value: &str) -> Reject {
    match decode(schema, value.as_bytes()) {
        Err(reject) => reject,
        Ok(_) => panic!("{value} was taken"),
    }
}

/// Checks that `{"x": form}` is refused for the reason, naming the column.
#[track_caller]
pub(crate) fn refuses(schema: &Schema, code: RejectCode, forms: &[&str]) {
    for form in forms {
        let found = reject(schema, &format!(r#"{{"x": {form}}}"#));
        assert_eq!((found.code, found.field.as_deref()), (code, Some("x")), "{form}: {}", found.message);
    }
}
