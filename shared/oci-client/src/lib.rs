#![doc = include_str!("../README.md")]

mod answer;
mod body;
mod client;
mod credentials;
mod deadline;
mod endpoint;
mod environment;
mod error;
mod pem_encryption;
mod principal;
mod private_key;
mod region;
mod request;
mod retry;
mod signature;
mod token;
mod transport;

pub use answer::{Answer, BodyStream};
pub use body::Body;
pub use client::{Client, ClientBuilder};
pub use credentials::{Credentials, CredentialsError};
pub use endpoint::Endpoint;
pub use environment::{Environment, VARIABLES};
pub use error::{Cause, ConfigError, Error, ServiceError};
pub use principal::{InstancePrincipal, Principal, Profile, TokenFiles};
pub use private_key::PrivateKey;
pub use region::Region;
pub use request::{Request, encode};
pub use retry::RetryPolicy;
pub use signature::{Signed, sign};
pub use transport::{Timeouts, Transport};
