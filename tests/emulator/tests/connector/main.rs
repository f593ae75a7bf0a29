//! Tests connectors: what they write from a stream into a bucket, and how they are configured.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cloud;
#[path = "../common/mod.rs"]
mod common;
mod failures;
mod objects;
mod settings;
