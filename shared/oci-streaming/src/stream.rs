use crate::scope::Scope;
use oci_requests::{ConfigError, Endpoint};
use serde::{Deserialize, Serialize};

/// A stream, as the control plane describes it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stream {
    /// The stream's OCID.
    pub id: String,
    /// The stream's name, which is unique within its pool.
    pub name: String,
    /// Number of partitions. Their names are "0", "1", and so on.
    pub partitions: u32,
    /// How long the stream keeps messages, in hours. Listings omit it.
    pub retention_in_hours: Option<u32>,
    /// The OCID of the compartment.
    pub compartment_id: String,
    /// The OCID of the pool.
    pub stream_pool_id: String,
    /// `CREATING`, `ACTIVE`, `DELETING`, `DELETED`, `FAILED`, `UPDATING`, or a state newer than this crate.
    pub lifecycle_state: String,
    /// Details about the state.
    pub lifecycle_state_details: Option<String>,
    /// When the stream was created (RFC 3339).
    pub time_created: String,
    /// The URL at which the stream's messages are put and read.
    pub messages_endpoint: String,
}

/// The properties of a new stream, which cannot be changed later.
#[derive(Debug, Clone)]
pub struct CreateStream {
    name: String,
    partitions: u32,
    scope: Scope,
    retention_in_hours: Option<u32>,
}

/// The body of CreateStream.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreateStreamDetails<'a> {
    name: &'a str,
    partitions: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    compartment_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_pool_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retention_in_hours: Option<u32>,
}

impl Stream {
    /// Returns whether messages can be put and read.
    pub fn is_active(&self) -> bool {
        self.lifecycle_state == "ACTIVE"
    }

    pub(crate) fn endpoint(&self) -> Result<Endpoint, ConfigError> {
        self.messages_endpoint.parse()
    }
}

impl CreateStream {
    /// Describes a new stream with this many partitions in a compartment or pool.
    pub fn new(name: impl Into<String>, partitions: u32, scope: Scope) -> Self {
        CreateStream { name: name.into(), partitions, scope, retention_in_hours: None }
    }

    /// Sets how long messages are kept: 24 to 168 hours. The service's default is 24.
    pub fn retention_in_hours(mut self, hours: u32) -> Self {
        self.retention_in_hours = Some(hours);
        self
    }

    pub(crate) fn details(&self) -> CreateStreamDetails<'_> {
        let (compartment_id, stream_pool_id) = match &self.scope {
            Scope::Compartment(id) => (Some(id.as_str()), None),
            Scope::Pool(id) => (None, Some(id.as_str())),
        };
        let CreateStream { name, partitions, retention_in_hours, .. } = self;
        CreateStreamDetails {
            name,
            partitions: *partitions,
            compartment_id,
            stream_pool_id,
            retention_in_hours: *retention_in_hours,
        }
    }
}
