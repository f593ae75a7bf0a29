//! Injected failures: which there are, what they can hit, and the rules in force.
//!
//! To add a fault, declare it in `catalog`, give it a place in the type of what it hits in `effects`, and handle that.

pub(crate) mod catalog;
pub(crate) mod effects;
pub(crate) mod in_force;
pub(crate) mod operation_class;
pub(crate) mod rule;
pub(crate) mod subject;
