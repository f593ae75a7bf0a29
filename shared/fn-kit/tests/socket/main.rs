//! Tests functions on real sockets, called by a client that writes every byte itself.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bodies;
mod client;
mod connections;
mod deadlines;
mod failures;
mod files;
mod gateway;
mod process;
mod served;
