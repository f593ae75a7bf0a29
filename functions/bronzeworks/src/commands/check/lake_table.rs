use curate::{CheckConfig, CurateError};
use lake::{Lake, LakeError};
use table::Schema;

/// What the lake that a check compares the schema with says about its table.
#[derive(Debug)]
pub(super) struct LakeTable {
    /// Name and version of the schema that is checked.
    pub(super) schema: String,
    /// The lake's address, as given by the user, if one is given.
    pub(super) lake: Option<String>,
    /// Name and version of the table's schema, or `None` if the lake has no table yet.
    pub(super) table: Option<String>,
}

impl LakeTable {
    /// Opens the lake, and compares the schema with its table.
    ///
    /// # Errors
    ///
    /// Fails if `curate` would refuse the schema.
    pub(super) async fn open(settings: &CheckConfig) -> Result<(Lake, Self), CurateError> {
        let config = &settings.config;
        let opened = config.open_lake(settings.schema.clone()).await?;
        let lake = settings.lake_address.as_ref().map(ToString::to_string);
        let table = Lake::table(&*config.lake.store).await.map_err(|source: LakeError| {
            let lake = lake.clone().unwrap_or_default();
            CurateError::OpenLake { lake, source: source.into() }
        })?;
        let found = LakeTable {
            schema: name_of(opened.lake.schema()),
            lake,
            table: table.map(|table| name_of(table.schema())),
        };
        Ok((opened.lake, found))
    }

    /// Returns what people read about the lake.
    pub(super) fn text(&self) -> Option<String> {
        let lake = self.lake.as_deref()?;
        Some(match &self.table {
            Some(table) => format!("{lake} accepts this schema for its table, {table}"),
            None => format!("{lake} has no table yet; the first run creates it"),
        })
    }
}

fn name_of(schema: &Schema) -> String {
    format!("{} {}", schema.name(), schema.version())
}
