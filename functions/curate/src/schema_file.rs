use crate::locations::{Address, Clouds, Location};
use fn_kit::chain;
use object_store::ObjectStoreExt;
use std::sync::Arc;
use table::{BUILT_IN, Schema};

/// The table's schema, or its location.
#[derive(Debug, Clone)]
pub(crate) enum SchemaFile {
    BuiltIn(Arc<Schema>),
    At(Box<SchemaAt>),
}

/// The location of a file with the schema.
#[derive(Debug, Clone)]
pub(crate) struct SchemaAt {
    address: Address,
    location: Location,
}

/// Maximum size of a schema file in bytes.
const MAX_SCHEMA: u64 = 4 << 20;

impl SchemaFile {
    /// Finds a schema by the name of a built-in one, or by the path or URL of a file. Sends no request.
    pub(crate) fn find(name: &str, clouds: &Clouds) -> Result<Self, String> {
        if let Some(schema) = Schema::built_in(name) {
            return Ok(SchemaFile::BuiltIn(Arc::new(schema)));
        }
        let missing =
            |problem: String| format!("neither a built-in schema ({BUILT_IN}) nor a file: {problem}");
        let address: Address = name.parse().map_err(missing)?;
        let location = Location::source(&address, clouds).map_err(missing)?;
        Ok(SchemaFile::At(Box::new(SchemaAt { address, location })))
    }

    /// Returns the name or the address, as given by the user.
    pub(crate) fn name(&self) -> String {
        match self {
            SchemaFile::BuiltIn(schema) => schema.name().to_owned(),
            SchemaFile::At(at) => at.address.to_string(),
        }
    }

    /// Returns whether reading the schema sends a request.
    pub(crate) fn is_remote(&self) -> bool {
        matches!(self, SchemaFile::At(at) if !at.location.local)
    }

    /// Reads the schema. The error says why there is no valid one.
    pub(crate) async fn read(&self) -> Result<Arc<Schema>, String> {
        let location = match self {
            SchemaFile::BuiltIn(schema) => return Ok(Arc::clone(schema)),
            SchemaFile::At(at) => &at.location,
        };
        let object = location.store.get(&location.path).await.map_err(|error| chain(&error))?;
        if object.meta.size > MAX_SCHEMA {
            return Err(format!(
                "a schema file may have at most {MAX_SCHEMA} bytes, and this one has {}",
                object.meta.size
            ));
        }
        let bytes = object.bytes().await.map_err(|error| chain(&error))?;
        Schema::parse(&bytes).map(Arc::new).map_err(|error| error.to_string())
    }
}
