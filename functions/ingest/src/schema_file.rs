use std::fs::File;
use std::io::Read;
use std::sync::Arc;
use table::{BUILT_IN, Schema, SchemaError};

/// Maximum size of a schema file in bytes.
const MAX_SCHEMA: u64 = 4 << 20;

/// The value of the setting for no schema.
pub(crate) const NONE: &str = "none";

/// Reads the table's schema, given as the name of a built-in one, as the path of a file in the image, or as the JSON itself. `none` means
/// no checks.
pub(crate) fn read(location: &str) -> Result<Option<Arc<Schema>>, String> {
    if location == NONE {
        return Ok(None);
    }
    if let Some(schema) = Schema::built_in(location) {
        return Ok(Some(Arc::new(schema)));
    }
    let json = match location.starts_with('{') {
        true => location.as_bytes().to_vec(),
        false => file(location)?,
    };
    Schema::parse(&json).map(|schema| Some(Arc::new(schema))).map_err(invalid)
}

/// Returns what is wrong with a schema, with each problem on a line of its own.
fn invalid(error: SchemaError) -> String {
    format!("the schema is invalid\n{}", error.problems.join("\n"))
}

fn file(path: &str) -> Result<Vec<u8>, String> {
    let mut json = Vec::new();
    // One byte more than allowed shows that the file is too long.
    let read = File::open(path).and_then(|file| std::io::copy(&mut file.take(MAX_SCHEMA + 1), &mut json));
    match read {
        Ok(bytes) if bytes > MAX_SCHEMA => Err(format!("a schema file may have at most {MAX_SCHEMA} bytes")),
        Ok(_) => Ok(json),
        Err(error) => Err(format!(
            "expected {NONE}, a built-in schema ({BUILT_IN}) or a schema file, but the file cannot be read\n{error}"
        )),
    }
}
