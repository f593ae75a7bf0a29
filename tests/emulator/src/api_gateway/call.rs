//! Determines the operation of a request from its method and path alone.

use http::Method;

use crate::control_plane::operations::operations;
use crate::wire::path;

/// A request to the control plane: its operation, and the resource that it is for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Call {
    pub(crate) operation: Operation,
    /// The OCID in the path, of a gateway, a deployment or a work request. Empty if the path has none.
    pub(crate) id: String,
}

operations! {
    ListGateways, CreateGateway, GetGateway, UpdateGateway, DeleteGateway, ChangeGatewayCompartment,
    ListDeployments, CreateDeployment, GetDeployment, UpdateDeployment, DeleteDeployment, ChangeDeploymentCompartment,
    ListWorkRequests, GetWorkRequest, ListWorkRequestErrors, ListWorkRequestLogs,
}

/// The API version, with which every path begins.
const VERSION: &str = "20190501";

impl Call {
    /// Determines the operation for a method and path; `None` if the emulator does not implement it.
    pub(crate) fn new(method: &Method, path: &str) -> Option<Self> {
        use Operation::*;
        let (operation, id) = match (method.as_str(), &path::parts(path, VERSION)?[..]) {
            ("GET", ["gateways"]) => (ListGateways, ""),
            ("POST", ["gateways"]) => (CreateGateway, ""),
            ("GET", ["gateways", id]) => (GetGateway, *id),
            ("PUT", ["gateways", id]) => (UpdateGateway, *id),
            ("DELETE", ["gateways", id]) => (DeleteGateway, *id),
            ("POST", ["gateways", id, "actions", "changeCompartment"]) => (ChangeGatewayCompartment, *id),
            ("GET", ["deployments"]) => (ListDeployments, ""),
            ("POST", ["deployments"]) => (CreateDeployment, ""),
            ("GET", ["deployments", id]) => (GetDeployment, *id),
            ("PUT", ["deployments", id]) => (UpdateDeployment, *id),
            ("DELETE", ["deployments", id]) => (DeleteDeployment, *id),
            ("POST", ["deployments", id, "actions", "changeCompartment"]) => {
                (ChangeDeploymentCompartment, *id)
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
    fn method_and_path_determine_the_operation() {
        for (method, path, operation, id) in [
            (Method::GET, "/20190501/gateways", Operation::ListGateways, ""),
            (Method::POST, "/20190501/gateways/", Operation::CreateGateway, ""),
            (Method::PUT, "/20190501/deployments/a%2eb", Operation::UpdateDeployment, "a.b"),
            (Method::GET, "/20190501/workRequests/w/logs", Operation::ListWorkRequestLogs, "w"),
        ] {
            assert_eq!(Call::new(&method, path), Some(Call { operation, id: id.to_owned() }), "{path}");
        }
        for path in ["/20190501", "/20190501/apis", "/20180418/workRequests", "/n/gateways"] {
            assert_eq!(Call::new(&Method::GET, path), None, "{path}");
        }
    }
}
