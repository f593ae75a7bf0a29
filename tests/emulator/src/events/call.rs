//! Determines the operation of a request from its method and path alone.

use http::Method;

use crate::control_plane::operations::operations;
use crate::wire::path;

/// A request to Events: its operation, and the rule that it is for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Call {
    pub(crate) operation: Operation,
    /// The OCID of the rule in the path. Empty if the path has none.
    pub(crate) id: String,
}

operations! { ListRules, CreateRule, GetRule, UpdateRule, DeleteRule, ChangeRuleCompartment }

/// The API version, with which every path begins. Functions uses the same version with other paths.
const VERSION: &str = "20181201";

impl Call {
    /// Determines the operation for a method and path; `None` if this service does not have it.
    pub(crate) fn new(method: &Method, path: &str) -> Option<Self> {
        let (operation, id) = match (method.as_str(), &path::parts(path, VERSION)?[..]) {
            ("GET", ["rules"]) => (Operation::ListRules, ""),
            ("POST", ["rules"]) => (Operation::CreateRule, ""),
            ("GET", ["rules", id]) => (Operation::GetRule, *id),
            ("PUT", ["rules", id]) => (Operation::UpdateRule, *id),
            ("DELETE", ["rules", id]) => (Operation::DeleteRule, *id),
            ("POST", ["rules", id, "actions", "changeCompartment"]) => {
                (Operation::ChangeRuleCompartment, *id)
            }
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
    fn a_path_names_its_operation() {
        for (method, path, operation, id) in [
            (Method::GET, "/20181201/rules", Operation::ListRules, ""),
            (Method::POST, "/20181201/rules/", Operation::CreateRule, ""),
            (Method::GET, "/20181201/rules/ocid1%2Ex", Operation::GetRule, "ocid1.x"),
            (Method::PUT, "/20181201/rules/x", Operation::UpdateRule, "x"),
            (Method::DELETE, "/20181201/rules/x", Operation::DeleteRule, "x"),
            (
                Method::POST,
                "/20181201/rules/x/actions/changeCompartment",
                Operation::ChangeRuleCompartment,
                "x",
            ),
        ] {
            assert_eq!(Call::new(&method, path), Some(Call { operation, id: id.to_owned() }), "{path}");
        }
        for path in ["/20181201/functions", "/20180418/rules", "/20181201/rules/x/y", "/rules"] {
            assert_eq!(Call::new(&Method::GET, path), None, "{path}");
        }
    }
}
