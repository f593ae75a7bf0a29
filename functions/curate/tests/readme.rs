//! The READMEs' tables say what the code does.

use curate::{Arguments, OCI_VARIABLES, SETTINGS};
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
fn every_setting_is_in_the_table_with_its_default_and_meaning() {
    for setting in SETTINGS {
        let or_dash = |text: Option<&str>| text.map_or("–".into(), |text| format!("`{text}`"));
        let option = or_dash(Some(setting.flag).filter(|flag| !flag.is_empty()));
        let row =
            format!("| `{}` | {option} | {} | {} |", setting.name, or_dash(setting.default), setting.about);
        assert!(README.lines().any(|line| line == row), "not in the README: {row}");
    }
    let known: BTreeSet<String> = SETTINGS.iter().map(|setting| setting.name.to_owned()).collect();
    assert_eq!(first_cells(README, "| setting |"), known);
}

#[test]
fn every_variable_by_which_oci_is_reached_is_in_the_table_and_no_other() {
    let known: BTreeSet<String> = OCI_VARIABLES.iter().map(|variable| variable.name.to_owned()).collect();
    assert_eq!(first_cells(CODES, "| variable | meaning |"), known);
    for variable in OCI_VARIABLES {
        let row = format!("| `{}` | {} |", variable.name, variable.about);
        assert!(CODES.lines().any(|line| line == row), "not in the README: {row}");
    }
}

#[test]
fn every_setting_is_in_the_help_with_its_variable_and_default() {
    let help = <Arguments as clap::CommandFactory>::command().render_long_help().to_string();
    for setting in SETTINGS.iter().filter(|setting| !setting.flag.is_empty()) {
        for part in [setting.flag, &format!("[{}]", setting.name), setting.default.unwrap_or_default()] {
            assert!(help.contains(part), "not in the help: {part}");
        }
    }
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
