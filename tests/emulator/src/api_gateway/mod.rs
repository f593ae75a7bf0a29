//! API Gateway: the API under `/20190501`, and the port of the gateways, which passes requests on to functions.
//!
//! All gateways share the port. A request belongs to the gateway whose label is the first part of its `host`
//! ([`record::GatewayRecord::label`]). With any other host, it belongs to the gateway with the longest prefix of its path; among several
//! such gateways, to the oldest.
//!
//! Not implemented, and rejected by name: HTTP back ends and back ends chosen at run time, login and logout, authentication, CORS, mutual
//! TLS, usage plans, validation and transformation of requests and responses, caches, certificates, IPv6 addresses, locks. Logging
//! policies are accepted but have no effect: the emulator logs every request.

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
