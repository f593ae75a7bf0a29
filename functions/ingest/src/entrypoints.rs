//! The ways into the program: `function` (an invocation of OCI Functions or Fn) and `service` (HTTP on a port of its own). Both begin with `start`.

mod function;
mod service;
mod start;

pub use function::run_function;
pub use service::{command, run_service};
pub use start::PROCESS;
