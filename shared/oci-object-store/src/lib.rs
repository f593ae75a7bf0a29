#![doc = include_str!("../README.md")]

mod attributes;
mod bucket;
mod builder;
mod connection;
mod copy;
mod error;
mod get;
mod list;
mod multipart;
mod name;
mod put;
mod store;
mod url;

pub use builder::OciObjectStorageBuilder;
pub use connection::{Connection, VARIABLES};
pub use store::OciObjectStorage;
pub use url::OciUrl;

pub use {object_store, oci_requests};
