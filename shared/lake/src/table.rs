//! What the lake says about its table, in `_table.json`: which table it is, and the ids of its fields.

pub(crate) mod document;
pub(crate) mod evolution;
pub(crate) mod field_ids;
pub(crate) mod field_paths;
pub(crate) mod record;
