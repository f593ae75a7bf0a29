//! API Gateway: the API under `/20190501`, and the gateways' own port, where requests go on to functions.
//!
//! All gateways share the port. A request is for the gateway whose label is the first part of its `host`
//! ([`record::GatewayRecord::label`]); under any other name it is for the gateway that has the longest prefix of its path, and of
//! several such for the oldest.
//!
//! Not here, and refused by name: back ends over HTTP and chosen at run time, log-in and log-out, authentication, CORS, mutual TLS,
//! usage plans, validation and transformation of requests and answers, caches, certificates, IPv6 addresses, locks. Logging policies
//! are accepted: every request is in the emulator's log whatever they say.

mod body_budget;
mod call;
mod crowd;
mod data_plane;
mod deployed;
mod deployments;
mod ensure_deployment;
mod failure;
mod from_function;
mod gateways;
mod held_body;
mod listener;
mod listing;
mod patient_stream;
mod rate_limiter;
mod receive;
mod recent;
mod record;
mod registry;
mod route_path;
mod service;
mod settings;
mod specification;
mod status;
mod to_function;

pub(crate) use call::{Call, Operation};
pub use ensure_deployment::{DeploymentError, GatewayRoute};
pub(crate) use listener::listen;
pub use recent::GatewayRequest;
pub(crate) use service::{ApiGateway, GatewayContext};
pub use settings::GatewayOptions;
pub use status::{DeploymentStatus, GatewayStatus, RouteStatus};
