use crate::locations::{Address, Clouds, Location};
use lake::Lake;
use object_store::ObjectStoreExt;
use object_store::prefix::PrefixStore;
use std::ffi::OsString;
use std::iter;
use std::sync::Arc;
use table::{BUILT_IN, Schema, SchemaError};

/// The table's schema, or its location.
#[derive(Debug, Clone)]
pub(crate) enum SchemaFile {
    BuiltIn(Arc<Schema>),
    At(Box<SchemaAt>),
    /// The schema of the lake's table.
    OfLake,
}

/// The name that stands for the schema of the lake's table.
pub(crate) const OF_LAKE: &str = "lake";

/// The location of a file with the schema.
#[derive(Debug, Clone)]
pub(crate) struct SchemaAt {
    address: Address,
    location: Location,
}

/// Why there is no valid schema.
#[derive(Debug, thiserror::Error)]
pub enum SchemaFileError {
    /// The file does not exist or could not be read.
    #[error("the file cannot be read")]
    Read(#[source] object_store::Error),
    /// The file is too large.
    #[error("a schema file may have at most {MAX_SCHEMA} bytes, and this one has {size}")]
    TooLarge {
        /// The file's size in bytes.
        size: u64,
    },
    /// The file is not a valid schema.
    #[error("the schema is invalid")]
    Invalid(#[source] SchemaError),
}

impl SchemaFileError {
    /// Returns the message, with each cause and each problem of the schema on a line of its own.
    pub(crate) fn lines(&self) -> String {
        let causes = match self {
            SchemaFileError::Invalid(error) => {
                iter::once(self.to_string()).chain(error.problems.clone()).collect()
            }
            error => fn_kit::causes(error),
        };
        causes.join("\n")
    }
}

/// Reads a table's schema as the setting `TABLE_SCHEMA` names it. Its value `lake` stands for the table of the lake with this address.
/// The environment gives access to clouds. Creates nothing.
///
/// # Errors
///
/// Returns why there is no valid schema, with each cause and each problem on a line of its own.
pub async fn read_schema(
    name: &str,
    lake: &str,
    environment: Vec<(OsString, OsString)>,
) -> Result<Arc<Schema>, String> {
    let clouds = Clouds::new(&environment);
    let file = SchemaFile::find(name, &clouds)?;
    match file.read().await.map_err(|error| error.lines())? {
        Some(schema) => Ok(schema),
        None => schema_of_lake(lake, &clouds).await.map_err(|problem| format!("{lake}\n{problem}")),
    }
}

async fn schema_of_lake(lake: &str, clouds: &Clouds) -> Result<Arc<Schema>, String> {
    let location = Location::source(&lake.parse()?, clouds)?;
    let store = PrefixStore::new(location.store, location.path);
    match Lake::table(&store).await {
        Ok(Some(table)) => Ok(Arc::clone(table.schema())),
        Ok(None) => Err("the lake has no _table.json".into()),
        Err(error) => Err(fn_kit::causes(&error).join("\n")),
    }
}

/// Maximum size of a schema file in bytes.
const MAX_SCHEMA: u64 = 4 << 20;

impl SchemaFile {
    /// Finds a schema by the name of a built-in one, or by the path or URL of a file. Sends no request.
    pub(crate) fn find(name: &str, clouds: &Clouds) -> Result<Self, String> {
        if name == OF_LAKE {
            return Ok(SchemaFile::OfLake);
        }
        if let Some(schema) = Schema::built_in(name) {
            return Ok(SchemaFile::BuiltIn(Arc::new(schema)));
        }
        let missing =
            |problem: String| format!("neither a built-in schema ({BUILT_IN}) nor a file\n{problem}");
        let address: Address = name.parse().map_err(missing)?;
        let location = Location::source(&address, clouds).map_err(missing)?;
        if location.local_path().is_some_and(|path| path.is_dir()) {
            return Err("is a folder, not a schema file".into());
        }
        Ok(SchemaFile::At(Box::new(SchemaAt { address, location })))
    }

    /// Returns the name or the address, as given by the user.
    pub(crate) fn name(&self) -> String {
        match self {
            SchemaFile::BuiltIn(schema) => schema.name().to_owned(),
            SchemaFile::At(at) => at.address.to_string(),
            SchemaFile::OfLake => OF_LAKE.to_owned(),
        }
    }

    /// Returns whether reading the schema sends a request.
    pub(crate) fn is_remote(&self) -> bool {
        matches!(self, SchemaFile::At(at) if !at.location.local)
    }

    /// Reads the schema. Returns `None` if it is that of the lake's table.
    pub(crate) async fn read(&self) -> Result<Option<Arc<Schema>>, SchemaFileError> {
        let location = match self {
            SchemaFile::OfLake => return Ok(None),
            SchemaFile::BuiltIn(schema) => return Ok(Some(Arc::clone(schema))),
            SchemaFile::At(at) => &at.location,
        };
        let object = location.store.get(&location.path).await.map_err(SchemaFileError::Read)?;
        if object.meta.size > MAX_SCHEMA {
            return Err(SchemaFileError::TooLarge { size: object.meta.size });
        }
        let bytes = object.bytes().await.map_err(SchemaFileError::Read)?;
        Schema::parse(&bytes).map(|schema| Some(Arc::new(schema))).map_err(SchemaFileError::Invalid)
    }
}
