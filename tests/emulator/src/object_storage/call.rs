//! Determines the operation of a request from its method and path.

use http::Method;

use crate::control_plane::operations::operations;
use crate::wire::path::decoded;

/// A request to Object Storage: its operation, and the resource that it is for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Call {
    pub(crate) operation: Operation,
    pub(crate) namespace: String,
    pub(crate) bucket: String,
    /// The object name, or the ID of a work request. `None` if the bytes of the path are not UTF-8.
    pub(crate) object: Option<String>,
}

operations! {
    GetNamespace, GetNamespaceMetadata,
    ListBuckets, CreateBucket, HeadBucket, GetBucket, UpdateBucket, DeleteBucket,
    ListObjects, ListObjectVersions, PutObject, GetObject, HeadObject, DeleteObject,
    RenameObject, CopyObject, BatchDeleteObjects,
    CreateMultipartUpload, ListMultipartUploads, UploadPart, CommitMultipartUpload, AbortMultipartUpload,
    ListMultipartUploadParts,
    ListPreauthenticatedRequests, ListReplicationPolicies, ListRetentionRules,
    ListWorkRequests, GetWorkRequest, CancelWorkRequest, ListWorkRequestErrors, ListWorkRequestLogs,
}

impl Call {
    /// Determines the operation for a method and a path as on the wire; `None` if the emulator does not implement it.
    pub(crate) fn new(method: &Method, path: &str) -> Option<Self> {
        let path = path.strip_prefix('/')?;
        // The object name is everything that follows, including all slashes.
        let parts: Vec<&str> = path.splitn(6, '/').collect();
        match (parts.first()?, parts.get(2).unwrap_or(&"")) {
            (&"n", &("b" | "")) => {}
            (&"workRequests", _) => return Self::work_request(method, &parts),
            _ => return None,
        }
        let part = |place: usize| parts.get(place).copied().unwrap_or("");
        let (namespace, bucket, kind, object) = (part(1), part(3), part(4), part(5));
        let operation = match (namespace, part(2), bucket, kind, object) {
            ("", "", "", "", "") => by_method(method, &[("GET", Operation::GetNamespace)]),
            (_, "", "", "", "") => by_method(method, &[("GET", Operation::GetNamespaceMetadata)]),
            (_, "b", "", "", "") => {
                by_method(method, &[("GET", Operation::ListBuckets), ("POST", Operation::CreateBucket)])
            }
            (_, "b", _, "", "") => by_method(
                method,
                &[
                    ("GET", Operation::GetBucket),
                    ("HEAD", Operation::HeadBucket),
                    ("POST", Operation::UpdateBucket),
                    ("PUT", Operation::UpdateBucket),
                    ("DELETE", Operation::DeleteBucket),
                ],
            ),
            (_, "b", _, "o", "") if method == Method::GET => Some(Operation::ListObjects),
            (_, "b", _, "o", _) => by_method(
                method,
                &[
                    ("GET", Operation::GetObject),
                    ("HEAD", Operation::HeadObject),
                    ("PUT", Operation::PutObject),
                    ("DELETE", Operation::DeleteObject),
                ],
            ),
            (_, "b", _, "u", "") => by_method(
                method,
                &[("GET", Operation::ListMultipartUploads), ("POST", Operation::CreateMultipartUpload)],
            ),
            (_, "b", _, "u", _) => by_method(
                method,
                &[
                    ("PUT", Operation::UploadPart),
                    ("POST", Operation::CommitMultipartUpload),
                    ("DELETE", Operation::AbortMultipartUpload),
                    ("GET", Operation::ListMultipartUploadParts),
                ],
            ),
            (_, "b", _, "objectversions", "") => by_method(method, &[("GET", Operation::ListObjectVersions)]),
            (_, "b", _, "p", "") => by_method(method, &[("GET", Operation::ListPreauthenticatedRequests)]),
            (_, "b", _, "replicationPolicies", "") => {
                by_method(method, &[("GET", Operation::ListReplicationPolicies)])
            }
            (_, "b", _, "retentionRules", "") => by_method(method, &[("GET", Operation::ListRetentionRules)]),
            (_, "b", _, "actions", action) => by_method(
                method,
                match action {
                    "renameObject" => &[("POST", Operation::RenameObject)],
                    "copyObject" => &[("POST", Operation::CopyObject)],
                    "batchDeleteObjects" => &[("POST", Operation::BatchDeleteObjects)],
                    _ => &[],
                },
            ),
            _ => None,
        }?;
        let object = if kind == "actions" { "" } else { object };
        Some(Self {
            operation,
            namespace: decoded(namespace)?,
            bucket: decoded(bucket)?,
            object: decoded(object),
        })
    }

    fn work_request(method: &Method, parts: &[&str]) -> Option<Self> {
        let part = |place: usize| parts.get(place).copied().unwrap_or("");
        let operation = match (method.as_str(), part(1), part(2)) {
            ("GET", "", "") => Operation::ListWorkRequests,
            ("GET", _, "") => Operation::GetWorkRequest,
            ("DELETE", _, "") => Operation::CancelWorkRequest,
            ("GET", _, "errors") => Operation::ListWorkRequestErrors,
            ("GET", _, "logs") => Operation::ListWorkRequestLogs,
            _ => return None,
        };
        let (namespace, bucket) = (String::new(), String::new());
        Some(Self { operation, namespace, bucket, object: decoded(part(1)) })
    }

    /// Returns whether the request must sign its body. All requests with a body must, except uploads.
    pub(crate) fn signs_content(&self, method: &Method) -> bool {
        let upload = matches!(self.operation, Operation::PutObject | Operation::UploadPart);
        !upload && matches!(method.as_str(), "POST" | "PUT" | "PATCH")
    }
}

fn by_method(method: &Method, operations: &[(&str, Operation)]) -> Option<Operation> {
    operations.iter().find(|(name, _)| *name == method.as_str()).map(|(_, operation)| *operation)
}

/// Checks that a plus in a path is a plus, and that everything that is not percent-encoded stands for itself.
#[cfg(test)]
mod tests {
    use http::Method;

    use super::{Call, Operation};

    #[test]
    fn an_objects_name_survives_byte_for_byte() {
        for (path, name) in [
            ("a/b", "a/b"),
            ("a%2Fb", "a/b"),
            ("a+b", "a+b"),
            ("a//b/../c/./", "a//b/../c/./"),
            ("/a", "/a"),
            ("%2E%2E/%20%25", "../ %"),
            ("actions/renameObject", "actions/renameObject"),
        ] {
            let call = Call::new(&Method::GET, &format!("/n/ns/b/bucket/o/{path}")).unwrap();
            assert_eq!((call.operation, call.object.as_deref()), (Operation::GetObject, Some(name)));
        }
        let call = Call::new(&Method::PUT, "/n/ns/b/bucket/o/%ff").unwrap();
        assert_eq!((call.operation, call.object), (Operation::PutObject, None));
    }

    #[test]
    fn a_path_without_an_object_is_about_the_bucket() {
        for (method, path, operation) in [
            (Method::GET, "/n", Operation::GetNamespace),
            (Method::GET, "/n/", Operation::GetNamespace),
            (Method::GET, "/n/ns", Operation::GetNamespaceMetadata),
            (Method::POST, "/n/ns/b/", Operation::CreateBucket),
            (Method::GET, "/n/ns/b/x/", Operation::GetBucket),
            (Method::GET, "/n/ns/b/x/o", Operation::ListObjects),
            (Method::GET, "/n/ns/b/x/o/", Operation::ListObjects),
            (Method::POST, "/n/ns/b/x/u", Operation::CreateMultipartUpload),
            (Method::POST, "/n/ns/b/x/actions/copyObject", Operation::CopyObject),
            (Method::GET, "/workRequests/1/errors", Operation::ListWorkRequestErrors),
        ] {
            assert_eq!(Call::new(&method, path).map(|call| call.operation), Some(operation), "{path}");
        }
        for path in ["/", "/x", "/n/ns/c/x", "/n/ns/b/x/y", "/n/ns/b/x/actions/fly"] {
            assert_eq!(Call::new(&Method::POST, path), None, "{path}");
        }
    }
}
