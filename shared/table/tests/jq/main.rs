//! Columns whose values a jq filter computes.
#![cfg(feature = "jq")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../common/mod.rs"]
mod common;
mod extremes;
mod refused;
mod rows;
mod values;

use arrow_array::cast::AsArray;
use common::{columns, schema};
use table::Schema;

/// Returns a schema with one column `x` of this type that is the filter's output.
fn filter(column_type: &str, filter: &str) -> Schema {
    let filter = serde_json::Value::from(filter);
    schema(
        &[&format!(r#"{{"name":"x","type":"{column_type}","jq":{filter}}}"#)],
        r#","unknown_fields":"ignore""#,
    )
}

/// Returns the JSON text of a filter's output.
fn output(text: &str, record: &str) -> Option<String> {
    let columns = columns(&filter("json", text), &[record]);
    let column = columns[0].as_string::<i32>();
    column.iter().next().unwrap().map(str::to_owned)
}

/// Returns why a schema with this filter is refused.
fn problem(filter: &str) -> String {
    let filter = serde_json::Value::from(filter);
    let text =
        format!(r#"{{"name":"t","version":1,"columns":[{{"name":"x","type":"json","jq":{filter}}}]}}"#);
    match Schema::parse(text.as_bytes()) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("{filter} was accepted"),
    }
}
