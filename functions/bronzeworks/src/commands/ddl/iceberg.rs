//! An Iceberg table, filled by Spark SQL.

use super::engine::{Engine, Request};
use super::identifier::{backslash_literal, identifier};
use super::script::{Script, list};
use super::spark;
use super::table_name::TableName;

pub(super) const ENGINE: Engine = Engine {
    name: "iceberg",
    help: "an Iceberg table with a copy of the lake's rows, made by Spark SQL",
    options: &[],
    write,
};

fn write(request: &Request<'_>) -> Result<Script, String> {
    let mut script = request.script();
    let (table, name) = (request.table, request.name.sql('`'));
    // A temporary view has no catalog and no schema.
    let files: TableName = format!("{}_files", request.name.last()).parse()?;
    let files = files.sql('`');
    let location = backslash_literal(&escaped(&spark::url(&request.place)));
    let columns = list(table.columns().map(spark::column));
    script.remark(
        "The Iceberg table is a copy of the rows that are in the lake now; run the statements again to refresh it. \
         Iceberg reads files by the field ids in them. CREATE TABLE assigns ids of its own, so add_files would \
         read the lake's files wrongly.",
    );
    let partitions: Vec<String> =
        table.partition_columns().map(|column| identifier(&column.name, '`')).collect();
    let partitioned = match partitions.is_empty() {
        true => String::new(),
        false => format!("PARTITIONED BY ({})\n", partitions.join(", ")),
    };
    script.statement(format!(
        "CREATE OR REPLACE TEMPORARY VIEW {files} {columns}\nUSING PARQUET\nOPTIONS (path {location});"
    ));
    script.statement(format!(
        "CREATE OR REPLACE TABLE {name}\nUSING ICEBERG\n{partitioned}AS SELECT * FROM {files};"
    ));
    Ok(script)
}

/// Returns a path in which no character is a pattern of Hadoop's. Only a view's path is a pattern, a table's is not.
fn escaped(path: &str) -> String {
    let mut text = String::new();
    for character in path.chars() {
        if matches!(character, '{' | '}' | '[' | ']' | '*' | '?' | '\\') {
            text.push('\\');
        }
        text.push(character);
    }
    text
}
