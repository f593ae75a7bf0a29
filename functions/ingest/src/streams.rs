//! The streams that records can be put on, one file each.

mod oci;

pub use oci::OciStream;
