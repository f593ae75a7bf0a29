//! Converts object names to [`Path`]s and back.
//!
//! A name is any UTF-8 text of 1 to 1,024 bytes without NUL, CR and LF. A [`Path`] has no empty segment (`a//b`, `/a`, `a/`), no `.` or
//! `..` segment and no control characters. To give every name a path of its own, a segment that is not valid in a path becomes `%00`
//! followed by its text, in which control characters and `%` are percent-encoded: `a//b` is the path `a/%00/b`, and the console's folder
//! `a/` is `a/%00`. A segment that itself begins with `%00` is encoded as well. Other names are unchanged: `%41`, `+` and spaces stay as
//! they are.

use object_store::path::Path;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// Marks an encoded segment. It is an encoded NUL, which no name contains.
const MARK: &str = "%00";

const ESCAPED: &AsciiSet = &CONTROLS.add(b'%');

/// Returns the path of a name.
pub(crate) fn to_path(name: &str) -> Path {
    let mut raw = String::with_capacity(name.len() + MARK.len());
    for (index, segment) in name.split('/').enumerate() {
        if index > 0 {
            raw.push('/');
        }
        if needs_escape(segment) {
            raw.push_str(MARK);
            raw.extend(utf8_percent_encode(segment, ESCAPED));
        } else {
            raw.push_str(segment);
        }
    }
    Path::parse(raw).expect("no segment is empty, made of dots, or has a control character")
}

/// Returns the path of a prefix, for errors and listings.
pub(crate) fn to_path_of_prefix(prefix: &str) -> Path {
    match prefix.strip_suffix('/').unwrap_or(prefix) {
        "" => Path::default(),
        name => to_path(name),
    }
}

/// Returns the name of a path.
pub(crate) fn of_path(path: &Path) -> String {
    of_text(path.as_ref())
}

/// Returns the name, or prefix of names, of a path in text form.
pub(crate) fn of_text(path: &str) -> String {
    if !path.contains(MARK) {
        return path.to_owned();
    }
    let segments = path.split('/').map(|segment| match segment.strip_prefix(MARK) {
        Some(escaped) => percent_decode_str(escaped).decode_utf8_lossy(),
        None => segment.into(),
    });
    segments.collect::<Vec<_>>().join("/")
}

fn needs_escape(segment: &str) -> bool {
    let control = segment.bytes().any(|byte| byte.is_ascii_control());
    segment.is_empty() || segment == "." || segment == ".." || control || segment.starts_with(MARK)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_that_are_not_valid_paths_are_encoded_and_others_are_not() {
        let cases = [
            ("a//b", "a/%00/b"),
            ("/a", "%00/a"),
            ("a/", "a/%00"),
            ("/", "%00/%00"),
            ("../x/.", "%00../x/%00."),
            ("a\tb", "%00a%09b"),
            ("%00", "%00%2500"),
            ("100%/a+b c%41/ü/...", "100%/a+b c%41/ü/..."),
        ];
        for (name, path) in cases {
            assert_eq!(to_path(name).as_ref(), path);
            assert_eq!(of_path(&to_path(name)), name);
        }
    }

    proptest! {
        #[test]
        fn every_name_has_a_path_of_its_own(name in "[/.%0a\t\u{7f}\u{e9}2-5]{1,30}", other in "[/.%0a\t2-5]{1,30}") {
            prop_assert_eq!(of_path(&to_path(&name)), name.clone());
            prop_assert_eq!(to_path(&name) == to_path(&other), name == other);
        }

        #[test]
        fn any_name_survives_the_round_trip(name in "[^\\x00\r\n]{1,100}") {
            prop_assert_eq!(of_path(&to_path(&name)), name);
        }
    }
}
