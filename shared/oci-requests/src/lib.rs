#![doc = include_str!("../README.md")]

mod attempts;
mod client;
mod clock;
mod credentials;
mod credentials_error;
mod endpoint;
mod error;
mod pem_encryption;
mod principal;
mod private_key;
mod region;
mod request;
mod response;
mod service_error;
mod signature;
mod token;
mod variables;

pub use client::{Client, ClientBuilder};
pub use cloud_transport::{
    Body, BodyStream, ConfigError, Environment, Error as TransportError, Proxies, RetryPolicy, Timeouts,
};
pub use credentials::Credentials;
pub use credentials_error::CredentialsError;
pub use endpoint::Endpoint;
pub use error::{Cause, Error};
pub use principal::{InstancePrincipal, Principal, Profile, TokenFiles};
pub use private_key::PrivateKey;
pub use region::Region;
pub use request::{Request, encode};
pub use response::Response;
pub use service_error::ServiceError;
pub use signature::{Signed, sign};
pub use variables::VARIABLES;

pub use {bytes, http};
