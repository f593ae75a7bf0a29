//! The server side of OCI's APIs, on one machine.
//!
//! An [`Emulator`] serves the native APIs of OCI Object Storage, Streaming, Connector Hub, Events and API Gateway over HTTP/1.1, and the
//! invoke API of OCI Functions for programs that it runs under the contract of Fn's agent. The deployments of API Gateway have their own
//! port. The state is kept in a folder or in memory.
//!
//! The emulator shares no code with the rest of the project, so that it rejects what a client gets wrong. It creates the credentials that
//! clients sign with, and injects failures according to [`Rule`]s and a seed. A [`Pipeline`] sets up everything from the gateway to the
//! lake at startup.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), emulator::StartError> {
//! use emulator::{Emulator, Fault, Options, Rule};
//!
//! let cloud = Emulator::start(Options::default()).await?;
//! cloud.faults().add(Rule::new("PutObject", Fault::ResetAfter).object("lake/*").first(1));
//! // … a client uses `cloud.url()` and the files in `cloud.folder()` …
//! assert!(cloud.requests().is_empty());
//! cloud.stop().await;
//! # Ok(())
//! # }
//! ```

mod access;
mod api_gateway;
mod assembly;
mod call;
pub mod cli;
mod clock;
mod connector_hub;
mod control;
mod control_plane;
mod emulator;
mod events;
mod faults;
mod front;
mod functions;
mod glob;
mod interference;
mod journal;
mod lock;
mod object_storage;
mod options;
mod pipeline;
mod pipeline_setup;
mod preflight;
mod random;
mod recent;
mod region;
mod request_log;
mod services;
mod state_folder;
mod status_page;
mod steady_clock;
mod streaming;
mod token_bucket;
mod wire;

pub use api_gateway::{
    DeploymentError, DeploymentStatus, GatewayOptions, GatewayRequest, GatewayRoute, GatewayStatus,
    RouteStatus,
};
pub use connector_hub::{
    ConnectorDetails, ConnectorError, ConnectorPartition, ConnectorStatus, CursorKind, FlushError, OpenWindow,
};
pub use emulator::{Emulator, StartError};
pub use events::{
    DeliveryState, Events, EventsMetrics, EventsOptions, RecentDelivery, RecentEvent, RuleError,
};
pub use faults::catalog::Fault;
pub use faults::in_force::Faults;
pub use faults::rule::{Rule, RuleError as FaultRuleError};
pub use functions::{
    ApplicationDefinition, DefinitionError, Failure, FunctionDefinition, Functions, Invocation,
    InvocationType, InvokeError, InvokeResponse, LogLine, RecentInvocation, Stream, Subject,
};
pub use options::Options;
pub use pipeline::Pipeline;
pub use pipeline_setup::PipelineError;
pub use request_log::LoggedRequest;
pub use state_folder::StateError;
pub use streaming::{
    GroupPartition, PartitionLoad, ReadError, StreamMessage, StreamReader, StreamSpec, StreamingOptions,
};
