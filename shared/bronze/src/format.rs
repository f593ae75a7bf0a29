use crate::frame::Framing;
use std::fmt;
use std::str::FromStr;

/// An input format of bronze objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// One envelope per line, as OCI Connector Hub writes it.
    #[default]
    Connector,
    /// JSON values without an envelope. A value's position is its number within the object.
    Json,
    /// JSON values without an envelope, in objects whose names give a position: see [`KafkaName`](crate::KafkaName).
    KafkaConnect,
}

impl Format {
    /// All formats.
    pub const ALL: [Format; 3] = [Format::Connector, Format::Json, Format::KafkaConnect];

    /// Returns the format's name.
    pub const fn name(self) -> &'static str {
        match self {
            Format::Connector => "connector",
            Format::Json => "json",
            Format::KafkaConnect => "kafka-connect",
        }
    }

    /// Returns the unit into which the text is divided.
    pub const fn framing(self) -> Framing {
        match self {
            Format::Connector => Framing::Lines,
            Format::Json | Format::KafkaConnect => Framing::Values,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The name of a format is none of [`Format::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected connector, json or kafka-connect")]
pub struct UnknownFormat;

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        Format::ALL.into_iter().find(|format| format.name() == name).ok_or(UnknownFormat)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_known_by_its_name_and_the_message_lists_all() {
        for format in Format::ALL {
            assert_eq!(format.name().parse(), Ok(format));
            assert!(UnknownFormat.to_string().contains(format.name()));
        }
        assert_eq!("JSON".parse::<Format>(), Err(UnknownFormat));
    }
}
