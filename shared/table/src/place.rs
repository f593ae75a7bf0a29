use std::fmt::Write;

/// Where a nested value is inside its column: the last step, and the place that it was taken from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'p> {
    /// `None` if the step was taken from the column's own value.
    pub(crate) parent: Option<&'p Place<'p>>,
    pub(crate) step: Step<'p>,
    /// Number of steps from the column's own value, at least 1.
    pub(crate) depth: usize,
}

/// A step into an array or an object.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step<'p> {
    /// An element, by its index.
    Element(usize),
    /// A member, by its name without escapes.
    Member(&'p str),
}

impl<'p> Place<'p> {
    pub(crate) fn new(parent: Option<&'p Place<'p>>, step: Step<'p>) -> Self {
        Place { parent, step, depth: parent.map_or(0, |parent| parent.depth) + 1 }
    }

    /// Returns the JSON pointer from the column's own value to this place.
    pub(crate) fn pointer(&self) -> String {
        let mut pointer = self.parent.map(Place::pointer).unwrap_or_default();
        match self.step {
            Step::Element(index) => write!(pointer, "/{index}").expect("writing to memory does not fail"),
            Step::Member(name) => push_step(&mut pointer, name),
        }
        pointer
    }
}

/// Appends a step to a JSON pointer (RFC 6901).
pub(crate) fn push_step(pointer: &mut String, name: &str) {
    pointer.push('/');
    pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
}
