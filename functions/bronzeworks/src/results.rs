//! What becomes of the sources of a run, and how it is reported. `curate` and `check` share it.

pub(crate) mod advice;
mod fail_on;
pub(crate) mod partitions;
mod totals;
mod warnings;

pub(crate) use fail_on::{FailOn, State};
pub(crate) use totals::Totals;
pub(crate) use warnings::{show_damage, show_error, show_skipped};
