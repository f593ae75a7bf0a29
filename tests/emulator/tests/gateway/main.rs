//! Tests a gateway in front of functions: the contract in both directions, and failing clients and functions.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod clients;
mod cloud;
#[path = "../common/mod.rs"]
mod common;
mod contract;
#[path = "../function_peers/mod.rs"]
mod function_peers;
#[path = "../gateway_client/mod.rs"]
mod gateway_client;
mod limits;
