//! Which operation a request asks for, told from its method and path alone.

use http::Method;
use percent_encoding::percent_decode_str;

use crate::operations::operations;

/// A request to Functions, named.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Call {
    pub(crate) operation: Operation,
    /// The OCID in the path, if the operation has one.
    pub(crate) id: String,
}

operations! { ListApplications, GetApplication, ListFunctions, GetFunction, InvokeFunction }

/// The API's versions: the documented one, and the one that Oracle's SDK for Python has used since 2.189.
const VERSIONS: [&str; 2] = ["20181201", "20260325"];

impl Call {
    /// Names the operation of a path as on the wire; `None` is one that this service does not have.
    pub(crate) fn new(method: &Method, path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.strip_prefix('/')?.trim_end_matches('/').split('/').collect();
        let (version, rest) = parts.split_first()?;
        if !VERSIONS.contains(version) {
            return None;
        }
        let (operation, id) = match (method.as_str(), rest) {
            ("GET", ["applications"]) => (Operation::ListApplications, ""),
            ("GET", ["applications", id]) => (Operation::GetApplication, *id),
            ("GET", ["functions"]) => (Operation::ListFunctions, ""),
            ("GET", ["functions", id]) => (Operation::GetFunction, *id),
            ("POST", ["functions", id, "actions", "invoke"]) => (Operation::InvokeFunction, *id),
            _ => return None,
        };
        Some(Self { operation, id: percent_decode_str(id).decode_utf8().ok()?.into_owned() })
    }

    /// Whether the request has to sign its body: the invocation's is signed like any document.
    pub(crate) fn signs_content(&self) -> bool {
        self.operation == Operation::InvokeFunction
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
