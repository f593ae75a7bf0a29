//! What a build without the feature `jq` has in place of the filters.

use crate::column::Column;
use crate::pending_row::PendingRow;
use crate::refusal::Refusal;
use serde::Serialize;

/// A jq filter. There is none in this build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum JqFilter {}

impl JqFilter {
    /// Says that this build has no jq, and what to do about it.
    pub(crate) fn parse(_: &str) -> Result<Self, String> {
        Err("this build has no jq; use `bronzeworks curate`, or build with `--features jq`".into())
    }
}

/// Evaluates no filters.
#[derive(Debug)]
pub(crate) enum Evaluator {}

impl Evaluator {
    pub(crate) fn new(_: &[Column]) -> Option<Self> {
        None
    }

    pub(crate) fn evaluate(&mut self, _: &str, _: &[Column], _: &mut PendingRow) -> Result<(), Refusal> {
        match *self {}
    }

    pub(crate) fn shrink_to(&mut self, _: usize) {
        match *self {}
    }
}
