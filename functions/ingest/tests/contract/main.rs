//! Tests the program through both entry points, against the local cloud over real sockets. What the program reports is compared with what
//! is on the stream.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cloud;
mod entry_point;
mod faults;
mod order;
mod program;
mod service;
