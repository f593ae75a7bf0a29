use crate::schema::Schema;

/// The name of the built-in schema.
pub const BUILT_IN: &str = "gl-journal";

impl Schema {
    /// Returns the schema for journal lines of a general ledger, as the public load generator sends them.
    pub fn gl_journal() -> Self {
        Self::parse(include_bytes!("schemas/gl-journal.json")).expect("a test parses the built-in schema")
    }

    /// Returns the built-in schema with this name, if there is one.
    pub fn built_in(name: &str) -> Option<Self> {
        (name == BUILT_IN).then(Self::gl_journal)
    }
}
