use super::identifier::identifier;
use std::str::FromStr;

/// The name of the table to create, with the schema and the catalog before it if they were given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TableName {
    /// One to three parts, none of them empty.
    parts: Vec<String>,
}

impl TableName {
    /// Returns a name that needs no quotes in most engines for a table whose schema file has this name.
    pub(crate) fn of_schema(name: &str) -> Self {
        let ordinary = |character: char| if character.is_ascii_alphanumeric() { character } else { '_' };
        TableName { parts: vec![name.chars().map(ordinary).collect::<String>().to_ascii_lowercase()] }
    }

    /// Returns the name with quotes where they are needed.
    pub(crate) fn sql(&self, quote: char) -> String {
        self.parts.iter().map(|part| identifier(part, quote)).collect::<Vec<_>>().join(".")
    }

    /// Returns the name without the schema.
    pub(crate) fn last(&self) -> &str {
        self.parts.last().expect("there is at least one part")
    }

    /// Returns the schema, if it was given.
    pub(crate) fn schema(&self) -> Option<&str> {
        self.parts.iter().nth_back(1).map(String::as_str)
    }

    /// Returns the catalog, if it was given.
    pub(crate) fn catalog(&self) -> Option<&str> {
        self.parts.iter().nth_back(2).map(String::as_str)
    }

    /// Returns the parts, the table's own name last.
    pub(crate) fn parts(&self) -> &[String] {
        &self.parts
    }
}

impl FromStr for TableName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<String> = text.split('.').map(str::to_owned).collect();
        let bad = |part: &String| part.is_empty() || part.chars().any(char::is_control);
        if parts.len() > 3 || parts.iter().any(bad) {
            return Err("a table's name is TABLE, SCHEMA.TABLE or CATALOG.SCHEMA.TABLE".into());
        }
        Ok(TableName { parts })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_files_name_becomes_a_name_without_quotes() {
        assert_eq!(TableName::of_schema("gl-journal").sql('"'), "gl_journal");
        assert_eq!(TableName::of_schema("Größe 2").sql('"'), "gr__e_2");
        assert_eq!(TableName::of_schema("order").sql('"'), "\"order\"");
    }

    #[test]
    fn a_name_has_up_to_three_parts() {
        let name: TableName = "hive.Finance.ledger".parse().unwrap();
        assert_eq!((name.catalog(), name.schema(), name.last()), (Some("hive"), Some("Finance"), "ledger"));
        assert_eq!(name.sql('`'), "hive.`Finance`.ledger");
        for bad in ["", "a.", ".a", "a.b.c.d", "a\nb"] {
            assert!(bad.parse::<TableName>().is_err(), "{bad:?}");
        }
    }
}
