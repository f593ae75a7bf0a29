//! Functions: the API under `/20181201` and `/20260325`, and the agent that starts programs and invokes them over the socket contract.
//!
//! A function is a program on this machine instead of a container image. Functions are deployed when the emulator starts; the API can
//! list and invoke them.
//!
//! Not implemented: creating and changing applications and functions through the API, container images.

mod call;
mod capacity;
mod connection;
mod container;
mod definition;
mod environment;
mod failure;
mod function;
mod function_log;
mod guard;
mod gunzip;
mod host;
mod invocation;
mod invoke_function;
mod lines;
mod management;
mod memory;
mod ocid;
mod program;
mod recent;
mod request_head;
mod service;
mod settings;
mod socket;

pub(crate) use call::{Call, Operation};
pub use definition::{ApplicationDefinition, DefinitionError, FunctionDefinition};
pub use failure::{Failure, InvokeError};
pub use function_log::{LogLine, Stream};
pub use invocation::{Invocation, InvocationType, InvokeResponse, Subject};
pub use recent::RecentInvocation;
pub(crate) use request_head::without_hop_by_hop;
pub use service::Functions;
pub(crate) use service::REQUEST_CEILING;
pub(crate) use settings::Settings;
