//! The OCIDs of the principals, and the other facts about them that stay the same between starts.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::random;
use crate::state_folder::{StateError, read_text, write_text};

/// The facts about the principals that stay the same between starts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Names {
    pub(crate) tenancy: String,
    pub(crate) compartment: String,
    pub(crate) user: String,
    pub(crate) function: String,
    pub(crate) instance: String,
    pub(crate) region: String,
    /// The secret that signs the tokens.
    pub(crate) token_secret: String,
}

impl Names {
    /// Reads the names from a folder, or creates and writes them.
    pub(crate) fn open(folder: &Path, region: &str) -> Result<Self, StateError> {
        let path = folder.join("identity.json");
        let mut names = match read_text(&path)? {
            Some(text) => serde_json::from_str(&text).map_err(|error| StateError::io(&path, error.into()))?,
            None => Self::new(region),
        };
        names.region = region.to_owned();
        let text = serde_json::to_string_pretty(&names).expect("a struct of text");
        write_text(&path, &text)?;
        Ok(names)
    }

    fn new(region: &str) -> Self {
        Self {
            tenancy: random::ocid("tenancy", ""),
            compartment: random::ocid("compartment", ""),
            user: random::ocid("user", ""),
            function: random::ocid("fnfunc", region),
            instance: random::ocid("instance", region),
            region: region.to_owned(),
            token_secret: random::letters::<33>(),
        }
    }
}
