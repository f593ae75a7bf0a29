use crate::locations::ObjectUrl;

/// One event of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    /// An object was created or replaced.
    Written(ObjectWritten),
    /// Something else happened, of this type.
    OtherType(String),
    /// It is not an event, and sending it again would not make it one.
    Malformed(String),
}

/// An object was created or replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ObjectWritten {
    /// The object. More than one where the event's name for it is ambiguous.
    pub(crate) candidates: Vec<ObjectUrl>,
    /// The object's version at that time; it may have been replaced since.
    pub(crate) etag: Option<String>,
}
