use http::StatusCode;
use object_store::Error;
use oci_requests::Error as ClientError;

/// The name of this store in errors.
pub(crate) const STORE: &str = "OCI Object Storage";

/// Converts a client's error about the object, prefix or bucket at `path` to an error of [`object_store`].
pub(crate) fn of_client(error: ClientError, path: impl Into<String>) -> Error {
    let (path, code) = (path.into(), error.code().map(str::to_owned));
    let status = error.status();
    let source = Box::new(error);
    match status {
        // The service returns this to callers without access to the bucket, and sometimes falsely. It says nothing about the object.
        Some(StatusCode::NOT_FOUND)
            if matches!(code.as_deref(), Some("BucketNotFound" | "NamespaceNotFound")) =>
        {
            Error::Generic { store: STORE, source }
        }
        Some(StatusCode::NOT_FOUND) => Error::NotFound { path, source },
        Some(StatusCode::NOT_MODIFIED) => Error::NotModified { path, source },
        Some(StatusCode::PRECONDITION_FAILED) if code.as_deref() == Some("IfNoneMatchFailed") => {
            Error::AlreadyExists { path, source }
        }
        Some(StatusCode::PRECONDITION_FAILED) => Error::Precondition { path, source },
        Some(StatusCode::FORBIDDEN) => Error::PermissionDenied { path, source },
        Some(StatusCode::UNAUTHORIZED) => Error::Unauthenticated { path, source },
        _ => Error::Generic { store: STORE, source },
    }
}

/// Returns an error that does not come from the service.
pub(crate) fn generic(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Generic { store: STORE, source: source.into() }
}

/// Returns the error for something that this store or the service cannot do.
pub(crate) fn not_supported(what: &str) -> Error {
    Error::NotSupported { source: format!("{STORE} does not support {what}").into() }
}
