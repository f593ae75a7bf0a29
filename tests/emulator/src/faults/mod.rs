//! Injected failures: which there are, what they can hit, and the rules in force.

pub(crate) mod glob;
pub(crate) mod in_force;
pub(crate) mod rule;
