use crate::config::Config;
use crate::error::CurateError;
use bronze::Format;
use lake::{Lake, LakeError};
use object_store::ObjectStore;
use std::sync::Arc;
use table::Schema;

/// The lake of a run, whose schema fits the lake's table.
#[derive(Debug, Clone)]
pub struct OpenLake {
    /// The lake. Nothing has been written to it yet.
    pub lake: Lake,
    /// Where the schema comes from.
    pub origin: SchemaOrigin,
}

/// Where a run's schema comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaOrigin {
    /// The setting `TABLE_SCHEMA` names it.
    Setting,
    /// It is the one of the lake's table.
    Lake,
    /// The lake is new, and no schema was given.
    Default,
}

impl Config {
    /// Opens the lake with the schema that was given, or else with the lake's own, and compares the two. Writes nothing.
    ///
    /// # Errors
    ///
    /// [`CurateError::is_about_schema`] tells whether the lake holds another table, or needs a schema.
    pub async fn open_lake(&self, given: Option<Arc<Schema>>) -> Result<OpenLake, CurateError> {
        let opened = open(Arc::clone(&self.lake.store), given).await;
        let opened = opened.map_err(|source| {
            let lake = self.lake_name.clone();
            CurateError::OpenLake { lake, source: source.into() }
        })?;
        // The default is the schema of what a connector writes in the examples. It would quarantine every other record.
        match opened.origin {
            SchemaOrigin::Default if self.input != Format::Connector => {
                Err(CurateError::NoSchema { format: self.input })
            }
            _ => Ok(opened),
        }
    }
}

async fn open(store: Arc<dyn ObjectStore>, given: Option<Arc<Schema>>) -> Result<OpenLake, LakeError> {
    let (schema, origin) = match given {
        Some(schema) => (schema, SchemaOrigin::Setting),
        None => match Lake::table(&*store).await? {
            Some(table) => (Arc::clone(table.schema()), SchemaOrigin::Lake),
            None => (Arc::new(Schema::gl_journal()), SchemaOrigin::Default),
        },
    };
    Ok(OpenLake { lake: Lake::open(store, schema).check().await?, origin })
}
