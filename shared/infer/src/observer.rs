use crate::context::Context;
use crate::node::Node;
use json::{Error, Kind, Scanner};

/// What was seen in a sample of records.
///
/// Observers of parts of a sample can be merged, in the order of the parts. As long as the sample has fewer than the maximum number of
/// places, the result is the same in any order.
///
/// Memory: some megabytes, whatever the sample.
#[derive(Debug, Default)]
pub struct Observer {
    pub(crate) root: Node,
    pub(crate) context: Context,
    /// What was counted.
    pub counts: Counts,
}

/// Numbers of records, and of texts that are none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Records: objects whose members each occur once.
    pub records: u64,
    /// Values that are JSON but not objects.
    pub not_objects: u64,
    /// Records with a member that occurs twice, which every schema refuses.
    pub duplicates: u64,
    /// Texts that are not JSON.
    pub not_json: u64,
    /// Lines and values that are too long.
    pub too_long: u64,
    /// Lines that are not envelopes, where envelopes are expected.
    pub not_envelopes: u64,
    /// Records whose key is not text.
    pub binary_keys: u64,
}

impl Counts {
    /// Returns how many texts are not usable as a record.
    pub fn unusable(&self) -> u64 {
        self.not_objects + self.duplicates + self.not_json + self.too_long + self.not_envelopes
    }

    fn merge(&mut self, other: &Counts) {
        self.records += other.records;
        self.not_objects += other.not_objects;
        self.duplicates += other.duplicates;
        self.not_json += other.not_json;
        self.too_long += other.too_long;
        self.not_envelopes += other.not_envelopes;
        self.binary_keys += other.binary_keys;
    }
}

impl Observer {
    /// Observes one JSON value.
    ///
    /// # Errors
    ///
    /// A text that is not JSON changes nothing, and is not counted.
    pub fn observe(&mut self, text: &str) -> Result<(), Error> {
        // Checked before anything is remembered: a text that is not JSON must leave no trace.
        let mut check = Scanner::new(text);
        let kind = check.kind()?;
        check.any()?;
        check.end()?;
        if kind != Kind::Object {
            self.counts.not_objects += 1;
            return Ok(());
        }
        self.context.record += 1;
        self.context.duplicate = false;
        self.root.observe(&mut Scanner::new(text), &mut self.context, 0)?;
        match self.context.duplicate {
            true => self.counts.duplicates += 1,
            false => self.counts.records += 1,
        }
        Ok(())
    }

    /// Adds what the observer of another part has seen.
    pub fn merge(&mut self, other: Observer) {
        self.counts.merge(&other.counts);
        self.context.left_out |= other.context.left_out;
        self.root.merge(other.root, &mut self.context, true);
    }
}
