//! The program through both of its doors, against the emulator over real sockets; what it says is held against what is on the stream.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cloud;
mod door;
mod faults;
mod order;
mod program;
mod service;
