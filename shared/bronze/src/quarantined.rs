use crate::base64::{NotBase64, decode_base64};
use crate::envelope_fields::{offset, string};
use json::{Kind, Scanner, Text};

/// What a line of a quarantine object holds.
///
/// Only a line of a quarantine object may be read this way: in any other object, members such as `raw` and `error` are the sender's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Quarantined {
    /// A line of a source object, byte for byte.
    Line(Vec<u8>),
    /// A value of an object without envelopes.
    Value(QuarantinedValue),
    /// A remark about a whole object. It holds no line.
    Remark,
    /// An entry whose base64 is invalid, byte for byte.
    Undecodable(Vec<u8>),
}

/// A value of an object without envelopes, and where it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantinedValue {
    /// The value, byte for byte.
    pub value: Vec<u8>,
    /// The stream's name, or the object's URL.
    pub stream: String,
    /// The stream partition, if the object's name has one.
    pub partition: Option<String>,
    /// The offset.
    pub offset: i64,
}

/// The members of an entry.
#[derive(Default)]
struct Members<'a> {
    raw: Option<Text<'a>>,
    entry: Option<Text<'a>>,
    record: Option<Place<'a>>,
    /// Whether there are members other than these and the error, or these in another form.
    others: bool,
    /// The last member, if that is an error that a quarantine added.
    error: Option<OwnError<'a>>,
}

/// An error that a quarantine added.
struct OwnError<'a> {
    /// Offset of the comma before it.
    comma: usize,
    /// Its value.
    text: &'a str,
}

/// The `record` member.
struct Place<'a> {
    stream: Text<'a>,
    partition: Option<Text<'a>>,
    offset: i64,
}

impl Quarantined {
    /// Reads one line of a quarantine object, given without its newline. A line that a quarantine has not written, because somebody edited
    /// the object, counts as a line of a source object.
    pub fn read(line: &[u8]) -> Self {
        Quarantined::read_with_error(line).0
    }

    /// Does the same as [`read`](Self::read), and also returns the JSON of the error that the quarantine added last. Without one, the line
    /// is not an entry.
    pub fn read_with_error(line: &[u8]) -> (Self, Option<&str>) {
        let members = str::from_utf8(line).ok().and_then(|text| Members::read(text).ok());
        let error = members.as_ref().and_then(|members| Some(members.error.as_ref()?.text));
        (Quarantined::of(line, members), error)
    }

    fn of(line: &[u8], members: Option<Members<'_>>) -> Self {
        let Some(members) = members else { return Quarantined::Line(line.to_vec()) };
        let undecodable = |_: NotBase64| Quarantined::Undecodable(line.to_vec());
        let Some(error) = members.error else { return Quarantined::Line(line.to_vec()) };
        match members {
            Members { raw: Some(raw), entry: None, record: None, others: false, .. } => {
                decode(&raw).map_or_else(undecodable, Quarantined::Line)
            }
            Members { raw: Some(raw), entry: None, record: Some(place), others: false, .. } => {
                decode(&raw).map_or_else(undecodable, |value| place.value(value))
            }
            Members { raw: None, entry: None, record: None, others: false, .. } => Quarantined::Remark,
            // An entry inside an entry was too long a line when it was reprocessed.
            Members { raw: None, entry: Some(inner), record: None, others: false, .. } => {
                decode(&inner).map_or_else(undecodable, |inner| Quarantined::read(&inner))
            }
            _ => Quarantined::Line([&line[..error.comma], b"}"].concat()),
        }
    }
}

impl<'a> Members<'a> {
    fn read(text: &'a str) -> Result<Self, json::Error> {
        let mut scanner = Scanner::new(text);
        let mut members = Members::default();
        scanner.open_object()?;
        let mut first = true;
        loop {
            let before = scanner.position();
            let Some(key) = scanner.next_key(first)? else { break };
            first = false;
            members.error = None;
            let known = match &*key.resolve() {
                "raw" => set(&mut members.raw, string(&mut scanner)?.ok()),
                "entry" => set(&mut members.entry, string(&mut scanner)?.ok()),
                "record" => set(&mut members.record, Place::read(&mut scanner)?),
                "error" => {
                    let error = scanner.any()?;
                    // White space before the comma was before the object's end.
                    let comma = text[before..].find(',').map_or(before, |comma| before + comma);
                    members.error = is_own_error(error).then_some(OwnError { comma, text: error });
                    members.error.is_some()
                }
                _ => scanner.any().map(|_| false)?,
            };
            members.others |= !known;
        }
        scanner.end()?;
        Ok(members)
    }
}

impl<'a> Place<'a> {
    /// Reads the value at the cursor. Returns `None` if it has another form.
    fn read(scanner: &mut Scanner<'a>) -> Result<Option<Self>, json::Error> {
        if scanner.kind()? != Kind::Object {
            return scanner.any().map(|_| None);
        }
        let (mut stream, mut partition, mut at) = (None, None, None);
        scanner.open_object()?;
        let mut first = true;
        while let Some(key) = scanner.next_key(first)? {
            first = false;
            match &*key.resolve() {
                "stream" => stream = string(scanner)?.ok(),
                "partition" => partition = string(scanner)?.ok(),
                "offset" => at = offset(scanner)?.ok(),
                _ => drop(scanner.any()?),
            }
        }
        Ok(stream.zip(at).map(|(stream, offset)| Place { stream, partition, offset }))
    }

    fn value(self, value: Vec<u8>) -> Quarantined {
        let partition = self.partition.map(|partition| partition.resolve().into_owned());
        let stream = self.stream.resolve().into_owned();
        Quarantined::Value(QuarantinedValue { value, stream, partition, offset: self.offset })
    }
}

/// Fills a slot, and returns whether it was empty and there is a value.
fn set<T>(slot: &mut Option<T>, value: Option<T>) -> bool {
    let good = slot.is_none() && value.is_some();
    *slot = value;
    good
}

/// Returns whether this is an error in the form in which a quarantine adds it: an object whose first member is a code. White space doesn't
/// matter, because another program may have rewritten the line since.
fn is_own_error(text: &str) -> bool {
    let code = |scanner: &mut Scanner<'_>| {
        scanner.open_object()?;
        let is_code = scanner.next_key(true)?.is_some_and(|key| key.is("code"));
        Ok::<bool, json::Error>(is_code && scanner.kind()? == Kind::String)
    };
    code(&mut Scanner::new(text)).unwrap_or(false)
}

fn decode(base64: &Text<'_>) -> Result<Vec<u8>, NotBase64> {
    let mut decoded = Vec::new();
    decode_base64(base64.resolve().as_bytes(), &mut decoded).map(|()| decoded)
}

#[cfg(test)]
#[path = "quarantined_tests.rs"]
mod tests;
