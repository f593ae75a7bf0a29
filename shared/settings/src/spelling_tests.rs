use super::*;
use crate::{Setting, Variable, parse};

const PROGRAM: Program = Program {
    name: "curate",
    settings: &[
        Setting::required("LAKE_URL", "URL", parse::text, "").declaration(),
        Setting::required("TABLE_SCHEMA", "NAME", parse::text, "").declaration(),
        Setting::required("MEMORY", "SIZE", parse::text, "").declaration(),
        Setting::required("JOBS", "N", parse::text, "").declaration(),
        Setting::required("MAX_LINE", "SIZE", parse::text, "").declaration(),
    ],
    variables: &[Variable { name: "OCI_CLI_PROFILE", help: "" }],
    prefixes: &["CURATE_"],
};

fn verdict(name: &str) -> String {
    match judge(&PROGRAM, name) {
        Verdict::Foreign => "foreign".into(),
        Verdict::Warning(warning) => format!("warning: {warning}"),
        Verdict::Problem(problem) => format!("problem: {problem}"),
    }
}

#[test]
fn a_near_miss_is_a_warning() {
    for (name, meant) in [
        ("LAKE_ULR", "LAKE_URL"),
        ("LAKE_URI", "LAKE_URL"),
        ("lake_url", "LAKE_URL"),
        ("TABLE_SCHEMAS", "TABLE_SCHEMA"),
        ("TABEL_SCEHMA", "TABLE_SCHEMA"),
        ("MAX_LINES", "MAX_LINE"),
        ("JOB", "JOBS"),
        ("MEMROY", "MEMORY"),
        ("memory", "MEMORY"),
    ] {
        assert_eq!(verdict(name), format!("warning: {name} is ignored; did you mean {meant}?"));
    }
}

#[test]
fn a_near_miss_of_a_variable_of_ocis_tools_is_a_problem() {
    for name in ["OCI_CLI_PROFIL", "OCI_CLI_PORFILE"] {
        assert_eq!(verdict(name), format!("problem: {name} is not a setting; did you mean OCI_CLI_PROFILE?"));
    }
}

#[test]
fn an_unknown_variable_with_a_prefix_of_ours_is_a_problem() {
    assert_eq!(verdict("CURATE_SPEED"), "problem: CURATE_SPEED is not a setting");
}

#[test]
fn variables_that_kubernetes_sets_are_foreign() {
    for name in [
        "CURATE_SERVICE_HOST",
        "CURATE_SERVICE_PORT",
        "CURATE_SERVICE_PORT_HTTP",
        "CURATE_PORT",
        "CURATE_PORT_8080_TCP",
        "CURATE_PORT_8080_TCP_ADDR",
        "LAKE_SERVICE_HOST",
        "LAKE_PORT",
        "TABLE_SERVICE_PORT",
    ] {
        assert_eq!(verdict(name), "foreign", "{name}");
    }
}

#[test]
fn variables_that_other_programs_use_are_foreign() {
    for name in ["PATH", "MEMORY_PRESSURE_WATCH", "SCHEMA", "COLUMNS", "LAKE_HOUSE", "OCI_CLI_RC_FILE"] {
        assert_eq!(verdict(name), "foreign", "{name}");
    }
}
