//! Determines the operation of a request from its method and path.

use http::Method;

use crate::control_plane::operations::operations;
use crate::wire::path;

/// A request to Functions: its operation, and the resource that it is for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Call {
    pub(crate) operation: Operation,
    /// The OCID in the path. Empty if the path has none.
    pub(crate) id: String,
}

operations! { ListApplications, GetApplication, ListFunctions, GetFunction, InvokeFunction }

/// The versions of the API: the documented one, and the one that Oracle's SDK for Python has used since 2.189.
const VERSIONS: [&str; 2] = ["20181201", "20260325"];

impl Call {
    /// Determines the operation for a method and a path as on the wire; `None` if this service does not have it.
    pub(crate) fn new(method: &Method, path: &str) -> Option<Self> {
        let parts = VERSIONS.into_iter().find_map(|version| path::parts(path, version))?;
        let (operation, id) = match (method.as_str(), &parts[..]) {
            ("GET", ["applications"]) => (Operation::ListApplications, ""),
            ("GET", ["applications", id]) => (Operation::GetApplication, *id),
            ("GET", ["functions"]) => (Operation::ListFunctions, ""),
            ("GET", ["functions", id]) => (Operation::GetFunction, *id),
            ("POST", ["functions", id, "actions", "invoke"]) => (Operation::InvokeFunction, *id),
            _ => return None,
        };
        Some(Self { operation, id: path::decoded(id)? })
    }
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::{Call, Operation};

    #[test]
    fn both_versions_of_the_api_are_known() {
        for (method, path, operation, id) in [
            (Method::GET, "/20181201/applications", Operation::ListApplications, ""),
            (Method::GET, "/20260325/applications/a%2eb", Operation::GetApplication, "a.b"),
            (Method::GET, "/20181201/functions/", Operation::ListFunctions, ""),
            (Method::GET, "/20260325/functions/f", Operation::GetFunction, "f"),
            (Method::POST, "/20181201/functions/f/actions/invoke", Operation::InvokeFunction, "f"),
        ] {
            assert_eq!(Call::new(&method, path), Some(Call { operation, id: id.to_owned() }), "{path}");
        }
        for path in
            ["/20180115/functions", "/20181201", "/20181201/functions/f/actions/invoke", "/n/functions"]
        {
            assert_eq!(Call::new(&Method::GET, path), None, "{path}");
        }
    }
}
