//! The JSON line that Connector Hub writes for a message.

use std::io::Write;

use base64_simd::STANDARD;

use crate::streaming::StreamMessage;

/// Writes the lines of one partition.
///
/// A line is `{"stream":"NAME","partition":"0","key":"BASE64","value":"BASE64","offset":1,"timestamp":MILLISECONDS}` and a line feed; a
/// null key is `null`. The fields, their order and the absence of spaces match real objects of Connector Hub.
#[derive(Debug)]
pub(crate) struct Envelope {
    /// The line up to the key, which is the same for all messages.
    head: Vec<u8>,
    line: Vec<u8>,
}

impl Envelope {
    pub(crate) fn new(stream: &str, partition: usize) -> Self {
        let stream = serde_json::Value::from(stream);
        let head = format!("{{\"stream\":{stream},\"partition\":\"{partition}\",\"key\":");
        Self { head: head.into_bytes(), line: Vec::new() }
    }

    /// Returns the line for a message, valid until the next call.
    pub(crate) fn line(&mut self, message: &StreamMessage) -> &[u8] {
        let line = &mut self.line;
        line.clear();
        line.extend_from_slice(&self.head);
        match &message.key {
            Some(key) => append_text(line, key),
            None => line.extend_from_slice(b"null"),
        }
        line.extend_from_slice(b",\"value\":");
        append_text(line, &message.value);
        writeln!(line, ",\"offset\":{},\"timestamp\":{}}}", message.offset, message.timestamp)
            .expect("a Vec takes all that is written");
        line
    }
}

fn append_text(line: &mut Vec<u8>, bytes: &[u8]) {
    line.push(b'"');
    STANDARD.encode_append(bytes, line);
    line.push(b'"');
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::path::Path;

    use bytes::Bytes;

    use super::{Envelope, STANDARD, StreamMessage};

    #[test]
    fn a_null_key_differs_from_an_empty_one() {
        let mut envelope = Envelope::new("ledger", 3);
        let message = |key: Option<&'static [u8]>, value: &'static [u8]| StreamMessage {
            offset: 7,
            timestamp: 1_719_563_322_261,
            key: key.map(Bytes::from_static),
            value: Bytes::from_static(value),
        };
        for (message, expected) in [
            (message(None, b"\x00\xff"), r#""key":null,"value":"AP8=""#),
            (message(Some(b""), b""), r#""key":"","value":"""#),
            (message(Some(b"key"), b"value"), r#""key":"a2V5","value":"dmFsdWU=""#),
        ] {
            let expected = format!(
                "{{\"stream\":\"ledger\",\"partition\":\"3\",{expected},\"offset\":7,\"timestamp\":1719563322261}}\n"
            );
            assert_eq!(std::str::from_utf8(envelope.line(&message)).unwrap(), expected);
        }
    }

    #[test]
    #[allow(clippy::disallowed_types, reason = "the crate with the other decoder is the project's")]
    fn lines_equal_those_of_real_objects_byte_for_byte() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/bronze");
        let mut lines = 0;
        for partition in [0, 1] {
            let folder =
                folder.join(format!("ocid1.serviceconnector.oc1.uk-london-1.amaaaaaaexample/{partition}"));
            for object in std::fs::read_dir(folder).unwrap() {
                let file = std::fs::File::open(object.unwrap().path()).unwrap();
                for line in BufReader::new(flate2::read::MultiGzDecoder::new(file)).lines() {
                    let line = line.unwrap();
                    let real: serde_json::Value = serde_json::from_str(&line).unwrap();
                    let decode = |field: &str| {
                        Bytes::from(STANDARD.decode_to_vec(real[field].as_str().unwrap()).unwrap())
                    };
                    let message = StreamMessage {
                        offset: real["offset"].as_u64().unwrap(),
                        timestamp: real["timestamp"].as_i64().unwrap(),
                        key: Some(decode("key")),
                        value: decode("value"),
                    };
                    let mut envelope = Envelope::new(real["stream"].as_str().unwrap(), partition);
                    assert_eq!(std::str::from_utf8(envelope.line(&message)).unwrap(), format!("{line}\n"));
                    lines += 1;
                }
            }
        }
        assert!(lines > 1000, "the real objects have {lines} lines");
    }
}
