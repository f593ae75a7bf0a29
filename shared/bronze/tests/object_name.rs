//! Tests the object names that connectors write.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use bronze::ObjectName;

const CONNECTOR: &str = "ocid1.serviceconnector.oc1.uk-london-1.amaaaaaaexample";
const NAME: &str = "20240628T082842Z_20240628T083550Z.0.data.gz";

#[test]
fn a_connectors_name_is_parsed() {
    let name = format!("{CONNECTOR}/3/{NAME}");
    let parsed = ObjectName::parse(&name).unwrap();
    assert_eq!(parsed.connector, CONNECTOR);
    assert_eq!(parsed.partition, "3");
    assert_eq!((parsed.start, parsed.end), ("20240628T082842Z", "20240628T083550Z"));
    assert_eq!(parsed.sequence, 0);
}

#[test]
fn a_prefix_may_precede_the_folders_or_the_file() {
    for prefix in ["bronze/", "a/b/c/", "/data/2024/", "with_under_score/", "ocid1.serviceconnector.x/"] {
        let name = format!("{prefix}{CONNECTOR}/12/{NAME}");
        let parsed = ObjectName::parse(&name).unwrap();
        assert_eq!((parsed.connector, parsed.partition), (CONNECTOR, "12"), "{name}");
    }
    for prefix in ["ledger", "ledger_", "2024_", "a_b_"] {
        let name = format!("{CONNECTOR}/0/{prefix}{NAME}");
        let parsed = ObjectName::parse(&name).unwrap();
        assert_eq!((parsed.start, parsed.end), ("20240628T082842Z", "20240628T083550Z"), "{name}");
    }
}

#[test]
fn the_sequence_is_a_number() {
    let name = format!("{CONNECTOR}/0/20240628T082842Z_20240628T083550Z.17.data.gz");
    assert_eq!(ObjectName::parse(&name).unwrap().sequence, 17);
    let beyond = format!("{CONNECTOR}/0/20240628T082842Z_20240628T083550Z.99999999999999999999.data.gz");
    assert_eq!(ObjectName::parse(&beyond), None);
}

#[test]
fn any_other_name_is_not_a_connectors() {
    let wrong = [
        String::new(),
        NAME.into(),
        format!("0/{NAME}"),
        format!("somewhere/0/{NAME}"),
        format!("{CONNECTOR}/x/{NAME}"),
        format!("{CONNECTOR}//{NAME}"),
        format!("{CONNECTOR}/0/"),
        format!("{CONNECTOR}/0/{NAME}/"),
        format!("{CONNECTOR}/0/20240628T082842Z_20240628T083550Z.0.data"),
        format!("{CONNECTOR}/0/20240628T082842Z_20240628T083550Z.data.gz"),
        format!("{CONNECTOR}/0/20240628T082842Z_20240628T083550Z..data.gz"),
        format!("{CONNECTOR}/0/20240628T082842Z_20240628T083550Z.-1.data.gz"),
        format!("{CONNECTOR}/0/20240628T082842Z_20240628T083550Z.+1.data.gz"),
        format!("{CONNECTOR}/0/20240628T082842Z-20240628T083550Z.0.data.gz"),
        format!("{CONNECTOR}/0/20240628T082842_20240628T083550Z.0.data.gz"),
        format!("{CONNECTOR}/0/20240628t082842Z_20240628T083550Z.0.data.gz"),
        format!("{CONNECTOR}/0/2024062AT082842Z_20240628T083550Z.0.data.gz"),
        format!("{CONNECTOR}/0/_20240628T083550Z.0.data.gz"),
        format!("{CONNECTOR}/0/ééééééééé_20240628T083550Z.0.data.gz"),
    ];
    for name in wrong {
        assert_eq!(ObjectName::parse(&name), None, "{name}");
    }
}
