//! The operations that rules can name, by the kind of fault that can hit them.

use super::catalog::Fault;
use super::effects::{BatchFault, DeliveryFault, Effect, GatewayFault, InvocationFault, RequestFault};
use crate::{api_gateway, connector_hub, events, functions, object_storage, streaming};

/// A class of operations that the same faults can hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// A request to a service whose response has a body.
    Request,
    /// A request to a service whose response has no body if it succeeds.
    Bodiless,
    PutMessages,
    /// A request to a gateway's deployment.
    GatewayRequest,
    /// An invocation on a function's process, whoever makes it.
    CallFunction,
    /// A connector's attempt to write an object.
    WriteBatch,
    /// An attempt to deliver an event to an action of a rule.
    DeliverEvent,
}

/// A name in a request's [`Subject`](super::subject::Subject), on which a rule can set a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Name {
    Bucket,
    Object,
    Stream,
}

/// The operations that are not in a service's API.
const INTERNAL: [&str; 4] = ["CallFunction", "DeliverEvent", "GatewayRequest", "WriteBatch"];

/// The operations of the metadata service and of the federation of instance principals.
const INSTANCE: [&str; 2] = ["GetInstanceMetadata", "X509Federation"];

/// The operations whose successful responses have no body.
const BODILESS: [&str; 30] = [
    "HeadBucket",
    "DeleteBucket",
    "PutObject",
    "HeadObject",
    "DeleteObject",
    "RenameObject",
    "CopyObject",
    "UploadPart",
    "CommitMultipartUpload",
    "AbortMultipartUpload",
    "CancelWorkRequest",
    "DeleteStream",
    "ChangeStreamCompartment",
    "DeleteStreamPool",
    "ChangeStreamPoolCompartment",
    "UpdateGroup",
    "CreateServiceConnector",
    "UpdateServiceConnector",
    "DeleteServiceConnector",
    "ActivateServiceConnector",
    "DeactivateServiceConnector",
    "ChangeServiceConnectorCompartment",
    "DeleteRule",
    "ChangeRuleCompartment",
    "UpdateGateway",
    "DeleteGateway",
    "ChangeGatewayCompartment",
    "UpdateDeployment",
    "DeleteDeployment",
    "ChangeDeploymentCompartment",
];

/// Returns every operation that a rule can name, except `*`.
pub(crate) fn operations() -> impl Iterator<Item = &'static str> {
    [
        object_storage::Operation::NAMES,
        streaming::Operation::NAMES,
        functions::Operation::NAMES,
        connector_hub::Operation::NAMES,
        events::Operation::NAMES,
        api_gateway::Operation::NAMES,
        &INTERNAL,
        &INSTANCE,
    ]
    .into_iter()
    .flatten()
    .copied()
}

impl Class {
    pub(crate) const ALL: [Self; 7] = [
        Self::Request,
        Self::Bodiless,
        Self::PutMessages,
        Self::GatewayRequest,
        Self::CallFunction,
        Self::WriteBatch,
        Self::DeliverEvent,
    ];

    /// Returns the class of an operation. An operation without a class of its own is a plain request.
    pub(crate) fn of(operation: &str) -> Self {
        match operation {
            "CallFunction" => Self::CallFunction,
            "DeliverEvent" => Self::DeliverEvent,
            "GatewayRequest" => Self::GatewayRequest,
            bodiless if BODILESS.contains(&bodiless) => Self::Bodiless,
            "PutMessages" => Self::PutMessages,
            "WriteBatch" => Self::WriteBatch,
            _ => Self::Request,
        }
    }

    pub(crate) fn can_be_hit_by(self, fault: &Fault) -> bool {
        match self {
            Self::Request => {
                RequestFault::of(fault).is_some_and(|effect| !matches!(effect, RequestFault::Entries(_)))
            }
            Self::Bodiless => RequestFault::of(fault)
                .is_some_and(|effect| !matches!(effect, RequestFault::Entries(_) | RequestFault::Body(_))),
            Self::PutMessages => RequestFault::of(fault).is_some(),
            Self::GatewayRequest => GatewayFault::of(fault).is_some(),
            Self::CallFunction => InvocationFault::of(fault).is_some(),
            Self::WriteBatch => BatchFault::of(fault).is_some(),
            Self::DeliverEvent => DeliveryFault::of(fault).is_some(),
        }
    }

    /// Describes the operations of the class for people.
    pub(crate) fn description(self) -> &'static str {
        match self {
            Self::Request => "requests with a response body",
            Self::Bodiless => "requests without a response body",
            Self::PutMessages => "PutMessages",
            Self::GatewayRequest => "GatewayRequest",
            Self::CallFunction => "CallFunction",
            Self::WriteBatch => "WriteBatch",
            Self::DeliverEvent => "DeliverEvent",
        }
    }
}

impl Name {
    /// Returns the names of an operation's requests: those in the path of an API call, and those of an internal operation.
    ///
    /// Requests show only these names to rules, so a condition on another name is never met.
    pub(crate) fn of(operation: &str) -> &'static [Self] {
        use Name::*;
        match operation {
            "HeadBucket"
            | "GetBucket"
            | "UpdateBucket"
            | "DeleteBucket"
            | "ListObjects"
            | "ListObjectVersions"
            | "RenameObject"
            | "CopyObject"
            | "BatchDeleteObjects"
            | "CreateMultipartUpload"
            | "ListMultipartUploads"
            | "ListPreauthenticatedRequests"
            | "ListReplicationPolicies"
            | "ListRetentionRules" => &[Bucket],
            "PutObject"
            | "GetObject"
            | "HeadObject"
            | "DeleteObject"
            | "UploadPart"
            | "CommitMultipartUpload"
            | "AbortMultipartUpload"
            | "ListMultipartUploadParts" => &[Bucket, Object],
            "GetStream"
            | "UpdateStream"
            | "DeleteStream"
            | "ChangeStreamCompartment"
            | "PutMessages"
            | "GetMessages"
            | "CreateCursor"
            | "CreateGroupCursor"
            | "ConsumerCommit"
            | "ConsumerHeartbeat"
            | "GetGroup"
            | "UpdateGroup" => &[Stream],
            "CallFunction" | "DeliverEvent" | "GatewayRequest" => &[Bucket, Object],
            "WriteBatch" => &[Bucket, Object, Stream],
            _ => &[],
        }
    }

    /// Returns the member of a rule that sets a condition on the name.
    pub(crate) fn member(self) -> &'static str {
        match self {
            Self::Bucket => "bucket",
            Self::Object => "object",
            Self::Stream => "stream",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use http::Method;

    use super::{BODILESS, Class, INSTANCE, INTERNAL, Name, operations};
    use crate::call::Call;

    /// The method and the path of a call for each operation whose requests have names, or could seem to.
    const CALLS: &[(&str, &str, &str)] = &[
        ("HEAD", "/n/ns/b/x", "HeadBucket"),
        ("GET", "/n/ns/b/x", "GetBucket"),
        ("POST", "/n/ns/b/x", "UpdateBucket"),
        ("DELETE", "/n/ns/b/x", "DeleteBucket"),
        ("GET", "/n/ns/b/x/o", "ListObjects"),
        ("GET", "/n/ns/b/x/objectversions", "ListObjectVersions"),
        ("PUT", "/n/ns/b/x/o/y", "PutObject"),
        ("GET", "/n/ns/b/x/o/y", "GetObject"),
        ("HEAD", "/n/ns/b/x/o/y", "HeadObject"),
        ("DELETE", "/n/ns/b/x/o/y", "DeleteObject"),
        ("POST", "/n/ns/b/x/actions/renameObject", "RenameObject"),
        ("POST", "/n/ns/b/x/actions/copyObject", "CopyObject"),
        ("POST", "/n/ns/b/x/actions/batchDeleteObjects", "BatchDeleteObjects"),
        ("POST", "/n/ns/b/x/u", "CreateMultipartUpload"),
        ("GET", "/n/ns/b/x/u", "ListMultipartUploads"),
        ("PUT", "/n/ns/b/x/u/y", "UploadPart"),
        ("POST", "/n/ns/b/x/u/y", "CommitMultipartUpload"),
        ("DELETE", "/n/ns/b/x/u/y", "AbortMultipartUpload"),
        ("GET", "/n/ns/b/x/u/y", "ListMultipartUploadParts"),
        ("GET", "/n/ns/b/x/p", "ListPreauthenticatedRequests"),
        ("GET", "/n/ns/b/x/replicationPolicies", "ListReplicationPolicies"),
        ("GET", "/n/ns/b/x/retentionRules", "ListRetentionRules"),
        ("GET", "/20180418/streams/s", "GetStream"),
        ("PUT", "/20180418/streams/s", "UpdateStream"),
        ("DELETE", "/20180418/streams/s", "DeleteStream"),
        ("POST", "/20180418/streams/s/actions/changeCompartment", "ChangeStreamCompartment"),
        ("POST", "/20180418/streams/s/messages", "PutMessages"),
        ("GET", "/20180418/streams/s/messages", "GetMessages"),
        ("POST", "/20180418/streams/s/cursors", "CreateCursor"),
        ("POST", "/20180418/streams/s/groupCursors", "CreateGroupCursor"),
        ("POST", "/20180418/streams/s/commit", "ConsumerCommit"),
        ("POST", "/20180418/streams/s/heartbeat", "ConsumerHeartbeat"),
        ("GET", "/20180418/streams/s/groups/g", "GetGroup"),
        ("PUT", "/20180418/streams/s/groups/g", "UpdateGroup"),
        ("GET", "/n", "GetNamespace"),
        ("POST", "/n/ns/b", "CreateBucket"),
        ("GET", "/workRequests/w", "GetWorkRequest"),
        ("GET", "/20180418/streams", "ListStreams"),
        ("GET", "/20180418/streampools/p", "GetStreamPool"),
        ("GET", "/20180418/workRequests/w", "GetWorkRequest"),
        ("GET", "/20190501/deployments/d", "GetDeployment"),
    ];

    #[test]
    fn requests_have_exactly_the_names_in_the_table() {
        for (method, path, operation) in CALLS {
            let call = Call::new(&Method::from_bytes(method.as_bytes()).unwrap(), path);
            assert_eq!(call.operation(), *operation, "{method} {path}");
            let names =
                [(Name::Bucket, call.bucket()), (Name::Object, call.object()), (Name::Stream, call.stream())];
            let found: Vec<Name> =
                names.into_iter().filter(|(_, name)| name.is_some()).map(|(name, _)| name).collect();
            assert_eq!(found, Name::of(operation), "{operation}");
        }
    }

    #[test]
    fn every_operation_with_names_is_tested_and_every_bodiless_one_exists() {
        let tested: BTreeSet<&str> = CALLS.iter().map(|(_, _, operation)| *operation).collect();
        let elsewhere = |operation: &str| INTERNAL.contains(&operation) || INSTANCE.contains(&operation);
        for operation in operations().filter(|operation| !elsewhere(operation)) {
            assert!(Name::of(operation).is_empty() || tested.contains(operation), "{operation}");
        }
        let bodiless: BTreeSet<&str> =
            operations().filter(|operation| Class::of(operation) == Class::Bodiless).collect();
        assert_eq!(bodiless.len(), BODILESS.len());
    }
}
