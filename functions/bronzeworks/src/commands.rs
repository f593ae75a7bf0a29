//! The tool's verbs. To add one, write its file and list it here.

mod check;
mod curate;
mod ddl;
mod function;
mod infer;
mod ingest;
mod load;
mod local;
mod quarantine;
mod settings;

use crate::verb::Verb;

/// All verbs, in the order of the help.
pub(crate) const VERBS: &[Verb] = &[
    infer::VERB,
    check::VERB,
    curate::VERB,
    quarantine::VERB,
    ddl::VERB,
    ingest::VERB,
    local::VERB,
    load::VERB,
    settings::VERB,
    function::VERB,
];
