//! Injected failures: the faults, the operations that they can hit, and the rules in force.
//!
//! To add a fault, declare it in `catalog`, add a variant to the type of each kind of operation that it can hit in `effects`, and handle
//! that variant.

pub(crate) mod catalog;
pub(crate) mod effects;
pub(crate) mod in_force;
pub(crate) mod operation_class;
pub(crate) mod rule;
pub(crate) mod subject;
