/// Why a document is not an event of a source.
#[derive(Debug)]
pub(super) struct NotRecognized(pub(super) String);
