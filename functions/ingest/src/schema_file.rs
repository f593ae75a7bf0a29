use std::fs::File;
use std::io::Read;
use std::sync::Arc;
use table::{BUILT_IN, Schema};

/// Largest schema file.
const MAX_SCHEMA: u64 = 4 << 20;

/// The setting that stands for no schema.
pub(crate) const NONE: &str = "none";

/// Reads the table's schema: the name of a built-in one, the path of a file in the image, or the JSON itself; `none` for no checks.
pub(crate) fn read(place: &str) -> Result<Option<Arc<Schema>>, String> {
    if place == NONE {
        return Ok(None);
    }
    if let Some(schema) = Schema::built_in(place) {
        return Ok(Some(Arc::new(schema)));
    }
    let json = match place.starts_with('{') {
        true => place.as_bytes().to_vec(),
        false => file(place)?,
    };
    Schema::parse(&json).map(|schema| Some(Arc::new(schema))).map_err(|error| error.to_string())
}

fn file(path: &str) -> Result<Vec<u8>, String> {
    let mut json = Vec::new();
    // A byte more than may be: by it a file that is too long is known.
    let read = File::open(path).and_then(|file| std::io::copy(&mut file.take(MAX_SCHEMA + 1), &mut json));
    match read {
        Ok(bytes) if bytes > MAX_SCHEMA => {
            Err(format!("more than {MAX_SCHEMA} bytes are too many for a schema file"))
        }
        Ok(_) => Ok(json),
        Err(error) => Err(format!("neither {NONE}, nor a built-in schema ({BUILT_IN}), nor a file: {error}")),
    }
}
