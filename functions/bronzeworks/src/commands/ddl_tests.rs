use super::logical_type::LogicalType;
use super::*;
use ::table::ColumnType;
use arrow_schema::{DataType, Field, Fields};
use std::fs;
use std::path::{Path, PathBuf};

const READINGS: &[u8] = include_bytes!("../../tests/ddl/readings.json");
const EVENTS: &[u8] = include_bytes!("../../tests/ddl/events.json");

fn schema(text: &[u8]) -> Schema {
    Schema::parse(text).unwrap()
}

/// Returns a schema with columns of these types, each named `c0`, `c1`, …
fn of_types(types: &[&str], partition_by: &str) -> Schema {
    let column = |(at, name): (usize, &&str)| format!(r#"{{"name": "c{at}", "type": "{name}"}}"#);
    let columns: Vec<String> = types.iter().enumerate().map(column).collect();
    let columns = columns.join(",");
    schema(
        format!(r#"{{"name": "t", "version": 1, "columns": [{columns}], "partition_by": [{partition_by}]}}"#)
            .as_bytes(),
    )
}

/// Returns what `bronzeworks ddl` prints with these options.
fn ddl(schema: &Schema, options: &str) -> Result<String, String> {
    let line = format!("ddl x {options}");
    let matches = command(Command::new("ddl")).try_get_matches_from(line.split(' '));
    statements(&matches.map_err(|error| error.to_string())?, schema)
}

/// Compares a text with a file, or writes the file if `UPDATE` is set.
fn assert_golden(name: &str, text: &str) {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ddl").join(name);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, text).unwrap();
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    assert!(golden == text, "{name} is out of date (UPDATE=1 cargo test -p bronzeworks --lib ddl):\n{text}");
}

#[test]
fn the_statements_for_the_ledger_are_those_in_the_files() {
    for (engine, location, more) in [
        ("oracle", "oci://lake@namespace/journal", " --region eu-frankfurt-1 --credential LAKE"),
        ("spark", "oci://lake@namespace/journal", ""),
        ("trino", "oci://lake@namespace/journal", " --table finance.ledger"),
        ("athena", "s3://lake/journal", ""),
        ("duckdb", "./lake", ""),
        ("iceberg", "oci://lake@namespace/journal", " --table lake.finance.ledger"),
    ] {
        let text = ddl(&Schema::gl_journal(), &format!("--engine {engine} --location {location}{more}"));
        assert_golden(&format!("ledger.{engine}.sql"), &text.unwrap());
    }
}

#[test]
fn the_statements_for_a_table_with_all_kinds_of_columns_are_those_in_the_files() {
    for (engine, location) in [
        ("spark", "s3://lake/it's"),
        ("trino", "/data/it's"),
        ("duckdb", "/data/[it's]*"),
        ("iceberg", "s3://lake/it's"),
    ] {
        let text = ddl(&schema(READINGS), &format!("--engine {engine} --location {location}"));
        assert_golden(&format!("readings.{engine}.sql"), &text.unwrap());
    }
    // Oracle and Athena have no name for one of the columns.
    let without = String::from_utf8(READINGS.to_vec()).unwrap().replace(r#"say \"hi\" `x` it's"#, "remark");
    let oracle = "--engine oracle --location oci://lake@namespace/é --region eu-frankfurt-1";
    assert_golden("readings.oracle.sql", &ddl(&schema(without.as_bytes()), oracle).unwrap());
    let plain = without.replace("Measured At", "MeasuredAt").replace("`Sold at`", "SoldAt");
    let athena = "--engine athena --location s3://lake/it's";
    assert_golden("readings.athena.sql", &ddl(&schema(plain.as_bytes()), athena).unwrap());
}

#[test]
fn every_type_has_a_name_in_every_engine() {
    let names: Vec<String> = ColumnType::REFERENCE
        .iter()
        .map(|reference| {
            reference.name.replace("p,s", "9,2").replace(", ...", "").replace(", …", "").replace('T', "int32")
        })
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let schema = of_types(&names, "");
    for engine in ENGINES {
        let options = format!("--engine {} --location s3://lake/t", engine.name);
        let region = if engine.name == "oracle" { " --region r" } else { "" };
        let text = ddl(&schema, &format!("{options}{region}")).unwrap();
        let everywhere = text.contains("read_parquet")
            || (0..names.len()).all(|at| text.to_lowercase().contains(&format!("c{at} ")));
        assert!(everywhere, "{text}");
    }
}

#[test]
fn nested_types_have_names_in_every_engine() {
    let list = |inner: DataType| DataType::List(Field::new("element", inner, true).into());
    let members = Fields::from(vec![
        Field::new("qty", DataType::Decimal128(9, 2), true),
        Field::new("Sold at", list(DataType::Date32), true),
    ]);
    let entry = Fields::from(vec![
        Field::new("key", DataType::Utf8, false),
        Field::new("value", DataType::Struct(members), true),
    ]);
    let map = DataType::Map(Field::new("key_value", DataType::Struct(entry), false).into(), false);
    let nested = LogicalType::of(&list(map)).unwrap();
    assert_eq!(
        spark::type_name(&nested),
        "ARRAY<MAP<STRING, STRUCT<qty: DECIMAL(9, 2), `Sold at`: ARRAY<DATE>>>>"
    );
    assert_eq!(
        trino::type_name(&nested),
        r#"array(map(varchar, row(qty decimal(9, 2), "Sold at" array(date))))"#
    );
    assert_eq!(
        athena::type_name(&nested),
        "array<map<string,struct<qty:decimal(9, 2),`Sold at`:array<date>>>>"
    );
    assert_eq!(oracle::type_name(&nested), "VARCHAR2(32767)");
    assert!(nested.any(&|inner| *inner == LogicalType::Date) && !nested.any(&LogicalType::is_time));
}

#[test]
fn what_an_engine_cannot_express_is_explained() {
    for (options, problem) in [
        ("--engine oracle --location oci://lake@ns/x", "--region"),
        ("--engine oracle --location ./lake", "not ./lake/"),
        ("--engine oracle --location s3://lake/x --region r", "Oracle has no name for"),
        ("--engine athena --location ./lake", "s3:// URLs only"),
        ("--engine athena --location oci://lake@ns/x", "s3:// URLs only"),
        ("--engine athena --location s3://lake/x", "Athena allows only letters"),
        ("--engine athena --location s3://lake/x", "\"Sold at\""),
        ("--engine trino --location ./lake", "absolute path"),
        ("--engine spark --location ./lake --region r", "--region is not an option of --engine spark"),
        ("--engine duckdb --location oci://lake/x", "oci://BUCKET@NAMESPACE/PREFIX"),
        ("--engine duckdb --location x --table a..b", "CATALOG.SCHEMA.TABLE"),
        ("--engine athena --location s3://lake/x --since 2024-13-01", "YYYY-MM-DD"),
        ("--engine oracle --location oci://lake@ns/x --region a/b", "eu-frankfurt-1"),
        ("--engine hive --location x", "possible values"),
    ] {
        let explained = ddl(&schema(READINGS), options).unwrap_err();
        assert!(explained.contains(problem), "{options}: {explained}");
    }
}

#[test]
fn athena_projects_partitions_only_if_no_row_is_lost_or_the_user_says_when_the_data_begins() {
    let athena =
        |schema: &Schema, more: &str| ddl(schema, &format!("--engine athena --location s3://lake/t{more}"));
    assert_golden("events.athena.sql", &athena(&schema(EVENTS), "").unwrap());
    let by_time = of_types(
        &["timestamp", "date"],
        r#"{"name": "y", "from": "c0", "transform": "year"}, {"name": "m", "from": "c0", "transform": "month"},
           {"name": "d", "from": "c1", "transform": "day"}, {"name": "h", "from": "c0", "transform": "hour"}, "c1""#,
    );
    assert!(athena(&by_time, "").unwrap().contains("MSCK REPAIR TABLE t;"));
    assert_golden("times.athena.sql", &athena(&by_time, " --since 2024-06-28").unwrap());
    let text = of_types(&["string", "boolean"], r#""c0", "c1""#);
    assert!(athena(&text, " --since 2024-06-28").unwrap_err().contains("cannot project \"c0\""));
    // A boolean that may be null is listed by the catalog.
    assert!(athena(&of_types(&["boolean", "int32"], r#""c0""#), "").unwrap().contains("MSCK"));
    let capital = of_types(&["string"], r#"{"name": "Day", "from": "_enqueued_at", "transform": "day"}"#);
    assert!(athena(&capital, "").unwrap_err().contains("capitals: \"Day\""));
}

#[test]
fn how_to_reach_oci_through_the_s3_api_is_a_remark() {
    for engine in ["trino", "duckdb"] {
        let text =
            ddl(&schema(EVENTS), &format!("--engine {engine} --location oci://lake@ns/events")).unwrap();
        let remarks: String = text.lines().filter(|line| line.starts_with("--")).collect();
        assert!(remarks.contains("ns.compat.objectstorage.REGION.oraclecloud.com"), "{text}");
        assert!(text.contains("'s3://lake/events/"), "{text}");
    }
}

#[test]
fn a_table_without_partitions_needs_no_second_statement() {
    let schema = of_types(&["string"], "");
    for engine in ENGINES {
        let region = if engine.name == "oracle" { " --region r" } else { "" };
        let text = ddl(&schema, &format!("--engine {} --location s3://lake/t{region}", engine.name)).unwrap();
        for word in ["PARTITION", "partition_columns", "hive_types", "second statement", "CALL"] {
            assert!(!text.contains(word), "{}: {text}", engine.name);
        }
    }
}

#[test]
fn trino_finds_folders_whose_names_have_capitals_and_in_the_right_catalog() {
    let schema = of_types(&["string"], r#"{"name": "Day", "from": "_enqueued_at", "transform": "day"}"#);
    let text = ddl(&schema, "--engine trino --location s3://lake/t --table hive.Sales.T").unwrap();
    assert!(text.contains(r#"CREATE TABLE hive."Sales"."T" ("#), "{text}");
    assert!(text.contains("partitioned_by = ARRAY['day']"), "{text}");
    assert!(
        text.ends_with("CALL hive.system.sync_partition_metadata('sales', 't', 'FULL', false);\n"),
        "{text}"
    );
}

#[test]
fn a_list_of_columns_that_is_longer_than_a_literal_of_oracle_is_joined_from_several() {
    let column = |at| format!(r#"{{"name": "a_column_with_the_number_{at}", "type": "string"}}"#);
    let columns: Vec<String> = (0..::table::MAX_COLUMNS).map(column).collect();
    let wide =
        format!(r#"{{"name": "t", "version": 1, "columns": [{}], "partition_by": []}}"#, columns.join(","));
    let text = ddl(&schema(wide.as_bytes()), "--engine oracle --location s3://lake/t --region r").unwrap();
    let list = text.split("column_list     => ").nth(1).unwrap();
    assert!(
        list.starts_with("TO_CLOB('\n      A_COLUMN") && list.contains("') || TO_CLOB(',\n      A_COLUMN")
    );
    assert!(list.split("TO_CLOB(").all(|piece| piece.len() < 32_767));
    assert_eq!(list.matches("A_COLUMN_WITH_THE_NUMBER_").count(), ::table::MAX_COLUMNS);
}
