use sender::Sequence;
use serde::{Serialize, Serializer};

/// A record's place within its partition, serialized in the stream's own terms: a number or text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Offset<'a>(pub(crate) &'a Sequence);

impl Serialize for Offset<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Sequence::Number(number) => serializer.serialize_u64(*number),
            Sequence::Text(text) => serializer.serialize_str(text),
        }
    }
}
