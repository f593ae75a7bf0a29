use super::*;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn decode(body: &[u8], max_body: usize) -> Result<Bytes, RejectionCode> {
    let body = Bytes::copy_from_slice(body);
    ContentEncoding::Gzip.decode(body, max_body).map_err(|rejection| rejection.code)
}

fn of(values: &[&'static str]) -> Result<ContentEncoding, u16> {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(CONTENT_ENCODING, http::HeaderValue::from_static(value));
    }
    ContentEncoding::of(&headers).map_err(|rejection| rejection.code.status().as_u16())
}

#[test]
fn gzip_is_accepted_once_and_other_encodings_are_not() {
    for values in [&[][..], &["identity"], &[""], &["identity", "Identity"]] {
        assert_eq!(of(values), Ok(ContentEncoding::Identity), "{values:?}");
    }
    for values in [&["gzip"][..], &["GZip"], &["x-gzip"], &["identity, gzip"], &["identity", "gzip"]] {
        assert_eq!(of(values), Ok(ContentEncoding::Gzip), "{values:?}");
    }
    for values in [&["br"][..], &["deflate"], &["gzip, gzip"], &["gzip", "gzip"], &["gzip, br"], &["zstd"]] {
        assert_eq!(of(values), Err(415), "{values:?}");
    }
}

#[test]
fn the_text_is_all_members_of_a_gzip() {
    let body = [gzip(b"{\"a\":1}\n"), gzip(b""), gzip(b"{\"a\":2}\n")].concat();
    assert_eq!(decode(&body, 1000).unwrap(), &b"{\"a\":1}\n{\"a\":2}\n"[..]);
}

#[test]
fn a_gzip_truncated_anywhere_is_rejected() {
    let body = gzip(b"{\"account\":\"A315\"}");
    for end in 1..body.len() {
        let expected = RejectionCode::Gzip(DamageKind::TruncatedGzip);
        assert_eq!(decode(&body[..end], 1000), Err(expected), "{end}");
    }
    assert_eq!(decode(&[], 1000).unwrap(), Bytes::new());
}

#[test]
fn a_body_that_is_not_gzip_or_is_corrupt_says_where() {
    assert_eq!(decode(b"{\"a\":1}", 1000), Err(RejectionCode::Gzip(DamageKind::NotGzip)));
    let garbage = [gzip(b"{}"), b"more".to_vec()].concat();
    assert_eq!(decode(&garbage, 1000), Err(RejectionCode::Gzip(DamageKind::TrailingGarbage)));
    let mut flipped = gzip(&[b'x'; 100]);
    let last = flipped.len() - 6;
    flipped[last] ^= 1;
    let rejection = ContentEncoding::Gzip.decode(flipped.into(), 1000).unwrap_err();
    assert_eq!(rejection.code, RejectionCode::Gzip(DamageKind::CorruptGzip));
    assert!(rejection.byte.is_some(), "{rejection:?}");
}

#[test]
fn a_text_at_the_limit_passes_and_one_byte_more_does_not() {
    for length in [1, STEP - 1, STEP, STEP + 1, 3 * STEP] {
        let body = gzip(&vec![b' '; length]);
        assert_eq!(decode(&body, length.max(body.len())).map(|text| text.len()), Ok(length));
        if length > body.len() {
            assert_eq!(decode(&body, length - 1), Err(RejectionCode::BodyTooLarge), "{length}");
        }
    }
    let plain = ContentEncoding::Identity.decode(Bytes::from_static(b"12345"), 4);
    assert_eq!(plain.map_err(|rejection| rejection.code), Err(RejectionCode::BodyTooLarge));
}

#[test]
fn a_gzip_bomb_is_inflated_no_further_than_the_limit() {
    // A gigabyte of white space, compressed to a megabyte.
    let member = gzip(&vec![b' '; 32 << 20]);
    let bomb = member.repeat(32);
    assert!(bomb.len() < 2 << 20);
    assert_eq!(decode(&bomb, 6_000_000), Err(RejectionCode::BodyTooLarge));
}
