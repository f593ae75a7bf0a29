use crate::common::{How, curate, line, schema};
use bronze::Format;
use std::sync::Arc;
use table::Schema;

const KAFKA: &str = "file:///topics/t/partition=3/t+3+0000000100.json";

/// A small object of one format.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) how: How,
    pub(crate) schema: Arc<Schema>,
    begin: &'static str,
    /// Between two units.
    separator: &'static str,
    end: &'static str,
    units: Vec<Unit>,
}

/// A line or value.
pub(crate) struct Unit {
    text: Vec<u8>,
    /// The offset of the row that it becomes.
    row: Option<i64>,
}

impl Case {
    /// Returns an object of each format and with each separator.
    pub(crate) fn all() -> Vec<Case> {
        let mut all = vec![Case::connector(), Case::kafka_connect(), Case::firehose(), Case::quarantine()];
        all.extend(["", "\n", " ", "\r\n", "\u{1e}"].map(|separator| Case::values("", separator, "")));
        all.push(Case::values("\u{1e}", "\n\u{1e}", "\n"));
        all.push(Case::values("[", ",", "]"));
        all.push(Case::values("[\n", " ,\n", "\n]\n"));
        all
    }

    fn connector() -> Case {
        let units = vec![
            row(line(100, "{\"n\":1,\"copy\":\"é\"}".as_bytes()), 100),
            refused(line(101, b"{\"n\":5.7}")),
            refused("no envelope: 東\r"),
            refused(""),
            row(line(102, b"{\"n\":-7}"), 102),
        ];
        Case { units, ..Case::new("connector", How::default()) }
    }

    fn values(begin: &'static str, separator: &'static str, end: &'static str) -> Case {
        let mut units = vec![
            row("{\"n\":1}", 0),
            row("{\"copy\":\"}{é東\\\"[\",\n \"n\": 2}", 1),
            refused("{\"n\":\"x\"}"),
            refused("[[7],{}]"),
            row("{}", 4),
        ];
        // Elsewhere, the value after a broken one would be part of it.
        if begin.is_empty() && separator.contains(['\n', '\u{1e}']) {
            units.push(refused("{\"n\":01} {\"n\":5}"));
            units.push(refused(b"{\"copy\":\"\xff\"}"));
            units.push(row("{\"n\":3}", 7));
        }
        // At the top level, an array's elements are values.
        if begin.starts_with('[') {
            return Case { units, begin, separator, end, ..Case::new("elements", json()) };
        }
        units[3] = refused("true");
        let name = format!("values with {separator:?}");
        Case { units, begin, separator, end, ..Case::new(&name, json()) }
    }

    fn kafka_connect() -> Case {
        let how = How { format: Format::KafkaConnect, url: KAFKA, ..How::default() };
        let units = vec![row("{\"n\":1}", 100), refused("{\"n\":true}"), row("{\"n\":2}", 102)];
        Case { units, end: "\n", ..Case::new("kafka-connect", how) }
    }

    fn firehose() -> Case {
        let error = |value: &[u8]| {
            let mut text = b"{\"attemptsMade\":4,\"errorCode\":\"S3.AccessDenied\",\"rawData\":\"".to_vec();
            bronze::encode_base64(value, &mut text);
            [text, b"\"}".to_vec()].concat()
        };
        let units = vec![row(error(b"{\"n\":1}\n"), 0), refused(error(b"{\"n\":0.5}")), row(error(b"{}"), 2)];
        Case { units, end: "\n", ..Case::new("Firehose errors", json()) }
    }

    /// An object of a quarantine, of which a new schema accepts some.
    fn quarantine() -> Case {
        let relaxed = br#"{"name":"t","version":2,"columns":[
            {"name":"copy","type":"string"},{"name":"n","type":"int64","from_string":true}]}"#;
        let lines = [line(200, b"{\"n\":\"12\"}"), b"no envelope".to_vec(), line(201, b"{\"n\":[]}")];
        let lines = curate(&lines.join(&b'\n'), &schema(), &How::default()).quarantine();
        let values = curate(b"{\"n\":\"13\"}{\"n\":{}}", &schema(), &json()).quarantine();
        let mut units: Vec<Unit> = lines.into_iter().chain(values).map(refused).collect();
        (units[0].row, units[3].row) = (Some(200), Some(0));
        let schema = Arc::new(Schema::parse(relaxed).unwrap());
        Case { units, schema, end: "\n", ..Case::new("quarantine", How::quarantine()) }
    }

    fn new(name: &str, how: How) -> Case {
        let (begin, separator, end) = ("", "\n", "");
        Case { name: name.into(), how, schema: schema(), begin, separator, end, units: Vec::new() }
    }

    pub(crate) fn text(&self) -> Vec<u8> {
        let units: Vec<&[u8]> = self.units.iter().map(|unit| unit.text.as_slice()).collect();
        [self.begin.as_bytes(), &units.join(self.separator.as_bytes()), self.end.as_bytes()].concat()
    }

    /// Returns whether a byte may be between two units.
    pub(crate) fn may_separate(&self, byte: u8) -> bool {
        let space = if self.how.format == Format::Connector { "\n" } else { " \n" };
        [self.begin, self.separator, self.end, space].concat().as_bytes().contains(&byte)
    }

    /// Returns the offset of each row, in ascending order.
    pub(crate) fn offsets(&self) -> Vec<i64> {
        let mut offsets: Vec<i64> = self.units.iter().filter_map(|unit| unit.row).collect();
        offsets.sort_unstable();
        offsets
    }

    /// Returns the offset of each row, and where its unit is in the text.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (i64, std::ops::Range<usize>)> {
        let mut start = self.begin.len();
        self.units.iter().filter_map(move |unit| {
            let range = start..start + unit.text.len();
            start = range.end + self.separator.len();
            Some((unit.row?, range))
        })
    }
}

fn json() -> How {
    How { format: Format::Json, ..How::default() }
}

fn row(text: impl Into<Vec<u8>>, offset: i64) -> Unit {
    Unit { text: text.into(), row: Some(offset) }
}

fn refused(text: impl Into<Vec<u8>>) -> Unit {
    Unit { text: text.into(), row: None }
}
