#![doc = include_str!("../README.md")]

mod body;
mod body_stream;
mod deadline;
mod environment;
mod error;
mod http_date;
mod proxies;
mod retry;
mod transport;

pub use body::{Body, Progress};
pub use body_stream::BodyStream;
pub use deadline::Deadline;
pub use environment::Environment;
pub use error::{ConfigError, Error};
pub use http_date::{format_http_date, parse_http_date};
pub use proxies::{PROXY_VARIABLES, Proxies};
pub use retry::{Attempts, Failure, Next, RetryBudget, RetryPolicy};
pub use transport::{Broken, Timeouts, Transport, TransportBuilder};

pub use {bytes, http};
