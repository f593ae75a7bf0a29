use crate::locations::ObjectUrl;

/// One event of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    /// An object was created or replaced.
    Written(ObjectWritten),
    /// Something else happened. The text is the event's type.
    OtherType(String),
    /// The document is not an event, and sending it again would not make it one.
    Malformed(String),
}

/// The object of an event about a created or replaced object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ObjectWritten {
    /// The object's URL. There are several if the object's name in the event is ambiguous.
    pub(crate) candidates: Vec<ObjectUrl>,
    /// The object's version at that time. It may have been replaced since.
    pub(crate) etag: Option<String>,
}
