//! Oracle Autonomous AI Database, with the package `DBMS_CLOUD`.
//!
//! [Implicit partitioning](https://docs.oracle.com/iaas/autonomous-database-serverless/doc/query-external-partition-implicit.html) finds
//! new partitions at query time. Partitions of `CREATE_EXTERNAL_PART_TABLE` would have to be synchronized.

use super::engine::{Engine, Request};
use super::identifier::{is_plain, literal};
use super::logical_type::LogicalType;
use super::place::Place;
use super::reserved_words::is_reserved;
use super::script::Script;
use super::table::Column;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

pub(super) const ENGINE: Engine = Engine {
    name: "oracle",
    help: "an external table of an Autonomous AI Database, with DBMS_CLOUD",
    options: &["region", "credential"],
    write,
};

/// The credential of the database itself, if it may read the bucket.
const CREDENTIAL: &str = "OCI$RESOURCE_PRINCIPAL";

/// The longest `VARCHAR2` and `RAW` of an Autonomous AI Database, in bytes. It is what `DBMS_CLOUD` chooses for text, too.
const LONGEST: u32 = 32_767;

/// The longest folder name in a lake, in bytes.
const LONGEST_PARTITION: u32 = 255;

/// The longest identifier, in bytes.
const LONGEST_NAME: usize = 128;

/// The longest piece of text in one literal. PL/SQL allows 32,767 bytes.
const LITERAL: usize = 30_000;

/// The characters of an object's name that an URL contains as they are.
const IN_URL: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');

fn write(request: &Request<'_>) -> Result<Script, String> {
    let table = request.table;
    let files = format!("{}*.parquet", url(request)?);
    let stored = table.stored.iter().map(|column| declaration(column, type_name(&column.logical_type)));
    let in_path = format!("VARCHAR2({LONGEST_PARTITION})");
    let partitions = table.partition_columns().map(|column| declaration(column, in_path.clone()));
    let columns: Vec<String> = stored.chain(partitions).collect::<Result<_, _>>()?;

    let names: Vec<&str> = table.partition_columns().map(|column| column.name.as_str()).collect();
    let format = match names.is_empty() {
        true => r#"{"type": "parquet"}"#.into(),
        false => format!(
            "{{\"type\": \"parquet\",\n      \"implicit_partition_config\": {{\"partition_type\": \"hive\", \
             \"strict_column_order\": true,\n        \"partition_columns\": {}}}}}",
            json!(names)
        ),
    };
    let name: Vec<String> =
        request.name.parts().iter().map(|part| identifier(part)).collect::<Result<_, _>>()?;
    let credential = request.credential.as_deref().unwrap_or(CREDENTIAL);

    let mut script = remarks(request);
    script.statement(format!(
        "BEGIN\n  DBMS_CLOUD.CREATE_EXTERNAL_TABLE(\n    table_name      => {},\n    credential_name => {},\n    \
         file_uri_list   => {},\n    column_list     => {},\n    format          => {}\n  );\nEND;\n/",
        literal(&name.join(".")),
        literal(credential),
        literal(&files),
        long_literal(&columns),
        literal(&format),
    ));
    Ok(script)
}

/// Returns a script with the remarks about what Oracle's types cannot express.
fn remarks(request: &Request<'_>) -> Script {
    let (mut script, table) = (request.script(), request.table);
    script.remark(format!(
        "Text and bytes that are longer than {LONGEST} bytes cannot be read. Booleans are 0 and 1. Points in time are in UTC."
    ));
    if !table.partitions.is_empty() {
        script.remark("Partition columns are text, because Oracle takes them from the path.");
    }
    let nested = table.names_of(&LogicalType::is_nested);
    if !nested.is_empty() {
        script.remark(format!("Oracle reads nested values as JSON text: {}.", nested.join(", ")));
    }
    script
}

/// Returns the lake's URL for `DBMS_CLOUD`.
fn url(request: &Request<'_>) -> Result<String, String> {
    let encoded = |text: &str| utf8_percent_encode(text, IN_URL).to_string();
    let region = || {
        let example = "for example --region eu-frankfurt-1";
        request.region.as_deref().ok_or(format!("Oracle's URLs name the bucket's region: {example}"))
    };
    match &request.place {
        Place::Oci { bucket, namespace, prefix } => Ok(format!(
            "https://objectstorage.{}.oraclecloud.com/n/{namespace}/b/{bucket}/o/{}",
            region()?,
            encoded(prefix)
        )),
        Place::S3 { bucket, prefix } => {
            Ok(format!("https://{bucket}.s3.{}.amazonaws.com/{}", region()?, encoded(prefix)))
        }
        Place::Url(url) if url.starts_with("https://") => Ok(url.clone()),
        Place::Url(url) | Place::Folder(url) => {
            Err(format!("Oracle reads oci://, s3:// and https:// URLs, not {url}"))
        }
    }
}

fn declaration(column: &Column, type_name: String) -> Result<String, String> {
    Ok(format!("{} {type_name}", identifier(&column.name)?))
}

/// Returns a name as `DBMS_CLOUD` itself would spell it: in upper case, unless it needs quotes. Quotes keep the case, except around
/// reserved words.
///
/// Source: [column names](https://docs.oracle.com/iaas/autonomous-database-serverless/doc/avro-parquet-column-name.html).
fn identifier(name: &str) -> Result<String, String> {
    if name.contains('"') || name.len() > LONGEST_NAME {
        return Err(format!(
            "Oracle has no name for {name:?}: quotes and more than {LONGEST_NAME} bytes are not allowed"
        ));
    }
    let lower = name.to_lowercase();
    Ok(match () {
        () if is_plain(&lower) => name.to_uppercase(),
        () if is_reserved(&lower) => format!("\"{}\"", name.to_uppercase()),
        () => format!("\"{name}\""),
    })
}

/// Returns a list of columns as one expression, which may be longer than a literal.
fn long_literal(columns: &[String]) -> String {
    let mut pieces = vec![String::new()];
    for (index, column) in columns.iter().enumerate() {
        let separator = if index == 0 { "\n      " } else { ",\n      " };
        let piece = pieces.last_mut().expect("there is at least one piece");
        match piece.len() + separator.len() + column.len() > LITERAL {
            true => pieces.push(format!("{separator}{column}")),
            false => *piece += &format!("{separator}{column}"),
        }
    }
    let literals: Vec<String> = pieces.iter().map(|piece| literal(piece)).collect();
    match literals.as_slice() {
        [only] => only.clone(),
        several => several.iter().map(|piece| format!("TO_CLOB({piece})")).collect::<Vec<_>>().join(" || "),
    }
}

/// Returns the type that `DBMS_CLOUD` chooses itself.
///
/// Sources: [types](https://docs.oracle.com/en/cloud/paas/autonomous-database/serverless/adbsb/data-type-mapping-parquet.html) and
/// [nested types](https://docs.oracle.com/en/cloud/paas/autonomous-database/adbsa/complex-types-orc-avro-parquet.html).
pub(super) fn type_name(logical_type: &LogicalType) -> String {
    match logical_type {
        LogicalType::Text | LogicalType::List(_) | LogicalType::Struct(_) | LogicalType::Map(_) => {
            format!("VARCHAR2({LONGEST})")
        }
        LogicalType::Bytes => format!("RAW({LONGEST})"),
        LogicalType::Int32 => "NUMBER(10)".into(),
        LogicalType::Int64 => "NUMBER(19)".into(),
        LogicalType::Float64 => "BINARY_DOUBLE".into(),
        LogicalType::Decimal { precision, scale } => format!("NUMBER({precision}, {scale})"),
        LogicalType::Boolean => "NUMBER(1)".into(),
        LogicalType::Date => "DATE".into(),
        LogicalType::LocalTime | LogicalType::Instant => "TIMESTAMP(6)".into(),
    }
}
