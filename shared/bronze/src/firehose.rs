use crate::base64::decode_base64;
use json::{Kind, Scanner, Text};

/// Appends the bytes of the record that Amazon Data Firehose could not deliver to `out`, and returns whether `value` is such a record: an
/// object with an `errorCode` and, in base64, `rawData`.
///
/// Cost: a search for `rawData`, and a scan of values that contain it.
///
/// Source: <https://docs.aws.amazon.com/firehose/latest/dev/retry.html>
pub fn undelivered(value: &[u8], out: &mut Vec<u8>) -> bool {
    if memchr::memmem::find(value, b"\"rawData\"").is_none() {
        return false;
    }
    let Some(raw) = str::from_utf8(value).ok().and_then(|text| raw_data(text).ok().flatten()) else {
        return false;
    };
    out.clear();
    decode_base64(raw.resolve().as_bytes(), out).is_ok()
}

fn raw_data(text: &str) -> Result<Option<Text<'_>>, json::Error> {
    let mut scanner = Scanner::new(text);
    scanner.open_object()?;
    let (mut raw, mut has_code, mut first) = (None, false, true);
    while let Some(key) = scanner.next_key(first)? {
        first = false;
        match scanner.kind()? {
            Kind::String if key.is("rawData") => raw = Some(scanner.string()?),
            Kind::String if key.is("errorCode") => {
                has_code = true;
                scanner.string()?;
            }
            _ => drop(scanner.any()?),
        }
    }
    scanner.end()?;
    Ok(raw.filter(|_| has_code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_data_next_to_an_error_code_is_the_record() {
        let mut out = Vec::new();
        let error = br#"{"attemptsMade":4,"errorCode":"S3.AccessDenied","rawData":"eyJhIjoxfQ=="}"#;
        assert!(undelivered(error, &mut out));
        assert_eq!(out, br#"{"a":1}"#);
        for value in [
            &br#"{"rawData":"eyJhIjoxfQ=="}"#[..],
            br#"{"errorCode":"x","rawData":"no base64!"}"#,
            br#"{"errorCode":1,"rawData":"eyJhIjoxfQ=="}"#,
            br#"{"errorCode":"x","inner":{"rawData":"eyJhIjoxfQ=="}}"#,
            br#"{"errorCode":"x","rawData":"eyJhIjoxfQ=="}}"#,
        ] {
            assert!(!undelivered(value, &mut out), "{}", String::from_utf8_lossy(value));
        }
    }
}
