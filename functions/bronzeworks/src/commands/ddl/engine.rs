use super::place::Place;
use super::script::Script;
use super::table::Table;
use super::table_name::TableName;

/// An engine for which statements can be printed. To add one, write its file and list it in `ENGINES`.
pub(crate) struct Engine {
    /// The name on the command line.
    pub(crate) name: &'static str,
    /// What the statements are, for the help.
    pub(crate) help: &'static str,
    /// The options that affect the statements.
    pub(crate) options: &'static [&'static str],
    /// Writes the statements, or says what the engine cannot express.
    pub(crate) write: fn(&Request<'_>) -> Result<Script, String>,
}

/// What to write statements for.
pub(crate) struct Request<'a> {
    pub(crate) table: &'a Table<'a>,
    pub(crate) name: TableName,
    pub(crate) place: Place,
    /// The region of the bucket.
    pub(crate) region: Option<String>,
    /// The database's credential for the bucket.
    pub(crate) credential: Option<String>,
    /// The first day of the data, `YYYY-MM-DD`.
    pub(crate) since: Option<String>,
}

impl Request<'_> {
    /// Returns a script that says which table it is about.
    pub(crate) fn script(&self) -> Script {
        let mut script = Script::default();
        let schema = self.table.schema;
        script.remark(format!("Table {}, version {}.", schema.name(), schema.version()));
        script
    }
}
