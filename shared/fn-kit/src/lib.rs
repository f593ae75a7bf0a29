#![doc = include_str!("../README.md")]

pub mod entry;
pub mod log;
pub mod testing;

mod body;
mod call;
mod chain;
mod connection;
mod contract;
mod deadline;
mod failure;
mod gateway;
mod handler;
mod headers;
mod invocation;
mod listener;
mod log_frame;
mod panics;
mod response;
mod server;
mod trace;
mod wire;

pub use body::{Body, BodyError};
pub use chain::{causes, chain};
pub use contract::{Contract, ContractError, ContractProblem};
pub use deadline::Deadline;
pub use failure::Failure;
pub use handler::Handler;
pub use headers::Intent;
pub use invocation::{Invocation, InvokeType};
pub use log_frame::LogFrame;
pub use response::Response;
pub use server::{ServeError, Server, serve};
pub use trace::{Trace, Tracing};

pub use {bytes, http};
