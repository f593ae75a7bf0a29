use super::location::Location;
use lake::{QUARANTINE, RECEIPTS, TABLE};

/// Decides which objects below a location are a lake's own output rather than sources: this lake's rows, and the quarantine, receipts and
/// `_table.json` of any lake.
///
/// A location inside a lake or a quarantine was chosen on purpose, because this is how a quarantine is reprocessed.
#[derive(Debug)]
pub(crate) struct OwnOutput {
    here: String,
    lake: Option<String>,
    in_lake: bool,
    in_quarantine: bool,
}

impl OwnOutput {
    /// Creates the rules for objects below `location`, for a program that writes to `lake`, if to any.
    pub(crate) fn new(location: &Location, lake: Option<&Location>) -> Self {
        let folder = |url: &str| format!("{}/", url.trim_end_matches('/'));
        let here = folder(&location.url_of(&location.path));
        let lake = lake.map(|lake| folder(&lake.root_url()));
        let in_quarantine = here.split('/').any(|folder| folder == QUARANTINE);
        let in_lake = lake.as_ref().is_some_and(|lake| here.starts_with(lake));
        OwnOutput { in_lake, in_quarantine, here, lake }
    }

    /// Returns whether the location is inside the lake.
    pub(crate) fn is_in_lake(&self) -> bool {
        self.in_lake
    }

    /// Returns whether an object is a lake's output.
    pub(crate) fn covers(&self, url: &str) -> bool {
        let below = url.strip_prefix(&self.here).unwrap_or(url);
        let has = |name: &str| below.split('/').any(|part| part == name);
        // These are JSON, as many sources are, and nobody means them.
        if has(RECEIPTS) || has(TABLE) {
            return true;
        }
        let in_lake = || self.lake.as_ref().is_some_and(|lake| url.starts_with(lake));
        !self.in_lake && (in_lake() || has(QUARANTINE) && !self.in_quarantine)
    }
}
