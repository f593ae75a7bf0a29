/// A connector's object name, parsed: `<prefix?>/<connector>/<partition>/<start>_<end>.<n>.data.gz`.
///
/// This is only descriptive: an object may have any name, and what identifies a record is inside it.
/// The name is parsed from the right, because where the connector puts its prefix is not documented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ObjectName<'a> {
    /// The connector's OCID.
    pub connector: &'a str,
    /// The stream partition, digits.
    pub partition: &'a str,
    /// UTC, `YYYYMMDDTHHMMSSZ`: about the first record's time.
    pub start: &'a str,
    /// UTC, `YYYYMMDDTHHMMSSZ`.
    pub end: &'a str,
    /// The object's number among those of the same range; 0 in all names seen so far.
    pub sequence: u64,
}

impl<'a> ObjectName<'a> {
    /// Parses a name. `None` if the connector didn't make it.
    pub fn parse(name: &'a str) -> Option<Self> {
        let mut folders = name.rsplit('/');
        let (range, tail) = folders.next()?.strip_suffix(".data.gz")?.split_once('.')?;
        let (start, end) = range.rsplit_once('_')?;
        // A prefix may also be in front of the file name itself.
        let start = start.get(start.len().checked_sub(STAMP.len())?..)?;
        let partition = folders.next()?;
        let connector = folders.next()?;
        let known = is_stamp(start)
            && is_stamp(end)
            && is_digits(tail)
            && is_digits(partition)
            && connector.starts_with("ocid1.serviceconnector.");
        known.then_some(ObjectName { connector, partition, start, end, sequence: tail.parse().ok()? })
    }
}

const STAMP: &[u8] = b"00000000T000000Z";

fn is_stamp(text: &str) -> bool {
    text.len() == STAMP.len()
        && text.bytes().zip(STAMP).all(|(byte, form)| match form {
            b'0' => byte.is_ascii_digit(),
            letter => byte == *letter,
        })
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
