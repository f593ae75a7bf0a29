//! What a build without jq says about schemas that need it.
#![cfg(not(feature = "jq"))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use table::Schema;

#[test]
fn a_schema_with_a_filter_says_which_build_reads_it() {
    let text = br#"{"name":"t","version":1,"columns":[{"name":"device","type":"string","jq":".d"}]}"#;
    let problem = Schema::parse(text).unwrap_err().to_string();
    let expected = "column \"device\": jq: this build has no jq; use `bronzeworks curate`, or build with `--features jq`";
    assert_eq!(problem, expected);
}
