//! Tests the client against the local cloud, and against servers that misbehave.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod connections;
mod principals;
mod tls;
