/// A parsed object name of a connector: `<prefix?>/<connector>/<partition>/<start>_<end>.<n>.data.gz`.
///
/// It is only informative: an object may have any name, and what identifies a record is inside the object. The name is parsed from the
/// right, because it is not documented where the connector puts its prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ObjectName<'a> {
    /// The connector's OCID.
    pub connector: &'a str,
    /// The stream partition, in digits.
    pub partition: &'a str,
    /// Start of the time range, about the time of the first record, as `YYYYMMDDTHHMMSSZ` in UTC.
    pub start: &'a str,
    /// End of the time range, as `YYYYMMDDTHHMMSSZ` in UTC.
    pub end: &'a str,
    /// The object's number among those with the same time range. It is 0 in all names seen so far.
    pub sequence: u64,
}

impl<'a> ObjectName<'a> {
    /// Parses a name. Returns `None` if it isn't a connector's.
    pub fn parse(name: &'a str) -> Option<Self> {
        let mut folders = name.rsplit('/');
        let (range, tail) = folders.next()?.strip_suffix(".data.gz")?.split_once('.')?;
        let (start, end) = range.rsplit_once('_')?;
        // A prefix may also precede the file name itself.
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
