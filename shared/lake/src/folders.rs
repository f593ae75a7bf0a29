//! Folders of a lake that aren't part of the table. The leading `_` hides them from readers.

/// Folder of the quarantine objects.
pub const QUARANTINE: &str = "_quarantine";

/// Folder of the receipts.
pub const RECEIPTS: &str = "_receipts";
