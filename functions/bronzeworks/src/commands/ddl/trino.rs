//! Trino with its Hive connector.

use super::engine::{Engine, Request};
use super::identifier::{identifier, literal};
use super::logical_type::LogicalType;
use super::place::Place;
use super::script::{Script, list};

pub(super) const ENGINE: Engine = Engine {
    name: "trino",
    help: "an external Parquet table of Trino's Hive connector",
    options: &[],
    write,
};

/// The schema of a table whose name was given without one.
const SCHEMA: &str = "default";

fn write(request: &Request<'_>) -> Result<Script, String> {
    let mut script = request.script();
    let (table, name) = (request.table, request.name.sql('"'));
    let location = match &request.place {
        Place::Folder(path) if path.starts_with('/') => format!("file://{path}"),
        Place::Folder(path) => return Err(format!("Trino needs an absolute path or a URL, not {path}")),
        Place::Url(url) => url.clone(),
        bucket => bucket.s3_url().ok_or("Trino cannot read this location")?,
    };
    if let Some(host) = request.place.s3_host() {
        script.remark(format!(
            "Trino reads OCI Object Storage with the S3 Compatibility API: set s3.endpoint to https://{host}, \
             s3.region to REGION, and s3.path-style-access to true."
        ));
    }
    if !table.names_of(&LogicalType::is_time).is_empty() {
        script.remark(
            "The Hive connector declares times in milliseconds and without a zone. To read microseconds: \
             SET SESSION CATALOG.timestamp_precision = 'MICROSECONDS'. Points in time are shown in UTC.",
        );
    }
    let columns = list(
        table
            .columns()
            .map(|column| format!("{} {}", identifier(&column.name, '"'), type_name(&column.logical_type))),
    );
    let mut properties =
        vec!["format = 'PARQUET'".into(), format!("external_location = {}", literal(&location))];
    // A metastore keeps names in lower case, and properties must agree with it.
    let partitions: Vec<String> =
        table.partition_columns().map(|column| literal(&column.name.to_lowercase())).collect();
    if !partitions.is_empty() {
        properties.push(format!("partitioned_by = ARRAY[{}]", partitions.join(", ")));
        script.remark("Run the second statement again when there are new partitions.");
    }
    script.statement(format!("CREATE TABLE {name} {columns}\nWITH {};", list(properties)));
    if !partitions.is_empty() {
        script.statement(synchronization(request));
    }
    Ok(script)
}

/// Returns the call that finds partitions.
fn synchronization(request: &Request<'_>) -> String {
    let name = &request.name;
    let system = match name.catalog() {
        Some(catalog) => format!("{}.system", identifier(catalog, '"')),
        None => "system".into(),
    };
    let schema = literal(&name.schema().unwrap_or(SCHEMA).to_lowercase());
    let table = literal(&name.last().to_lowercase());
    // By default, the procedure finds only folders whose names are in lower case, as the metastore's are.
    let capitals = |name: &str| name.to_lowercase() != name;
    let any_case = match request.table.partition_columns().any(|column| capitals(&column.name)) {
        true => ", false",
        false => "",
    };
    format!("CALL {system}.sync_partition_metadata({schema}, {table}, 'FULL'{any_case});")
}

pub(super) fn type_name(logical_type: &LogicalType) -> String {
    match logical_type {
        LogicalType::Text => "varchar".into(),
        LogicalType::Bytes => "varbinary".into(),
        LogicalType::Int32 => "integer".into(),
        LogicalType::Int64 => "bigint".into(),
        LogicalType::Float64 => "double".into(),
        LogicalType::Decimal { precision, scale } => format!("decimal({precision}, {scale})"),
        LogicalType::Boolean => "boolean".into(),
        LogicalType::Date => "date".into(),
        LogicalType::LocalTime | LogicalType::Instant => "timestamp(3)".into(),
        LogicalType::List(element) => format!("array({})", type_name(element)),
        LogicalType::Struct(members) => {
            let member = |(name, member): &(String, LogicalType)| {
                format!("{} {}", identifier(name, '"'), type_name(member))
            };
            format!("row({})", members.iter().map(member).collect::<Vec<_>>().join(", "))
        }
        LogicalType::Map(value) => format!("map(varchar, {})", type_name(value)),
    }
}
