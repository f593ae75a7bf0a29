//! Advice about sources that failed.

use crate::verb::Environment;
use curate::{Address, CurateError};
use lake::LakeError;
use settings::{Problem, Problems};

/// Returns advice about a source that failed, if there is any. `address` is what the user gave, or the URL of an object found there.
pub(crate) fn of(address: &str, error: &CurateError) -> Option<&'static str> {
    match error {
        _ if address == "-" => Some("sources are files, folders and URLs; stdin is not one of them"),
        _ if error.is_missing() && address.contains(['*', '?', '[']) => Some(
            "name a folder or a prefix; patterns like *.gz are expanded by the shell, and only without quotes",
        ),
        CurateError::NoObject { .. } => Some(
            "is the name right? If it is, choose other patterns with --names (NAMES), or name the objects themselves",
        ),
        CurateError::NoSchema { .. } => Some("`bronzeworks infer` drafts one from samples"),
        CurateError::Name { .. } => Some("for objects with other names, use --input json"),
        _ => None,
    }
}

/// Returns whether OCI cannot be reached or refuses. `lake` is the lake's address.
pub(crate) fn is_of_oci(address: &str, lake: &str, error: &CurateError) -> bool {
    match error {
        CurateError::Search { .. } | CurateError::Read { .. } => is_oci(address),
        CurateError::Lake { source, .. } | CurateError::OpenLake { source, .. } => {
            is_oci(lake) && !matches!(**source, LakeError::OtherTable { .. } | LakeError::BadTable { .. })
        }
        _ => false,
    }
}

fn is_oci(address: &str) -> bool {
    address.starts_with("oci://")
}

/// The variables with which OCI is a local cloud.
const LOCAL_CLOUD: [&str; 2] = ["OCI_CLI_CONFIG_FILE", "OCI_OBJECT_STORAGE_ENDPOINT"];

/// Advice about OCI for those who may mean a local cloud.
#[derive(Debug)]
pub(crate) struct CloudAdvice {
    /// The variables that are not set.
    missing: Vec<&'static str>,
}

impl CloudAdvice {
    pub(crate) fn new(environment: &Environment) -> Self {
        let is_set =
            |wanted: &str| environment.iter().any(|(name, value)| name == wanted && !value.is_empty());
        CloudAdvice { missing: LOCAL_CLOUD.into_iter().filter(|name| !is_set(name)).collect() }
    }

    /// Returns which variables to set for a local cloud, or `None` if all are set.
    pub(crate) fn hint(&self) -> Option<String> {
        let missing = self.missing.join(" and ");
        (!missing.is_empty())
            .then(|| format!("for a local cloud, set {missing} as printed by `bronzeworks local`"))
    }

    /// Returns the hint if one of these sources, to which there is no access, is in OCI.
    pub(crate) fn for_sources(&self, sources: &[Address]) -> Option<String> {
        sources.iter().any(|source| is_oci(&source.to_string())).then(|| self.hint()).flatten()
    }

    /// Returns the hint if OCI cannot be used for a setting whose value is a valid address.
    pub(crate) fn for_settings(&self, problems: &Problems) -> Option<String> {
        let is_about_oci = |problem: &Problem| match problem {
            Problem::Invalid { value, .. } => is_oci(value) && value.parse::<Address>().is_ok(),
            _ => false,
        };
        problems.problems.iter().any(is_about_oci).then(|| self.hint()).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use curate::Ignored;

    fn no_object(address: &str) -> Option<&'static str> {
        of(
            address,
            &CurateError::NoObject {
                address: address.to_owned(),
                names: "*.gz".into(),
                ignored: Ignored::default(),
            },
        )
    }

    fn search(address: &str) -> Option<&'static str> {
        of(address, &CurateError::Search { address: address.to_owned(), source: "".into() })
    }

    #[test]
    fn patterns_and_stdin_are_recognized() {
        assert!(search("-").unwrap().contains("stdin"));
        assert!(search("bronze/*.gz").unwrap().contains("without quotes"));
        assert!(no_object("oci://bronze@ns/2024-*").unwrap().contains("without quotes"));
        assert!(no_object("bronze").unwrap().contains("--names"));
        assert_eq!(search("bronze"), None);
    }

    #[test]
    fn the_variables_of_a_local_cloud_that_are_not_set_are_named() {
        let advice = |names: &[&str]| {
            let set = names.iter().map(|name| ((*name).into(), "x".into())).collect::<Environment>();
            CloudAdvice::new(&set)
        };
        let hint = advice(&[]).hint().unwrap();
        assert!(LOCAL_CLOUD.iter().all(|name| hint.contains(name)), "{hint}");
        assert!(!advice(&LOCAL_CLOUD[..1]).hint().unwrap().contains(LOCAL_CLOUD[0]));
        assert_eq!(advice(&LOCAL_CLOUD).hint(), None);
        let invalid = |value: &str| {
            let (origin, value) = ("--lake".to_owned(), value.to_owned());
            let problems = vec![Problem::Invalid { origin, value, problem: String::new() }];
            Problems { problems, warnings: Vec::new() }
        };
        assert!(advice(&[]).for_settings(&invalid("oci://lake@ns/")).is_some());
        assert!(advice(&[]).for_settings(&invalid("oci://lake")).is_none());
        assert!(advice(&[]).for_settings(&invalid("lake")).is_none());
    }

    #[test]
    fn a_failed_lake_is_ocis_if_it_is_in_oci() {
        let search = CurateError::Search { address: String::new(), source: "".into() };
        assert!(is_of_oci("oci://b@n/", "lake", &search));
        assert!(!is_of_oci("in.gz", "oci://lake@n/", &search));
    }
}
