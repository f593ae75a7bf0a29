//! The parts that the control planes of all services have in common.

pub(crate) mod change_compartment;
pub(crate) mod life;
pub(crate) mod listing;
pub(crate) mod operations;
pub(crate) mod retry_tokens;
pub(crate) mod work_requests;
