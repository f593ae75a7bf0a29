//! Columns whose values a [jq](https://jqlang.org) filter computes from the record.
//!
//! jaq runs the filters. What it may run is restricted when a schema is read, so that a row is as safe with a filter as without one: the
//! result depends on the record alone, and its size and the work for it have a bound that is known before.
//!
//! ```text
//! text ─► syntax ─► Term ─► cost: refuses, or says how much work a byte of a record can cause
//!                     └───► lowering ─► jaq's compiler ─► JqFilter, a part of the schema
//!
//! record ─► reading ─► Val ─► JqFilter ─► Val ─► writing ─► JSON text ─► the column's type
//! ```
//!
//! Builds without the feature `jq` know only that such columns exist.

#[cfg(feature = "jq")]
mod cost;
#[cfg(feature = "jq")]
mod depth;
#[cfg(feature = "jq")]
mod evaluator;
#[cfg(feature = "jq")]
mod filter;
#[cfg(feature = "jq")]
mod functions;
#[cfg(feature = "jq")]
mod lowering;
#[cfg(feature = "jq")]
mod natives;
#[cfg(feature = "jq")]
mod reading;
#[cfg(feature = "jq")]
mod regexes;
#[cfg(feature = "jq")]
mod syntax;
#[cfg(feature = "jq")]
mod texts;
#[cfg(feature = "jq")]
mod times;
#[cfg(feature = "jq")]
mod writing;

#[cfg(not(feature = "jq"))]
mod without;

#[cfg(feature = "jq")]
pub(crate) use evaluator::Evaluator;
#[cfg(feature = "jq")]
pub use filter::JqFilter;
#[cfg(not(feature = "jq"))]
pub(crate) use without::Evaluator;
#[cfg(not(feature = "jq"))]
pub use without::JqFilter;
