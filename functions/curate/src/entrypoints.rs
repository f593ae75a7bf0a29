//! The ways in which events arrive, one file per platform.

mod function;

pub use function::run_function;
