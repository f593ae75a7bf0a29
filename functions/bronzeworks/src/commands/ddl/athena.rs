//! Amazon Athena.

mod projection;

use super::engine::{Engine, Request};
use super::identifier::{backslash_literal, identifier};
use super::logical_type::LogicalType;
use super::place::Place;
use super::script::{Script, list};
use super::table::Column;

pub(super) const ENGINE: Engine = Engine {
    name: "athena",
    help: "an external table of Amazon Athena; --since uses partition projection",
    options: &["since"],
    write,
};

fn write(request: &Request<'_>) -> Result<Script, String> {
    let table = request.table;
    let Place::S3 { .. } = &request.place else { return Err("Athena reads s3:// URLs only".into()) };
    let location = request.place.s3_url().ok_or("Athena reads s3:// URLs only")?;
    check_names(request)?;
    let projection = projection::properties(table, request.since.as_deref())?;

    let mut script = request.script();
    script.remark("Athena runs one statement at a time.");
    if !table.names_of(&LogicalType::is_time).is_empty() {
        script.remark("Its timestamps have milliseconds and no zone. Points in time are shown in UTC.");
    }
    let name = request.name.sql('`');
    let mut statement = format!("CREATE EXTERNAL TABLE {name} {}\n", list(table.stored.iter().map(column)));
    if !table.partitions.is_empty() {
        statement += &format!("PARTITIONED BY {}\n", list(table.partition_columns().map(column)));
    }
    statement += &format!("STORED AS PARQUET\nLOCATION {}", backslash_literal(&location));
    match projection {
        Some(properties) => {
            if request.since.is_some() {
                script.remark(
                    "A query computes the folders to look into. It does not find rows outside the ranges below, and \
                     rows whose partition is null.",
                );
            }
            let properties = properties
                .iter()
                .map(|(name, value)| format!("{} = {}", backslash_literal(name), backslash_literal(value)));
            script.statement(format!("{statement}\nTBLPROPERTIES {};", list(properties)));
        }
        None => {
            script.statement(format!("{statement};"));
            if !table.partitions.is_empty() {
                script.remark("Run the second statement again when there are new partitions.");
                script.statement(format!("MSCK REPAIR TABLE {name};"));
            }
        }
    }
    Ok(script)
}

/// Checks the [names](https://docs.aws.amazon.com/athena/latest/ug/tables-databases-columns-names.html). Athena ignores the case of
/// columns, but `MSCK REPAIR TABLE` finds only folders whose names are in lower case.
fn check_names(request: &Request<'_>) -> Result<(), String> {
    let ordinary =
        |name: &str| name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_');
    let columns = request.table.columns().map(|column| column.name.as_str());
    let names = columns.chain(request.name.parts().iter().map(String::as_str));
    let members = request.table.columns().flat_map(|column| column.logical_type.member_names());
    let strange: Vec<String> =
        names.chain(members).filter(|name| !ordinary(name)).map(|name| format!("{name:?}")).collect();
    if !strange.is_empty() {
        return Err(format!("Athena allows only letters, digits and _ in names: {}", strange.join(", ")));
    }
    let capital = |name: &&str| name.chars().any(char::is_uppercase);
    match request.table.partition_columns().map(|column| column.name.as_str()).find(capital) {
        Some(name) => Err(format!("Athena does not find folders whose names have capitals: {name:?}")),
        None => Ok(()),
    }
}

fn column(column: &Column) -> String {
    format!("{} {}", identifier(&column.name, '`'), type_name(&column.logical_type))
}

pub(super) fn type_name(logical_type: &LogicalType) -> String {
    match logical_type {
        LogicalType::Text => "string".into(),
        LogicalType::Bytes => "binary".into(),
        LogicalType::Int32 => "int".into(),
        LogicalType::Int64 => "bigint".into(),
        LogicalType::Float64 => "double".into(),
        LogicalType::Decimal { precision, scale } => format!("decimal({precision}, {scale})"),
        LogicalType::Boolean => "boolean".into(),
        LogicalType::Date => "date".into(),
        LogicalType::LocalTime | LogicalType::Instant => "timestamp".into(),
        LogicalType::List(element) => format!("array<{}>", type_name(element)),
        LogicalType::Struct(members) => {
            let member = |(name, member): &(String, LogicalType)| {
                format!("{}:{}", identifier(name, '`'), type_name(member))
            };
            format!("struct<{}>", members.iter().map(member).collect::<Vec<_>>().join(","))
        }
        LogicalType::Map(value) => format!("map<string,{}>", type_name(value)),
    }
}
