use crate::common::{partition, schema};
use table::Schema;

pub(crate) const TEXT: &str = r#"{"name":"x","type":"string"}"#;

/// Returns a schema with one column `x` of this type, and one partition derived from it. `rest` are further members of the partition.
pub(crate) fn derived(column_type: &str, transform: &str, rest: &str) -> Schema {
    let column = format!(r#"{{"name":"x","type":"{column_type}"}}"#);
    let partition = format!(r#"{{"name":"p","from":"x","transform":"{transform}"{rest}}}"#);
    schema(&[&column], &format!(r#","partition_by":[{partition}],"empty_partition":"keep""#))
}

/// Returns the partition value of `{"x": form}`.
#[track_caller]
pub(crate) fn value(column_type: &str, transform: &str, form: &str) -> Option<String> {
    partition(&derived(column_type, transform, ""), &format!(r#"{{"x":{form}}}"#)).remove(0)
}

pub(crate) fn problems(columns: &str, partition_by: &str) -> Vec<String> {
    let text = format!(r#"{{"name":"t","version":1,"columns":[{columns}],"partition_by":[{partition_by}]}}"#);
    Schema::parse(text.as_bytes()).map(|schema| panic!("{schema:?}")).unwrap_err().problems
}
