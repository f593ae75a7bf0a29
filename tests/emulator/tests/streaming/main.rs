//! Tests streams on the wire.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cloud;
#[path = "../common/mod.rs"]
mod common;
mod cursors;
mod limits;
mod messages;
