//! The program's entry points: `function` (an invocation by OCI Functions or Fn) and `service` (HTTP on its own port). Both begin with
//! `start`.

mod function;
mod service;
mod start;

pub use function::run_function;
pub use service::{command, run_service};
pub use start::PROCESS;
