//! Tests the client against the local cloud, which shares no code with it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cloud;
mod control_plane;
mod faults;
mod groups;
mod limits;
mod putting;
mod reading;
