//! The client against the emulator, and against servers that misbehave.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod connections;
mod principals;
mod tls;
