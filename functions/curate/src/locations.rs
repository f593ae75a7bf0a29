//! Where objects are: addresses given by users, locations in stores, and the objects found there.
//!
//! To add a cloud, add a scheme to [`Address`], access to its stores to [`Clouds`], and the two cases of [`Location`].

mod address;
mod clouds;
mod dry_store;
mod found;
mod location;
mod names;
mod object_url;
mod own_output;
mod s3;
mod s3_listing;
mod s3_page;
mod search;
mod source;
mod unsupported_key;

pub use address::Address;
pub(crate) use clouds::Clouds;
pub use clouds::OCI_VARIABLES;
pub use dry_store::Beginning;
pub(crate) use dry_store::DryStore;
pub use found::{Found, Ignored};
pub use location::Location;
pub use names::Names;
pub(crate) use object_url::ObjectUrl;
pub(crate) use own_output::OwnOutput;
pub use search::Search;
pub use source::Source;
