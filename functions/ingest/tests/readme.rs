//! The README's tables say what the code does.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use ingest::{RefusalCode, RejectionCode};
use std::collections::BTreeSet;

const README: &str = include_str!("../README.md");

/// The rows of the table whose header begins so, as cells.
fn rows(header: &str) -> Vec<Vec<String>> {
    let mut lines = README.lines().skip_while(|line| !line.starts_with(header));
    assert!(lines.next().is_some(), "there is no table {header}");
    let rows = lines.skip(1).take_while(|line| line.starts_with('|'));
    let cell = |cell: &str| cell.trim().trim_matches('`').to_owned();
    rows.map(|row| row.trim_matches('|').split('|').map(cell).collect()).collect()
}

#[test]
fn every_code_of_a_refused_request_is_in_the_table_with_its_status() {
    let known: BTreeSet<(String, String)> = RejectionCode::ALL
        .iter()
        .map(|code| (code.code().to_owned(), code.status().as_u16().to_string()))
        .collect();
    let told = rows("| code of a request |").into_iter().map(|row| (row[0].clone(), row[1].clone()));
    assert_eq!(told.collect::<BTreeSet<_>>(), known);
}

#[test]
fn every_code_of_a_refused_record_is_in_the_table() {
    let known: BTreeSet<String> = RefusalCode::OWN.iter().map(|code| code.code().to_owned()).collect();
    let told = rows("| code of a record |").into_iter().map(|mut row| row.swap_remove(0));
    assert_eq!(told.collect::<BTreeSet<_>>(), known);
}
