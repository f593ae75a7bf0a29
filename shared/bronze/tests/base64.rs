//! Base64 is accepted exactly as in RFC 4648 section 4, and not more leniently.

use bronze::{NotBase64, decode_base64, encode_base64};
use proptest::prelude::*;

fn decode(text: &[u8]) -> Result<Vec<u8>, NotBase64> {
    let mut out = b"before".to_vec();
    let result = decode_base64(text, &mut out);
    assert_eq!(&out[..6], b"before");
    if result.is_err() {
        assert_eq!(out.len(), 6, "an error leaves nothing behind: {text:?}");
    }
    result.map(|()| out.split_off(6))
}

fn encode(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    encode_base64(bytes, &mut out);
    out
}

/// Encodes bit by bit as in the definition, to check the library against.
fn slow_encode(bytes: &[u8]) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = Vec::new();
    for group in bytes.chunks(3) {
        let bits =
            group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for place in 0..4 {
            let letter = ALPHABET[(bits >> (18 - 6 * place) & 63) as usize];
            out.push(if place <= group.len() { letter } else { b'=' });
        }
    }
    out
}

#[test]
fn the_vectors_of_the_rfc_hold() {
    let vectors = [
        ("", ""),
        ("f", "Zg=="),
        ("fo", "Zm8="),
        ("foo", "Zm9v"),
        ("foob", "Zm9vYg=="),
        ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ];
    for (plain, text) in vectors {
        assert_eq!(encode(plain.as_bytes()), text.as_bytes());
        assert_eq!(decode(text.as_bytes()), Ok(plain.as_bytes().to_vec()));
    }
}

#[test]
fn text_that_is_not_standard_padded_base64_is_refused() {
    let cases = [
        "Zg",
        "Zg=",
        "Zm8",
        "Z",
        "Zm9vY",
        "Zg===",
        "Zg==Zg==",
        "=",
        "====",
        "Z===",
        "Zm9v=",
        "Zm9v====", // padding
        "_-8=",
        "-_==", // the URL-safe alphabet
        "Zh==",
        "Zm9=",
        "Zm9vYh==", // leftover bits
        "Zm9v\n",
        " Zm9v",
        "Zm\r\n9v",
        "Zm9 ",
        "Zm9v\t",
        "Zg==\n", // white space
        "Zm9v\0",
        "Zm9é",
        "Zm!v",
        "Zm9v,",
        "Zm\u{ff}v", // other characters
    ];
    for text in cases {
        assert_eq!(decode(text.as_bytes()), Err(NotBase64), "{text:?}");
    }
}

#[test]
fn strictness_does_not_depend_on_the_offset_in_a_long_text() {
    let good = encode(&[0x5a; 300]);
    for at in 0..good.len() {
        for wrong in [b'-', b'_', b'=', b'\n', b' ', 0, 0x80, 0xff] {
            let mut text = good.clone();
            text[at] = wrong;
            assert_eq!(decode(&text), Err(NotBase64), "{wrong} at {at}");
        }
    }
    assert!(decode(&good).is_ok());
}

#[test]
fn leftover_bits_are_refused_at_the_end_of_a_long_text() {
    for length in [30, 60, 120, 300] {
        let mut text = encode(&vec![7; length]);
        text.extend_from_slice(b"Zg==");
        assert!(decode(&text).is_ok());
        let end = text.len();
        text[end - 3] = b'h';
        assert_eq!(decode(&text), Err(NotBase64), "{length}");
    }
}

proptest! {
    #[test]
    fn encoded_bytes_decode_to_themselves(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let text = encode(&bytes);
        prop_assert_eq!(&text, &slow_encode(&bytes));
        prop_assert_eq!(decode(&text), Ok(bytes));
    }

    #[test]
    fn what_decodes_is_what_its_bytes_encode_to(text in "[A-Za-z0-9+/=_ -]{0,12}") {
        match decode(text.as_bytes()) {
            Ok(bytes) => prop_assert_eq!(encode(&bytes), text.as_bytes()),
            Err(NotBase64) => prop_assert!((0..3).all(|cut| !is_canonical(&text, cut))),
        }
    }
}

/// Returns whether the text is the encoding of some bytes with this many `=` at its end, without using the library.
fn is_canonical(text: &str, padding: usize) -> bool {
    let digits = text.trim_end_matches('=');
    if text.len() - digits.len() != padding || !text.len().is_multiple_of(4) {
        return false;
    }
    let value =
        |letter: char| "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".find(letter);
    let Some(values) = digits.chars().map(value).collect::<Option<Vec<usize>>>() else { return false };
    match padding {
        0 => true,
        1 => values.last().is_some_and(|last| last % 4 == 0),
        _ => values.last().is_some_and(|last| last % 16 == 0),
    }
}
