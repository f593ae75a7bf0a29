//! Tests which partition a row belongs to: derived values, and values that are empty.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../common/mod.rs"]
mod common;
mod derived_column;
mod empty;
mod properties;
mod schema_file;
mod transforms;
