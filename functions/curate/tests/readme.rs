//! The READMEs' tables say what the code does.

use std::collections::BTreeSet;

const README: &str = include_str!("../../../README.md");
const CODES: &str = include_str!("../README.md");

/// The first cells of the rows of the table whose header begins so.
fn first_cells(text: &str, header: &str) -> BTreeSet<String> {
    let mut lines = text.lines().skip_while(|line| !line.starts_with(header));
    assert!(lines.next().is_some(), "there is no table {header}");
    let rows = lines.skip(1).take_while(|line| line.starts_with('|'));
    rows.filter_map(|row| row.split('|').nth(1))
        .map(|cell| cell.trim().trim_matches('`').to_owned())
        .collect()
}

#[test]
fn the_table_of_reasons_has_every_code_and_no_other() {
    let known: BTreeSet<String> = lake::Reason::all().map(|reason| reason.code().to_owned()).collect();
    assert_eq!(first_cells(CODES, "| code | the line"), known);
}

#[test]
fn the_table_of_damage_has_every_code_and_no_other() {
    let known: BTreeSet<String> = bronze::DamageKind::ALL.iter().map(|kind| kind.code().to_owned()).collect();
    assert_eq!(first_cells(CODES, "| code | meaning"), known);
}

#[test]
fn the_table_of_types_has_types_that_a_schema_takes() {
    for name in first_cells(README, "| type |") {
        let name = name.replace("(p,s)", "(38,18)");
        let file = format!(r#"{{"name":"t","version":1,"columns":[{{"name":"c","type":"{name}"}}]}}"#);
        assert!(table::Schema::parse(file.as_bytes()).is_ok(), "{name}");
    }
    let error = table::Schema::parse(br#"{"name":"t","version":1,"columns":[{"name":"c","type":"?"}]}"#);
    let listed = error.unwrap_err().to_string();
    for name in first_cells(README, "| type |") {
        assert!(listed.contains(&name), "{name} is not among {listed}");
    }
}

#[test]
fn the_schemas_shown_are_some() {
    let blocks = README.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap_or(rest));
    let schemas: Vec<_> = blocks.filter(|block| block.starts_with("{\n  \"name\"")).collect();
    assert_eq!(schemas.len(), 2);
    for schema in schemas {
        table::Schema::parse(schema.as_bytes()).unwrap();
    }
}
