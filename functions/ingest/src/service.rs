//! The always-on service: the function's handler behind a server of its own, for many requests at once.
//!
//! Modules, lowest first: `room` (bytes held at once), `body` (read with limits), `metrics`, `measured` (the publisher, with a stopwatch),
//! `front` (one request → its answer), `server` (connections, and the end).

mod body;
mod front;
mod measured;
mod metrics;
mod room;
mod server;

pub(crate) use front::Front;
pub(crate) use server::Server;
