use crate::observer::Observer;
use bronze::{
    Chunk, ChunkKind, Connector, Content, Format, KafkaName, LineReader, Quarantine, Unit, Values,
    undelivered,
};
use json::Kind;
use json::Scanner;

/// Shows an observer the records of an object's text, chunk by chunk.
///
/// A reader serves one thread and keeps its buffers.
#[derive(Debug)]
pub struct Reader {
    lines: Option<Box<dyn LineReader>>,
    max_line: usize,
    /// What Firehose could not deliver, decoded.
    undelivered: Vec<u8>,
}

/// Number of units from which the format is detected.
const TRIED: usize = 100;

impl Reader {
    /// Creates a reader. Longer lines and values than `max_line` are only counted.
    pub fn new(format: Format, max_line: usize) -> Self {
        let lines: Option<Box<dyn LineReader>> = match format {
            Format::Connector => Some(Box::<Connector>::default()),
            Format::Json | Format::KafkaConnect => None,
        };
        Reader { lines, max_line, undelivered: Vec::new() }
    }

    /// Creates a reader of quarantine objects.
    pub fn of_quarantine(max_line: usize) -> Self {
        Reader { lines: Some(Box::<Quarantine>::default()), max_line, undelivered: Vec::new() }
    }

    /// Detects the format of an object from a chunk of whole lines at its start. Returns `None` if nothing in it can be read.
    pub fn detect(chunk: &[u8], name: &str) -> Option<Format> {
        let lines = chunk.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
        if lines.take(TRIED).any(|line| bronze::Envelope::parse(line).is_ok()) {
            return Some(Format::Connector);
        }
        let mut values = Values::new(chunk, false);
        let mut units = std::iter::from_fn(|| {
            Some(match values.next_unit()? {
                Unit::Line(line) if !is_object(line) => values.reject(line),
                unit => unit,
            })
        });
        let readable = units.by_ref().take(TRIED).any(|unit| match unit {
            Unit::Line(_) => true,
            Unit::Value(value) => is_object(value),
            Unit::Broken(..) => false,
        });
        let format = if KafkaName::parse(name).is_some() { Format::KafkaConnect } else { Format::Json };
        readable.then_some(format)
    }

    /// Observes every record of a chunk.
    pub fn read(&mut self, chunk: &Chunk, observer: &mut Observer) {
        match chunk.kind {
            ChunkKind::Lines => self.read_lines(&chunk.bytes, observer),
            ChunkKind::Values { in_array } => self.read_values(&chunk.bytes, in_array, observer),
            ChunkKind::LongLine { first, .. } => observer.counts.too_long += u64::from(first),
        }
    }

    fn read_lines(&mut self, text: &[u8], observer: &mut Observer) {
        let Some(reader) = &mut self.lines else { return };
        let mut rest = text;
        while !rest.is_empty() {
            let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            let (line, after) = rest.split_at(end);
            rest = after.get(1..).unwrap_or_default();
            if line.len() > self.max_line {
                observer.counts.too_long += 1;
                continue;
            }
            if line.trim_ascii().is_empty() {
                continue;
            }
            match reader.read(line).content {
                Content::Record(record) => {
                    let binary = record.key.is_some_and(|key| simdutf8::basic::from_utf8(key).is_err());
                    observer.counts.binary_keys += u64::from(binary);
                    if observe(record.value, observer).is_none() {
                        observer.counts.not_json += 1;
                    }
                }
                Content::Unreadable(_) => observer.counts.not_envelopes += 1,
                Content::Remark => {}
            }
        }
    }

    fn read_values(&mut self, text: &[u8], in_array: bool, observer: &mut Observer) {
        let mut values = Values::new(text, in_array);
        while let Some(unit) = values.next_unit() {
            let unit = match unit {
                Unit::Line(line) => match self.read_value(line, observer) {
                    Some(()) => continue,
                    None => values.reject(line),
                },
                unit => unit,
            };
            let read = match unit {
                Unit::Line(value) | Unit::Value(value) => self.read_value(value, observer),
                Unit::Broken(..) => None,
            };
            if read.is_none() {
                observer.counts.not_json += 1;
            }
        }
    }

    /// Observes a value. Returns `None`, and changes nothing, if it is not JSON.
    fn read_value(&mut self, value: &[u8], observer: &mut Observer) -> Option<()> {
        match undelivered(value, &mut self.undelivered) {
            true => observe(&self.undelivered, observer),
            false => observe(value, observer),
        }
    }
}

fn observe(value: &[u8], observer: &mut Observer) -> Option<()> {
    observer.observe(simdutf8::basic::from_utf8(value).ok()?).ok()
}

fn is_object(value: &[u8]) -> bool {
    let Ok(text) = simdutf8::basic::from_utf8(value) else { return false };
    let mut scanner = Scanner::new(text);
    scanner.kind() == Ok(Kind::Object) && scanner.any().is_ok() && scanner.end().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_is_detected_from_what_is_read() {
        let envelope =
            br#"{"stream":"s","partition":"0","key":null,"value":"e30=","offset":7,"timestamp":1}"#;
        for (text, name, format) in [
            (&b""[..], "a.json", None),
            (b"a,b\n1,2\n", "a.json", None),
            (b"\xff\xfe\x00", "a.json", None),
            (b"[1, 2]", "a.json", None),
            (b"\n{\"a\":1}\n", "a.json", Some(Format::Json)),
            (b"{\"a\":1}{\"a\":2}", "a.json", Some(Format::Json)),
            (b"[{\"a\":\n1}]", "a.json", Some(Format::Json)),
            (b"broken\n{\"a\":1}", "a.json", Some(Format::Json)),
            (b"{\"a\":1}\n", "t+0+0000000000.json", Some(Format::KafkaConnect)),
            (envelope, "t+0+0000000000.json", Some(Format::Connector)),
        ] {
            assert_eq!(Reader::detect(text, name), format, "{}", text.escape_ascii());
        }
    }
}
