//! The operations that rules can name, by the kind of fault that can hit them.

use super::catalog::Fault;
use super::effects::{BatchFault, DeliveryFault, Effect, GatewayFault, InvocationFault, RequestFault};
use crate::{api_gateway, connector_hub, events, functions, object_storage, streaming};

/// A class of operations that the same faults can hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// A request to a service.
    Request,
    /// A request whose response has no body.
    Head,
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

/// The conditions that a rule can set for the requests of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Conditions {
    pub(crate) bucket: bool,
    pub(crate) object: bool,
    pub(crate) stream: bool,
}

/// The operations that are not in a service's API.
const INTERNAL: [&str; 4] = ["CallFunction", "DeliverEvent", "GatewayRequest", "WriteBatch"];

/// The operations of the metadata service and of the federation of instance principals.
const INSTANCE: [&str; 2] = ["GetInstanceMetadata", "X509Federation"];

/// The operations of Object Storage whose path contains no bucket.
const WITHOUT_BUCKET: [&str; 4] = ["GetNamespace", "GetNamespaceMetadata", "ListBuckets", "CreateBucket"];

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
        Self::Head,
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
            "HeadBucket" | "HeadObject" => Self::Head,
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
            Self::Head => RequestFault::of(fault)
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
            Self::Request => "requests to services",
            Self::Head => "HeadBucket and HeadObject",
            Self::PutMessages => "PutMessages",
            Self::GatewayRequest => "GatewayRequest",
            Self::CallFunction => "CallFunction",
            Self::WriteBatch => "WriteBatch",
            Self::DeliverEvent => "DeliverEvent",
        }
    }
}

impl Conditions {
    /// Returns the conditions that rules for an operation can set; `*` stands for any operation.
    pub(crate) fn of(operation: &str) -> Self {
        let internal = matches!(operation, "CallFunction" | "DeliverEvent" | "GatewayRequest");
        let (any, batch) = (operation == "*", operation == "WriteBatch");
        let in_bucket =
            object_storage::Operation::NAMES.contains(&operation) && !WITHOUT_BUCKET.contains(&operation);
        let of_stream = streaming::Operation::NAMES.contains(&operation);
        Self {
            bucket: any || batch || internal || in_bucket,
            object: any || batch || internal || in_bucket,
            stream: any || batch || of_stream,
        }
    }
}
