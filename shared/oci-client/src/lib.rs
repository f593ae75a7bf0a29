//! Signed requests to Oracle Cloud Infrastructure: principals, regions, request signing, transport, retries.
//!
//! For programs that call a few operations of a few services and want to see every byte: a [`Request`] is built apart from sending
//! it, and a [`Client`] signs it, sends it, tries it again where that is worth it, and gives an [`Answer`] or an [`Error`] that says what
//! happened. Services are crates of their own on top of it.
//!
//! ```no_run
//! use oci_client::{Client, Endpoint, Environment, Principal, Request};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let (principal, region) = Principal::from_environment(&Environment::of_process())?;
//! let client = Client::builder(principal).build()?;
//! let region = region.ok_or("the region is not known")?;
//! let storage = Endpoint::of_region("https://objectstorage.{region}.{secondLevelDomain}", &region)?;
//! let namespace = client.send(&Request::new("GetNamespace", http::Method::GET, &storage, "/n".into())).await?;
//! println!("{}", String::from_utf8_lossy(&namespace.body));
//! # Ok(())
//! # }
//! ```
//!
//! # Made for functions
//!
//! - Building a client makes no network call, reads no file but the configuration's, and takes less than a millisecond.
//! - TLS is rustls with the roots compiled in, DNS its own over `/etc/resolv.conf`: it runs in an empty image, statically linked.
//! - A function is frozen between calls: a pooled connection found dead afterwards is replaced at once, without a pause.
//! - The token of a resource principal is read anew, together with its key, before it ends, and after the service refused it.
//!
//! # What it does not do
//!
//! No proxies (`HTTPS_PROXY`), no HTTP/2, no resource principals but version 2.2, no delegation tokens, no OKE workload identity.
//!
//! No secret reaches a log or a `Debug` output: keys and tokens print as `..`, and the `authorization` header is marked sensitive.

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
pub use environment::Environment;
pub use error::{Cause, ConfigError, Error, ServiceError};
pub use principal::{InstancePrincipal, Principal, Profile, TokenFiles};
pub use private_key::PrivateKey;
pub use region::Region;
pub use request::{Request, encode};
pub use retry::RetryPolicy;
pub use signature::{Signed, sign};
pub use transport::{Timeouts, Transport};
