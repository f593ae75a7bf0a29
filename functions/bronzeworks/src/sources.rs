//! The objects that a verb reads: their addresses on the command line, the search for them, the work on them, and advice when they can't be
//! read.

mod addresses;
pub(crate) mod error_advice;
mod finder;
mod work;

pub(crate) use addresses::{addresses, no_access, sources_argument};
pub(crate) use error_advice::CloudAdvice;
pub(crate) use work::Work;
