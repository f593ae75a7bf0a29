//! The verbs: to add one, write its file and list it here.

mod settings;

use crate::verb::Verb;

/// All verbs, in the order of the help.
pub(crate) const VERBS: &[Verb] = &[settings::VERB];
