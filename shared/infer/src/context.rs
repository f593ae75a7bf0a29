/// What the observation of a record needs to know about the whole sample.
#[derive(Debug, Clone, Default)]
pub(crate) struct Context {
    /// Number of the current record.
    pub(crate) record: u64,
    /// Number of objects seen, which tells each of them from the others.
    pub(crate) objects: u64,
    /// Number of places that are remembered.
    places: usize,
    /// Whether a member occurs twice in the current record.
    pub(crate) duplicate: bool,
    /// Whether a member of a record was not remembered.
    pub(crate) left_out: bool,
}

/// Maximum number of places that are remembered. Each takes a few hundred bytes.
const MAX_PLACES: usize = 20_000;

impl Context {
    /// Makes room for this many places, unless there would be too many.
    pub(crate) fn add_places(&mut self, count: usize) -> bool {
        let room = self.places + count <= MAX_PLACES;
        self.places += if room { count } else { 0 };
        room
    }

    pub(crate) fn remove_places(&mut self, count: usize) {
        self.places = self.places.saturating_sub(count);
    }
}
