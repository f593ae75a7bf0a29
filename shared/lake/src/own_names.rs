//! Names of what a lake holds besides the rows of its table. The leading `_` hides them from readers.

/// Folder of the quarantine objects.
pub const QUARANTINE: &str = "_quarantine";

/// Folder of the receipts.
pub const RECEIPTS: &str = "_receipts";

/// Key of the document that describes the table.
pub const TABLE: &str = "_table.json";
