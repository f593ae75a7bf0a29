//! Checks that the book's reference matches the code.
//!
//! Blocks between `<!-- generated: … -->` and `<!-- end -->` are rendered from declarations and from the tool's help: `UPDATE=1 cargo test
//! -p bronzeworks --test reference` writes them. Tables after `<!-- checked: … -->` are written by hand; their first column is compared
//! with the code.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use ingest::{RefusalCode, RejectionCode};
use settings::{Program, reference};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// All pages with generated blocks.
const PAGES: [&str; 2] = ["reference/command-line.md", "reference/settings.md"];

const BEGIN: &str = "<!-- generated: ";
const END: &str = "<!-- end -->";

#[test]
fn generated_blocks_are_up_to_date() {
    let update = std::env::var_os("UPDATE").is_some();
    for name in PAGES {
        let text = page(name);
        let rendered = render(&text);
        if update {
            fs::write(path(name), rendered).unwrap();
        } else {
            assert!(
                text == rendered,
                "docs/src/{name} is out of date: UPDATE=1 cargo test -p bronzeworks --test reference"
            );
        }
    }
}

#[test]
fn the_table_of_codes_has_every_reason_and_no_other() {
    let known = table::Reason::ALL.iter().map(|reason| reason.code().to_owned()).collect();
    assert_eq!(first_cells("reference/quarantine.md", "reasons"), known);
}

#[test]
fn the_table_of_damage_has_every_kind_and_no_other() {
    let known = bronze::DamageKind::ALL.iter().map(|kind| kind.code().to_owned()).collect();
    assert_eq!(first_cells("reference/quarantine.md", "damage"), known);
}

#[test]
fn the_table_of_rejected_requests_has_every_code_with_its_status() {
    let known: BTreeSet<(String, String)> = RejectionCode::ALL
        .iter()
        .map(|code| (code.code().to_owned(), code.status().as_u16().to_string()))
        .collect();
    let shown =
        rows("reference/http-api.md", "rejections").into_iter().map(|row| (row[0].clone(), row[1].clone()));
    assert_eq!(shown.collect::<BTreeSet<_>>(), known);
}

#[test]
fn the_table_of_refused_records_has_every_code_that_is_not_the_tables() {
    let known = RefusalCode::OWN.iter().map(|code| code.code().to_owned()).collect();
    assert_eq!(first_cells("reference/http-api.md", "refusals"), known);
}

#[test]
fn the_table_of_types_has_every_type_and_no_other() {
    let known = table::ColumnType::REFERENCE.iter().map(|reference| reference.name.to_owned()).collect();
    assert_eq!(first_cells("reference/schema-file.md", "types"), known);
}

#[test]
fn the_command_line_page_has_the_help_of_every_verb() {
    let text = page("reference/command-line.md");
    let tool = bronzeworks::command();
    for verb in tool.get_subcommands().filter(|verb| !verb.is_hide_set()) {
        let mark = format!("{BEGIN}bronzeworks {} --help -->", verb.get_name());
        assert!(text.contains(&mark), "docs/src/reference/command-line.md has no block {mark:?}");
    }
}

#[test]
fn the_schemas_shown_are_schemas() {
    for name in ["reference/schema-file.md", "guides/schema.md", "guides/ddl.md", "tutorial/your-data.md"] {
        let text = page(name);
        let blocks = text.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap_or(rest));
        let schemas: Vec<_> = blocks.filter(|block| block.starts_with("{\n  \"name\"")).collect();
        assert!(!schemas.is_empty(), "{name} shows no schema");
        for schema in schemas {
            table::Schema::parse(schema.as_bytes()).unwrap();
        }
    }
}

/// Returns a page with its generated blocks as they should be.
fn render(text: &str) -> String {
    let mut parts = text.split(BEGIN);
    let mut rendered = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (what, rest) = part.split_once(" -->\n").expect("a mark ends its line");
        let (_, after) = rest.split_once(END).expect("every generated block has an end");
        rendered += &format!("{BEGIN}{what} -->\n\n{}\n\n{END}{after}", block(what).trim_end());
    }
    rendered
}

/// Returns the content of the block with this mark.
fn block(what: &str) -> String {
    match what {
        "settings curate" => reference::settings(&curate::COMMAND),
        "settings curate-function" => reference::settings(&curate::FUNCTION),
        "settings ingest" => reference::settings(&ingest::PROGRAM),
        "variables oci" => variables(&curate::COMMAND),
        help if help.starts_with("bronzeworks ") => format!("```text\n{}\n```", self::help(help).trim_end()),
        _ => panic!("nobody knows how to generate {what:?}"),
    }
}

fn variables(program: &Program) -> String {
    reference::variables(program.variables)
}

/// Returns what the tool prints for a command line.
fn help(line: &str) -> String {
    let arguments = line.split(' ').skip(1);
    // Independent of the width and the colors of a terminal.
    let output = Command::new(env!("CARGO_BIN_EXE_bronzeworks"))
        .args(arguments)
        .env("NO_COLOR", "1")
        .env("COLUMNS", "100")
        .output()
        .unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src").join(name)
}

fn page(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap()
}

/// Returns the rows of the table after a mark, as cells.
fn rows(page_name: &str, mark: &str) -> Vec<Vec<String>> {
    let text = page(page_name);
    let mark = format!("<!-- checked: {mark} -->");
    let mut lines = text.lines().skip_while(|line| *line != mark).skip(3);
    let cell = |cell: &str| cell.trim().trim_matches('`').to_owned();
    let rows: Vec<Vec<_>> = lines
        .by_ref()
        .take_while(|line| line.starts_with('|'))
        .map(|row| row.trim_matches('|').split('|').map(cell).collect())
        .collect();
    assert!(!rows.is_empty(), "docs/src/{page_name} has no table behind {mark}");
    rows
}

fn first_cells(page_name: &str, mark: &str) -> BTreeSet<String> {
    rows(page_name, mark).into_iter().map(|mut row| row.swap_remove(0)).collect()
}
