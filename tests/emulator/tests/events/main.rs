//! Tests events about objects, which rules deliver to functions and streams.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cloud;
#[path = "../common/mod.rs"]
mod common;
mod delivery;
mod emission;
mod faults;
#[path = "../function_peers/mod.rs"]
mod function_peers;
mod rules;
