//! Spark SQL, as in OCI Data Flow, EMR, Databricks and Spark itself.

use super::engine::{Engine, Request};
use super::identifier::{backslash_literal, identifier};
use super::logical_type::LogicalType;
use super::place::Place;
use super::script::{Script, list};
use super::table::Column;

pub(super) const ENGINE: Engine = Engine {
    name: "spark",
    help: "an external Parquet table in Spark SQL, for OCI Data Flow, EMR and Databricks",
    options: &[],
    write,
};

fn write(request: &Request<'_>) -> Result<Script, String> {
    let mut script = request.script();
    let (table, name) = (request.table, request.name.sql('`'));
    let columns = list(table.columns().map(column));
    let location = backslash_literal(&url(&request.place));
    if let Place::S3 { .. } = request.place {
        script.remark("s3a:// is the name of S3 in Hadoop's connector.");
    }
    if table.partitions.is_empty() {
        script.statement(format!("CREATE TABLE {name} {columns}\nUSING PARQUET\nLOCATION {location};"));
        return Ok(script);
    }
    let partitions: Vec<String> =
        table.partition_columns().map(|column| identifier(&column.name, '`')).collect();
    script.remark("Run the second statement again when there are new partitions.");
    script.statement(format!(
        "CREATE TABLE {name} {columns}\nUSING PARQUET\nPARTITIONED BY ({})\nLOCATION {location};",
        partitions.join(", ")
    ));
    script.statement(format!("ALTER TABLE {name} RECOVER PARTITIONS;"));
    Ok(script)
}

/// Returns the URL of the lake for Spark.
pub(super) fn url(place: &Place) -> String {
    match place {
        Place::Folder(path) | Place::Url(path) => path.clone(),
        Place::S3 { bucket, prefix } => format!("s3a://{bucket}/{prefix}"),
        Place::Oci { bucket, namespace, prefix } => format!("oci://{bucket}@{namespace}/{prefix}"),
    }
}

/// Returns a column's name and type.
pub(super) fn column(column: &Column) -> String {
    format!("{} {}", identifier(&column.name, '`'), type_name(&column.logical_type))
}

pub(super) fn type_name(logical_type: &LogicalType) -> String {
    match logical_type {
        LogicalType::Text => "STRING".into(),
        LogicalType::Bytes => "BINARY".into(),
        LogicalType::Int32 => "INT".into(),
        LogicalType::Int64 => "BIGINT".into(),
        LogicalType::Float64 => "DOUBLE".into(),
        LogicalType::Decimal { precision, scale } => format!("DECIMAL({precision}, {scale})"),
        LogicalType::Boolean => "BOOLEAN".into(),
        LogicalType::Date => "DATE".into(),
        LogicalType::LocalTime => "TIMESTAMP_NTZ".into(),
        LogicalType::Instant => "TIMESTAMP".into(),
        LogicalType::List(element) => format!("ARRAY<{}>", type_name(element)),
        LogicalType::Struct(members) => {
            let member = |(name, member): &(String, LogicalType)| {
                format!("{}: {}", identifier(name, '`'), type_name(member))
            };
            format!("STRUCT<{}>", members.iter().map(member).collect::<Vec<_>>().join(", "))
        }
        LogicalType::Map(value) => format!("MAP<STRING, {}>", type_name(value)),
    }
}
