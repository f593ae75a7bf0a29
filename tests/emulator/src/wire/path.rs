//! Parses the path of a request.

use percent_encoding::percent_decode_str;

/// Returns the parts of a path after the API version, as on the wire; `None` for a path of another API. Trailing slashes are ignored.
pub(crate) fn parts<'a>(path: &'a str, version: &str) -> Option<Vec<&'a str>> {
    let mut parts = path.strip_prefix('/')?.trim_end_matches('/').split('/');
    (parts.next()? == version).then(|| parts.collect())
}

/// Percent-decodes a part; returns `None` if its bytes are not UTF-8.
pub(crate) fn decoded(part: &str) -> Option<String> {
    Some(percent_decode_str(part).decode_utf8().ok()?.into_owned())
}

#[cfg(test)]
mod tests {
    use super::{decoded, parts};

    #[test]
    fn parts_come_after_the_version() {
        let of = |path| parts(path, "1");
        assert_eq!(of("/1/a/b%2Fc/"), Some(vec!["a", "b%2Fc"]));
        assert_eq!(of("/1"), Some(vec![]));
        for other in ["", "/", "1/a", "/2/a", "//1/a", "/11/a"] {
            assert_eq!(of(other), None, "{other}");
        }
    }

    #[test]
    fn a_part_is_text() {
        assert_eq!(decoded("a%2eb%C3%A9"), Some("a.bé".to_owned()));
        assert_eq!(decoded("%FF"), None);
    }
}
