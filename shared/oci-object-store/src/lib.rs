#![doc = include_str!("../README.md")]

mod attributes;
mod bucket;
mod builder;
mod copy;
mod error;
mod get;
mod list;
mod multipart;
mod name;
mod put;
mod store;
mod url;

pub use builder::{Connection, OciObjectStorageBuilder, VARIABLES};
pub use store::OciObjectStorage;
pub use url::OciUrl;
