/// A parsed object name of Kafka Connect's sinks: `<anything>/<topic>+<partition>+<first offset>.json.gz`.
///
/// The offsets of the records that follow the first one are not in the object. They are exact for topics whose offsets have no gaps, which
/// compacted topics and those with transactions have.
///
/// Source: <https://docs.confluent.io/kafka-connectors/s3-sink/current/overview.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KafkaName<'a> {
    /// The topic.
    pub topic: &'a str,
    /// The partition, in digits.
    pub partition: &'a str,
    /// The offset of the object's first record.
    pub first_offset: i64,
}

/// Largest offset of a first record. It leaves room for the records that follow.
const MAX_OFFSET: i64 = i64::MAX / 2;

impl<'a> KafkaName<'a> {
    /// Parses a name. Returns `None` if it isn't Kafka Connect's.
    pub fn parse(name: &'a str) -> Option<Self> {
        let name = name.rsplit('/').next()?;
        let (rest, tail) = name.rsplit_once('+')?;
        let (topic, partition) = rest.rsplit_once('+')?;
        // The suffixes depend on the format and the compression.
        let digits = tail.split('.').next()?;
        let known = !topic.is_empty() && is_digits(partition) && is_digits(digits);
        let first_offset = digits.parse().ok().filter(|offset| *offset <= MAX_OFFSET)?;
        known.then_some(KafkaName { topic, partition, first_offset })
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topic_partition_and_offset_are_in_the_name() {
        for name in ["topics/a+b/partition=3/a+b+3+0000000042.json.gz", "a+b+3+0000000042.json", "x/a+b+3+42"]
        {
            assert_eq!(
                KafkaName::parse(name),
                Some(KafkaName { topic: "a+b", partition: "3", first_offset: 42 })
            );
        }
        for name in [
            "",
            "x.json",
            "a+3.json",
            "+3+42.json",
            "a++42.json",
            "a+3+x.json",
            "a+3+99999999999999999999.json",
            "a+3+42.json/",
        ] {
            assert_eq!(KafkaName::parse(name), None, "{name}");
        }
    }
}
