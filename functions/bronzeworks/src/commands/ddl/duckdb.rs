//! DuckDB.

use super::engine::{Engine, Request};
use super::identifier::literal;
use super::logical_type::LogicalType;
use super::place::Place;
use super::script::Script;

pub(super) const ENGINE: Engine =
    Engine { name: "duckdb", help: "a view of the files in DuckDB", options: &[], write };

fn write(request: &Request<'_>) -> Result<Script, String> {
    let mut script = request.script();
    let location = match &request.place {
        Place::Folder(path) => path.clone(),
        Place::Url(url) => url.clone(),
        bucket => bucket.s3_url().ok_or("DuckDB cannot read this location")?,
    };
    if let Some(host) = request.place.s3_host() {
        script.remark(format!(
            "DuckDB reads OCI Object Storage with the S3 Compatibility API. It needs CREATE SECRET (TYPE s3, \
             ENDPOINT '{host}', REGION 'REGION', URL_STYLE 'path', KEY_ID '...', SECRET '...')."
        ));
    }
    let files = literal(&format!("{}**/*.parquet", escaped(&location)));
    let types: Vec<String> = request
        .table
        .partition_columns()
        .map(|column| format!("{}: {}", literal(&column.name), type_name(&column.logical_type)))
        .collect();
    let partitions = match types.is_empty() {
        true => "hive_partitioning = false".into(),
        false => format!("hive_partitioning = true,\n    hive_types = {{{}}}", types.join(", ")),
    };
    script.statement(format!(
        "CREATE OR REPLACE VIEW {} AS\nSELECT * FROM read_parquet(\n    {files},\n    union_by_name = true, {partitions}\n);",
        request.name.sql('"')
    ));
    Ok(script)
}

/// Returns a path in which no character is a pattern.
fn escaped(path: &str) -> String {
    let mut text = String::new();
    for character in path.chars() {
        match character {
            '*' | '?' | '[' => text.extend(['[', character, ']']),
            _ => text.push(character),
        }
    }
    text
}

/// Returns the type of a partition column. All other columns have the types that are in the files.
fn type_name(logical_type: &LogicalType) -> String {
    match logical_type {
        LogicalType::Int32 => "INTEGER".into(),
        LogicalType::Int64 => "BIGINT".into(),
        // Types with parameters are names in quotes here.
        LogicalType::Decimal { precision, scale } => format!("'DECIMAL({precision}, {scale})'"),
        LogicalType::Boolean => "BOOLEAN".into(),
        LogicalType::Date => "DATE".into(),
        // No other type has partitions.
        _ => "VARCHAR".into(),
    }
}
