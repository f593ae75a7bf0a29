//! OCIDs derived from names, so that a function has the same OCID after every start and on every machine.

use ring::digest::{SHA256, digest};

/// Returns the OCID of an application.
pub(crate) fn application(region: &str, application: &str) -> String {
    format!("ocid1.fnapp.oc1.{region}.aaaaaaaa{}", tail(application))
}

/// Returns the OCID of a function.
pub(crate) fn function(region: &str, application: &str, function: &str) -> String {
    // The slash separates the names unambiguously, because names contain none.
    format!("ocid1.fnfunc.oc1.{region}.aaaaaaaa{}", tail(&format!("{application}/{function}")))
}

/// Returns the last part of an OCID: the SHA-256 of the name in base 32, which is 52 lowercase letters and digits.
fn tail(name: &str) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let hash = digest(&SHA256, name.as_bytes());
    let bit = |place: usize| {
        hash.as_ref().get(place / 8).map_or(0, |byte| usize::from(byte >> (7 - place % 8) & 1))
    };
    let digit = |place: usize| (0..5).fold(0, |digit, low| digit << 1 | bit(place * 5 + low));
    (0..52).map(|place| char::from(ALPHABET[digit(place)])).collect()
}

#[cfg(test)]
mod tests {
    use super::{application, function};

    #[test]
    fn an_ocid_follows_from_the_names_alone() {
        let one = function("eu-frankfurt-1", "shop", "curate");
        assert_eq!(one, function("eu-frankfurt-1", "shop", "curate"));
        assert_ne!(one, function("eu-frankfurt-1", "shop", "ingest"));
        assert_ne!(one, function("eu-frankfurt-1", "bank", "curate"));
        assert!(one.starts_with("ocid1.fnfunc.oc1.eu-frankfurt-1.aaaaaaaa"), "{one}");
        assert_eq!(application("eu-frankfurt-1", "shop").rsplit('.').next().map(str::len), Some(60));
    }
}
