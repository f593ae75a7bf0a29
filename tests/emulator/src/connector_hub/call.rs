//! Determines the operation of a request from its method and path alone.

use http::Method;

use crate::control_plane::operations::operations;
use crate::wire::path;

/// A request to Connector Hub: its operation, and the resource that it is for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Call {
    pub(crate) operation: Operation,
    /// The OCID in the path, of a connector or a work request. Empty if the path has none.
    pub(crate) id: String,
}

operations! {
    ListServiceConnectors, CreateServiceConnector, GetServiceConnector, UpdateServiceConnector, DeleteServiceConnector,
    ActivateServiceConnector, DeactivateServiceConnector, ChangeServiceConnectorCompartment,
    ListWorkRequests, GetWorkRequest, ListWorkRequestErrors, ListWorkRequestLogs,
}

/// The API version, with which every path begins.
const VERSION: &str = "20200909";

impl Call {
    /// Determines the operation for a method and path; `None` if this service does not have it.
    pub(crate) fn new(method: &Method, path: &str) -> Option<Self> {
        use Operation::*;
        let (operation, id) = match (method.as_str(), &path::parts(path, VERSION)?[..]) {
            ("GET", ["serviceConnectors"]) => (ListServiceConnectors, ""),
            ("POST", ["serviceConnectors"]) => (CreateServiceConnector, ""),
            ("GET", ["serviceConnectors", id]) => (GetServiceConnector, *id),
            ("PUT", ["serviceConnectors", id]) => (UpdateServiceConnector, *id),
            ("DELETE", ["serviceConnectors", id]) => (DeleteServiceConnector, *id),
            ("POST", ["serviceConnectors", id, "actions", "activate"]) => (ActivateServiceConnector, *id),
            ("POST", ["serviceConnectors", id, "actions", "deactivate"]) => (DeactivateServiceConnector, *id),
            ("POST", ["serviceConnectors", id, "actions", "changeCompartment"]) => {
                (ChangeServiceConnectorCompartment, *id)
            }
            ("GET", ["workRequests"]) => (ListWorkRequests, ""),
            ("GET", ["workRequests", id]) => (GetWorkRequest, *id),
            ("GET", ["workRequests", id, "errors"]) => (ListWorkRequestErrors, *id),
            ("GET", ["workRequests", id, "logs"]) => (ListWorkRequestLogs, *id),
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
    fn every_path_of_the_sdk_has_its_operation() {
        for (method, path, operation, id) in [
            ("GET", "serviceConnectors", Operation::ListServiceConnectors, ""),
            ("POST", "serviceConnectors/", Operation::CreateServiceConnector, ""),
            ("PUT", "serviceConnectors/a%2eb", Operation::UpdateServiceConnector, "a.b"),
            ("POST", "serviceConnectors/c/actions/deactivate", Operation::DeactivateServiceConnector, "c"),
            ("GET", "workRequests", Operation::ListWorkRequests, ""),
            ("GET", "workRequests/w/logs", Operation::ListWorkRequestLogs, "w"),
        ] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let call = Call::new(&method, &format!("/20200909/{path}"));
            assert_eq!(call, Some(Call { operation, id: id.to_owned() }), "{path}");
        }
    }

    #[test]
    fn paths_of_other_services_and_versions_have_no_operation() {
        for path in [
            "/20180418/workRequests",
            "/workRequests",
            "/20200909",
            "/20200909/streams",
            "/20200909/serviceConnectors/c/actions/activate",
        ] {
            assert_eq!(Call::new(&Method::GET, path), None, "{path}");
        }
    }
}
