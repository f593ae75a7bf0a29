//! Determines which service a request is for, and its operation.

use http::Method;

use crate::access::instance;
use crate::access::signature::Required;
use crate::faults::operation_class::Name;
use crate::{api_gateway, connector_hub, events, functions, object_storage, streaming};

/// A request, by service. To add a service, add a variant.
#[derive(Debug)]
pub(crate) enum Call {
    ObjectStorage(object_storage::Call),
    Streaming(streaming::Call),
    Functions(functions::Call),
    ConnectorHub(connector_hub::Call),
    Events(events::Call),
    ApiGateway(api_gateway::Call),
    /// The metadata service of an instance, or the federation that issues its tokens.
    Instance(instance::Call),
    /// No service has this path.
    Unknown,
}

impl Call {
    pub(crate) fn new(method: &Method, path: &str) -> Self {
        if let Some(call) = instance::Call::new(method, path) {
            return Self::Instance(call);
        }
        if let Some(call) = streaming::Call::new(method, path) {
            return Self::Streaming(call);
        }
        if let Some(call) = functions::Call::new(method, path) {
            return Self::Functions(call);
        }
        if let Some(call) = connector_hub::Call::new(method, path) {
            return Self::ConnectorHub(call);
        }
        if let Some(call) = events::Call::new(method, path) {
            return Self::Events(call);
        }
        if let Some(call) = api_gateway::Call::new(method, path) {
            return Self::ApiGateway(call);
        }
        object_storage::Call::new(method, path).map_or(Self::Unknown, Self::ObjectStorage)
    }

    pub(crate) fn operation(&self) -> &'static str {
        match self {
            Self::ObjectStorage(call) => call.operation.name(),
            Self::Streaming(call) => call.operation.name(),
            Self::Functions(call) => call.operation.name(),
            Self::ConnectorHub(call) => call.operation.name(),
            Self::Events(call) => call.operation.name(),
            Self::ApiGateway(call) => call.operation.name(),
            Self::Instance(call) => call.operation(),
            Self::Unknown => "Unknown",
        }
    }

    pub(crate) fn bucket(&self) -> Option<&str> {
        match self {
            Self::ObjectStorage(call) if self.has(Name::Bucket) => Some(call.bucket.as_str()),
            _ => None,
        }
    }

    pub(crate) fn object(&self) -> Option<&str> {
        match self {
            Self::ObjectStorage(call) if self.has(Name::Object) => call.object.as_deref(),
            _ => None,
        }
    }

    /// Returns the stream's OCID.
    pub(crate) fn stream(&self) -> Option<&str> {
        match self {
            Self::Streaming(call) if self.has(Name::Stream) => Some(call.id.as_str()),
            _ => None,
        }
    }

    fn has(&self, name: Name) -> bool {
        Name::of(self.operation()).contains(&name)
    }

    /// Returns what must be signed; `None` if the request needs no signature.
    pub(crate) fn required(&self, method: &Method) -> Option<Required> {
        match self {
            Self::ObjectStorage(call) => Some(Required { host: true, content: call.signs_content(method) }),
            Self::Streaming(call) => Some(Required { host: true, content: call.signs_content(method) }),
            // A body is always signed, even that of an invocation.
            Self::Functions(_) | Self::ConnectorHub(_) | Self::Events(_) | Self::ApiGateway(_) => {
                Some(Required { host: true, content: matches!(method.as_str(), "POST" | "PUT") })
            }
            Self::Instance(instance::Call::Federation) => Some(Required { host: false, content: true }),
            Self::Instance(_) => None,
            Self::Unknown => Some(Required { host: true, content: false }),
        }
    }
}
