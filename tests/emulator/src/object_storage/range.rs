//! The header `range: bytes=…` with a single range, which is all that the service supports.

use http::StatusCode;

use crate::wire::service_error::ServiceError;

/// The bytes from `start` up to but not including `end`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ByteRange {
    pub(crate) start: u64,
    pub(crate) end: u64,
}

impl ByteRange {
    /// Parses the header for an object of `size` bytes. Text that is not a range is ignored, as HTTP requires.
    pub(crate) fn parse(header: &str, size: u64) -> Result<Option<Self>, ServiceError> {
        let Some((first, last)) =
            header.trim().strip_prefix("bytes=").and_then(|range| range.split_once('-'))
        else {
            return Ok(None);
        };
        let number = |text: &str| text.trim().parse::<u64>().ok();
        let range = match (first.trim(), last.trim()) {
            ("", last) => number(last).map(|length| Self { start: size.saturating_sub(length), end: size }),
            (first, "") => number(first).map(|start| Self { start, end: size }),
            (first, last) => number(first).zip(number(last)).and_then(|(first, last)| {
                (first <= last).then(|| Self { start: first, end: last.saturating_add(1).min(size) })
            }),
        };
        match range {
            Some(range) if range.start >= range.end => Err(ServiceError::new(
                StatusCode::RANGE_NOT_SATISFIABLE,
                "InvalidRange",
                format!("The range '{header}' is outside of the object's {size} bytes."),
            )),
            range => Ok(range),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ByteRange;

    #[test]
    fn a_range_is_cut_to_the_object_and_rejected_outside_of_it() {
        let parse =
            |header| ByteRange::parse(header, 10).map(|range| range.map(|range| (range.start, range.end)));
        assert_eq!(parse("bytes=0-0").unwrap(), Some((0, 1)));
        assert_eq!(parse("bytes=2-").unwrap(), Some((2, 10)));
        assert_eq!(parse("bytes=-3").unwrap(), Some((7, 10)));
        assert_eq!(parse("bytes=-30").unwrap(), Some((0, 10)));
        assert_eq!(parse("bytes=5-100").unwrap(), Some((5, 10)));
        assert_eq!(parse("bytes=7-5").unwrap(), None);
        assert_eq!(parse("lines=1-2").unwrap(), None);
        assert_eq!(parse("bytes=10-").unwrap_err().code, "InvalidRange");
        assert_eq!(parse("bytes=-0").unwrap_err().code, "InvalidRange");
        assert_eq!(ByteRange::parse("bytes=0-", 0).unwrap_err().code, "InvalidRange");
    }
}
