use crate::damage::{Damage, DamageKind};

/// A format in which objects are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Gzip ([RFC 1952](https://www.rfc-editor.org/rfc/rfc1952)): members, one after another.
    Gzip,
    /// Zstandard ([RFC 8878](https://www.rfc-editor.org/rfc/rfc8878)): frames, one after another.
    Zstd,
}

impl Compression {
    /// Returns the compression that a name or a URL promises: `.gz` or `.zst` at its end, in upper or lower case.
    pub fn of_name(name: &str) -> Option<Self> {
        let (_, suffix) = name.rsplit_once('.')?;
        let all = [Compression::Gzip, Compression::Zstd];
        all.into_iter().find(|compression| suffix.eq_ignore_ascii_case(compression.suffix()))
    }

    fn suffix(self) -> &'static str {
        match self {
            Compression::Gzip => "gz",
            Compression::Zstd => "zst",
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Compression::Gzip => "gzip",
            Compression::Zstd => "zstd",
        }
    }

    fn part(self) -> &'static str {
        match self {
            Compression::Gzip => "member",
            Compression::Zstd => "frame",
        }
    }

    /// Returns the damage of an object that ends at `end`, inside the member or frame that starts at `start`.
    pub(super) fn truncated(self, start: u64, end: u64) -> Damage {
        let (name, part) = (self.name(), self.part());
        let message = format!("the object ends inside the {name} {part} that starts at byte {start}");
        Damage { kind: self.truncated_kind(), byte: end, message }
    }

    /// Returns the damage of an object without bytes whose name promises this format.
    pub(super) fn empty(self) -> Damage {
        Damage { kind: self.truncated_kind(), byte: 0, message: "the object is empty".into() }
    }

    /// Returns the damage of the member or frame that starts at `start`.
    pub(super) fn corrupt(self, problem: &str, start: u64, byte: u64) -> Damage {
        let kind = match self {
            Compression::Gzip => DamageKind::CorruptGzip,
            Compression::Zstd => DamageKind::CorruptZstd,
        };
        let message = format!("{problem} in the {} {} that starts at byte {start}", self.name(), self.part());
        Damage { kind, byte, message }
    }

    /// Returns the damage of an object in this format that goes on with something else.
    pub(super) fn garbage(self, byte: u64) -> Damage {
        let (name, part) = (self.name(), self.part());
        let message = format!("the data after the last {name} {part} is not {name}");
        Damage { kind: DamageKind::TrailingGarbage, byte, message }
    }

    /// Returns the damage of an object whose name promises this format, but whose first bytes are those of no format.
    pub(super) fn missing(self) -> Damage {
        let kind = match self {
            Compression::Gzip => DamageKind::NotGzip,
            Compression::Zstd => DamageKind::NotZstd,
        };
        let message = format!("the object is named .{}, but is neither gzip, zstd nor JSON", self.suffix());
        Damage { kind, byte: 0, message }
    }

    fn truncated_kind(self) -> DamageKind {
        match self {
            Compression::Gzip => DamageKind::TruncatedGzip,
            Compression::Zstd => DamageKind::TruncatedZstd,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_name_promises_a_compression() {
        for (name, expected) in [
            ("s3://b/a.data.gz", Some(Compression::Gzip)),
            ("A.GZ", Some(Compression::Gzip)),
            ("a.json.zst", Some(Compression::Zstd)),
            ("a.Zst", Some(Compression::Zstd)),
            ("a.jsonl", None),
            ("a.zst/b", None),
            ("zst", None),
            ("", None),
        ] {
            assert_eq!(Compression::of_name(name), expected, "{name}");
        }
    }
}
