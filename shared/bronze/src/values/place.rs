use super::RECORD_SEPARATOR;

/// Where the cursor is between values, which decides what may follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Outside any array.
    Top,
    /// After the `[` of an array at the top level.
    First,
    /// After an element.
    Next,
    /// After a comma between elements.
    Element,
    /// In an array, after text that was broken.
    Anywhere,
}

impl Place {
    /// Returns the place after this byte if it belongs to no value here.
    pub(super) fn separator(self, byte: u8) -> Option<Self> {
        match (self, byte) {
            // A separator is never part of JSON, so it also ends an array.
            (_, RECORD_SEPARATOR) => Some(Place::Top),
            (Place::Top, b'[') => Some(Place::First),
            (Place::First | Place::Next | Place::Anywhere, b']') => Some(Place::Top),
            (Place::Next | Place::Anywhere, b',') => Some(Place::Element),
            _ => None,
        }
    }

    pub(super) fn expects_value(self) -> bool {
        self != Place::Next
    }

    pub(super) fn after_value(self) -> Self {
        if self == Place::Top { Place::Top } else { Place::Next }
    }

    pub(super) fn after_broken(self) -> Self {
        if self == Place::Top { Place::Top } else { Place::Anywhere }
    }
}
