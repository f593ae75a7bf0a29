use crate::own_names::QUARANTINE;
use bronze::{Format, Framing, KafkaName};
use percent_encoding::percent_decode_str;

/// How a source object is read: its format, and what its URL says about its records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    pub(crate) units: Units,
}

/// The unit into which a source is divided, which becomes a row or a quarantine entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Units {
    /// Lines with the connector's envelope.
    Envelopes,
    /// Entries of a quarantine object, whatever format the lines had before.
    Quarantined,
    /// JSON values without an envelope.
    Values(Origin),
}

/// Where the values of an object without envelopes come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The stream's name, or the object's URL.
    pub(crate) stream: String,
    pub(crate) partition: Option<String>,
    /// Offset of the first value. Each value has the next one.
    pub(crate) first_offset: i64,
}

/// The URL doesn't have the form that the format needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("its name must end like topic+partition+offset.json.gz, as Kafka Connect writes it")]
pub struct NotKafkaConnect;

impl Input {
    /// Returns how the source at `url` is read. An object below a folder `_quarantine` holds quarantine entries, whatever the format.
    ///
    /// # Errors
    ///
    /// Fails if the format takes positions from names and this one has none.
    pub fn of(format: Format, url: &str) -> Result<Self, NotKafkaConnect> {
        let units = match format {
            _ if url.split('/').rev().skip(1).any(|folder| folder == QUARANTINE) => Units::Quarantined,
            Format::Connector => Units::Envelopes,
            Format::Json => {
                Units::Values(Origin { stream: url.to_owned(), partition: None, first_offset: 0 })
            }
            Format::KafkaConnect => {
                let name = percent_decode_str(url).decode_utf8_lossy();
                let KafkaName { topic, partition, first_offset } =
                    KafkaName::parse(&name).ok_or(NotKafkaConnect)?;
                Units::Values(Origin {
                    stream: topic.to_owned(),
                    partition: Some(partition.to_owned()),
                    first_offset,
                })
            }
        };
        Ok(Input { units })
    }

    /// Returns the unit into which the source's text is divided.
    pub fn framing(&self) -> Framing {
        match self.units {
            Units::Envelopes | Units::Quarantined => Framing::Lines,
            Units::Values(_) => Framing::Values,
        }
    }
}
