use crate::clouds::Clouds;
use crate::location::Location;
use object_store::ObjectStoreExt;
use std::sync::Arc;
use table::{BUILT_IN, Schema};

/// Where the table's schema is.
#[derive(Debug, Clone)]
pub(crate) enum SchemaFile {
    BuiltIn(Arc<Schema>),
    At { place: String, location: Location },
}

/// Largest schema file.
const MAX_SCHEMA: u64 = 4 << 20;

impl SchemaFile {
    /// Takes the name of a built-in schema, or the path or URL of a file. Asks nobody on a network.
    pub(crate) fn find(place: &str, clouds: &Clouds) -> Result<Self, String> {
        if let Some(schema) = Schema::built_in(place) {
            return Ok(SchemaFile::BuiltIn(Arc::new(schema)));
        }
        let missing =
            |problem: String| format!("neither a built-in schema ({BUILT_IN}) nor a file: {problem}");
        let location = Location::source(place, clouds).map_err(missing)?;
        Ok(SchemaFile::At { place: place.into(), location })
    }

    /// As it was named.
    pub(crate) fn place(&self) -> &str {
        match self {
            SchemaFile::BuiltIn(schema) => schema.name(),
            SchemaFile::At { place, .. } => place,
        }
    }

    /// Whether reading it asks somebody on a network.
    pub(crate) fn is_remote(&self) -> bool {
        matches!(self, SchemaFile::At { location, .. } if !location.local)
    }

    /// Reads it; the error says why it is none.
    pub(crate) async fn read(&self) -> Result<Arc<Schema>, String> {
        let location = match self {
            SchemaFile::BuiltIn(schema) => return Ok(Arc::clone(schema)),
            SchemaFile::At { location, .. } => location,
        };
        let answer = location.store.get(&location.path).await.map_err(|error| error.to_string())?;
        if answer.meta.size > MAX_SCHEMA {
            return Err(format!("{} bytes are too many for a schema file", answer.meta.size));
        }
        let bytes = answer.bytes().await.map_err(|error| error.to_string())?;
        Schema::parse(&bytes).map(Arc::new).map_err(|error| error.to_string())
    }
}
