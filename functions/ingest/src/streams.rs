//! The streams on which records can be put, one file for each.

mod oci;

pub use oci::OciStream;
