use crate::place::{Place, Step};
use std::ops::Range;

/// The unknown members of the structs inside columns, as JSON.
///
/// Each column's members become one object of the same shape as its value, with only these members. An array becomes an object whose keys
/// are the indices of its elements, so that a member has the same JSON pointer as in the value.
#[derive(Debug, Default)]
pub(crate) struct Rescued {
    text: Vec<u8>,
    /// Where the current column's object begins.
    start: usize,
    /// Number of objects that are open: one for the column, and one for each step of the current place that led to an unknown member.
    open: usize,
}

impl Rescued {
    /// Forgets the members of the previous row.
    pub(crate) fn clear(&mut self) {
        *self = Rescued { text: std::mem::take(&mut self.text), ..Rescued::default() };
        self.text.clear();
    }

    pub(crate) fn shrink_to(&mut self, capacity: usize) {
        self.text.shrink_to(capacity);
    }

    /// Adds a member of the struct at `place`, where `None` is the column's own value. `key` includes its quotes.
    pub(crate) fn add(&mut self, place: Option<&Place<'_>>, key: &str, value: &str) {
        self.open(place);
        self.comma();
        self.text.extend_from_slice(key.as_bytes());
        self.text.push(b':');
        self.text.extend_from_slice(value.as_bytes());
    }

    /// Ends the objects that were opened at this depth and below. The scan calls it when it leaves a place.
    #[inline]
    pub(crate) fn leave(&mut self, depth: usize) {
        while self.open > depth {
            self.text.push(b'}');
            self.open -= 1;
        }
    }

    /// Ends the column's object and returns its range, which is empty if the column has no unknown members.
    pub(crate) fn end_column(&mut self) -> Range<usize> {
        self.leave(0);
        let start = std::mem::replace(&mut self.start, self.text.len());
        start..self.text.len()
    }

    /// Returns whether no column of the row has unknown members.
    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    pub(crate) fn text(&self, range: Range<usize>) -> &[u8] {
        &self.text[range]
    }

    fn open(&mut self, place: Option<&Place<'_>>) {
        if self.open > place.map_or(0, |place| place.depth) {
            return;
        }
        if let Some(place) = place {
            self.open(place.parent);
            self.comma();
            let key = match place.step {
                Step::Element(index) => format!("\"{index}\":"),
                Step::Member(name) => format!("{}:", serde_json::Value::from(name)),
            };
            self.text.extend_from_slice(key.as_bytes());
        }
        self.text.push(b'{');
        self.open += 1;
    }

    fn comma(&mut self) {
        if self.text.last() != Some(&b'{') {
            self.text.push(b',');
        }
    }
}
