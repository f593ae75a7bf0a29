use super::*;

fn find(name: &str, variables: &[(&str, &str)]) -> Result<Region, String> {
    Region::find(name, &variables.iter().copied().collect()).map_err(|error| error.to_string())
}

#[test]
fn all_85_regions_are_found_by_identifier_and_short_code() {
    let pairs: Vec<(&str, &str)> = REALMS
        .iter()
        .flat_map(|(_, _, regions)| regions.split_ascii_whitespace())
        .map(|pair| pair.split_once('=').unwrap())
        .collect();
    assert_eq!(pairs.len(), 85);
    for (short, identifier) in pairs {
        let region = find(identifier, &[]).unwrap();
        assert_eq!(region.identifier(), identifier);
        assert_eq!(find(&short.to_uppercase(), &[]).unwrap(), region);
        assert!(is_identifier(identifier), "{identifier}");
    }
}

#[test]
fn a_region_outside_the_commercial_realm_has_its_own_domain() {
    assert_eq!(find("eu-frankfurt-2", &[]).unwrap().domain(), "oraclecloud.eu");
    assert_eq!(find("us-luke-1", &[]).unwrap().domain(), "oraclegovcloud.com");
    assert_eq!(find("fra", &[]).unwrap().domain(), "oraclecloud.com");
}

#[test]
fn a_region_newer_than_the_table_is_found_in_the_environment() {
    let metadata = r#"{"realmKey":"oc99","realmDomainComponent":"oraclecloud99.com","regionKey":"XYZ","regionIdentifier":"xx-new-1"}"#;
    let region = find("xx-new-1", &[("OCI_REGION_METADATA", metadata)]).unwrap();
    assert_eq!((region.realm(), region.domain()), ("oc99", "oraclecloud99.com"));
    assert_eq!(find("xyz", &[("OCI_REGION_METADATA", metadata)]).unwrap(), region);
    // The metadata describes only this region.
    let other = find("eu-zurich-1", &[("OCI_REGION_METADATA", metadata)]).unwrap();
    assert_eq!(other.domain(), "oraclecloud.com");
}

#[test]
fn an_unknown_region_is_in_the_commercial_realm_unless_another_is_named() {
    assert_eq!(find("mars-olympus-1", &[]).unwrap().domain(), "oraclecloud.com");
    let domain = |realm| {
        find("mars-olympus-1", &[("OCI_DEFAULT_REALM", realm)]).map(|region| region.domain().to_owned())
    };
    assert_eq!(domain("oc19").unwrap(), "oraclecloud.eu");
    assert_eq!(domain("oracle.example").unwrap(), "oracle.example");
    assert!(domain("oc9999").unwrap_err().contains("oc9999"));
}

#[test]
fn a_word_that_is_not_a_region_is_an_error_and_not_a_host_name() {
    for name in ["", "frankfurt", "eu-frankfurt", "eu/../frankfurt-1", "evil.example/-1", "fra1 "] {
        assert!(find(name, &[]).is_err(), "{name}");
    }
    assert!(find("fra", &[("OCI_REGION_METADATA", "{}")]).unwrap_err().contains("OCI_REGION_METADATA"));
}

#[test]
fn a_file_of_regions_is_read_from_the_home_folder() {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".oci")).unwrap();
    let file = r#"[{"realmKey":"oc98","realmDomainComponent":"oc98.example","regionKey":"abc","regionIdentifier":"in-file-1"}]"#;
    std::fs::write(home.path().join(".oci/regions-config.json"), file).unwrap();
    let region = find("abc", &[("HOME", home.path().to_str().unwrap())]).unwrap();
    assert_eq!((region.identifier(), region.domain()), ("in-file-1", "oc98.example"));
}
