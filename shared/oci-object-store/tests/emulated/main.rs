//! Tests the store against the local cloud, which shares no code with it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod case;
mod cloud;
mod conditions;
mod faults;
mod integration;
mod multipart;
mod names;
mod reading;
mod rotation;
