//! Tests zstd in all its forms, and everything that can be wrong with it. The library's encoder writes the frames.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use bronze::{Compression, Damage, DamageKind, Inflater, RATIO_FLOOR};
use common::{Read, bare_zstd, gzip, read_with, skippable, zstd, zstd_with};
use proptest::prelude::*;
use zstd_safe::CParameter;

const ZST: Option<Compression> = Some(Compression::Zstd);
const TEXT: &[u8] = b"{\"a\":1}\n{\"a\":2}\n";

fn read(bytes: &[u8]) -> Read {
    read_in(bytes, usize::MAX, 64 << 10)
}

fn read_in(bytes: &[u8], fetch: usize, space: usize) -> Read {
    read_with(bytes, fetch, space, ZST, u64::MAX)
}

fn whole(bytes: &[u8]) -> Vec<u8> {
    let read = read(bytes);
    assert_eq!(read.damage, None, "{bytes:?}");
    read.text
}

/// Returns lines that compress a little, so that a frame of them has compressed blocks.
fn lines(count: u64) -> Vec<u8> {
    (0..count)
        .flat_map(|at| format!("{{\"line\":{}}}\n", at.wrapping_mul(0x9e37_79b9_7f4a_7c15)).into_bytes())
        .collect()
}

/// Returns bytes that do not compress, so that a frame of them has raw blocks.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u64;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    })
    .take(length)
    .collect()
}

#[test]
fn all_frames_are_read() {
    assert_eq!(whole(&zstd(TEXT)), TEXT);
    assert_eq!(whole(&[zstd(b"a\n"), zstd(b""), zstd(b"b\n")].concat()), b"a\nb\n");
    let many: Vec<u8> = (0..500).flat_map(|number| zstd(format!("{number}\n").as_bytes())).collect();
    let text: String = (0..500).map(|number| format!("{number}\n")).collect();
    assert_eq!(whole(&many), text.as_bytes());
}

#[test]
fn skippable_frames_are_skipped_wherever_they_are() {
    let object = [
        skippable(0, b"x"),
        zstd(b"a\n"),
        skippable(15, b""),
        skippable(7, &[0x28; 3000]),
        zstd(b"b\n"),
        skippable(3, b"{}"),
    ];
    assert_eq!(whole(&object.concat()), b"a\nb\n");
    assert_eq!(read_in(&object.concat(), 1, 1).text, b"a\nb\n");
    assert_eq!(whole(&skippable(0, b"only this")), b"");
}

#[test]
fn every_level_and_form_of_header_is_read() {
    let text = [lines(20_000), noise(300_000), vec![b'a'; 400_000], lines(3)].concat();
    for level in [-5, 1, 3, 9, 19] {
        for checksum in [false, true] {
            for content in [false, true] {
                let options = [
                    CParameter::CompressionLevel(level),
                    CParameter::ChecksumFlag(checksum),
                    CParameter::ContentSizeFlag(content),
                ];
                let object = zstd_with(&text, &options);
                assert!(whole(&object) == text, "level {level}, checksum {checksum}, content size {content}");
                assert!(read_in(&object, 1000, 777).text == text);
            }
        }
    }
}

/// Checks that an object cut at any byte yields the text before the cut, reports it, and does so however its bytes arrive.
fn check_cuts(frames: &[Vec<u8>], texts: &[&[u8]], cuts: impl Iterator<Item = usize>) {
    let (object, text) = (frames.concat(), texts.concat());
    let ends: Vec<usize> = (0..=frames.len()).map(|count| frames[..count].concat().len()).collect();
    for cut in cuts {
        let Read { text: got, damage } = read(&object[..cut]);
        assert!(text.starts_with(&got), "cut at {cut}");
        for (fetch, space) in [(1, 1 << 16), (usize::MAX, 1), (7, 64), (usize::MAX, 1000)] {
            let other = read_in(&object[..cut], fetch, space);
            assert!(other.text == got && other.damage == damage, "cut at {cut}, {fetch} by {space}");
        }
        let frame = ends.iter().rposition(|end| *end <= cut).unwrap();
        assert!(
            got.len() >= texts[..frame].concat().len(),
            "whole frames before the damage are read in full"
        );
        let expected = match cut - ends[frame] {
            0 if cut > 0 => None,
            1..4 if frame > 0 => Some((DamageKind::TrailingGarbage, ends[frame])),
            _ => Some((DamageKind::TruncatedZstd, cut)),
        };
        let damage = damage.map(|damage| (damage.kind, damage.byte as usize));
        assert_eq!(damage, expected, "cut at {cut}");
    }
}

#[test]
fn a_zstd_cut_at_any_byte_yields_the_text_before_the_cut_and_reports_it() {
    let (first, noise) = (lines(60), noise(300));
    let frames =
        [zstd(&first), skippable(1, b"abc"), zstd(&noise), bare_zstd(TEXT), bare_zstd(&[b'a'; 5000])];
    let length = frames.concat().len();
    check_cuts(&frames, &[&first, b"", &noise, TEXT, &[b'a'; 5000]], 0..length);
}

#[test]
fn large_frames_are_cut_between_blocks_and_inside_raw_ones() {
    let (lines, noise) = (lines(20_000), noise(400_000));
    let frames = [zstd(&lines), zstd(&noise)];
    let length = frames.concat().len();
    check_cuts(&frames, &[&lines, &noise], (0..length).step_by(length / 23));
    // Text of complete blocks comes out, and raw text to the last byte.
    assert_eq!(read(&frames[0][..frames[0].len() / 2]).text.len() % (128 << 10), 0);
    assert!(read(&frames[1][..200_000]).text.len() > 199_000);
}

#[test]
fn a_flipped_bit_never_changes_the_text_unnoticed() {
    for object in [zstd(&lines(20)), zstd(&noise(50)), zstd(&[b'x'; 300])] {
        let text = whole(&object);
        for at in 0..object.len() {
            for bit in 0..8 {
                let mut corrupt = object.clone();
                corrupt[at] ^= 1 << bit;
                let found = read(&corrupt);
                for (fetch, space) in [(1, 1 << 16), (usize::MAX, 1), (3, 5)] {
                    assert_eq!(
                        read_in(&corrupt, fetch, space),
                        found,
                        "byte {at}, bit {bit}, {fetch} by {space}"
                    );
                }
                match found.damage {
                    // The flipped bit makes the first byte a space, with which text may begin. Its lines are not JSON.
                    None if (at, bit) == (0, 3) => assert_eq!(found.text, corrupt),
                    None => assert_eq!(found.text, text, "byte {at}, bit {bit}"),
                    Some(Damage { byte, kind, .. }) => {
                        assert!(byte <= corrupt.len() as u64);
                        let kinds = [
                            DamageKind::CorruptZstd,
                            DamageKind::TruncatedZstd,
                            DamageKind::UnsupportedZstd,
                            DamageKind::NotZstd,
                            DamageKind::TrailingGarbage,
                        ];
                        assert!(kinds.contains(&kind), "{kind}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_wrong_checksum_is_corruption_after_the_text() {
    let mut object = [zstd(b"a\n"), zstd(TEXT)].concat();
    let end = object.len() - 1;
    object[end] ^= 0x40;
    let Read { text, damage } = read(&object);
    assert_eq!(text, [b"a\n", TEXT].concat());
    let damage = damage.unwrap();
    assert_eq!((damage.kind, damage.byte), (DamageKind::CorruptZstd, object.len() as u64 - 4));
    let start = zstd(b"a\n").len();
    assert_eq!(damage.message, format!("incorrect checksum in the zstd frame that starts at byte {start}"));
}

#[test]
fn a_wrong_length_is_corruption_even_if_the_last_block_is_empty() {
    // One segment with a size of 3, a raw block of 2 bytes, and an empty last block.
    let object = [&[0x28, 0xb5, 0x2f, 0xfd, 0x20, 3, 2 << 3, 0, 0, b'{', b'}', 1, 0, 0][..]].concat();
    let Read { text, damage } = read(&object);
    assert_eq!((&text[..], damage.map(|damage| damage.kind)), (&b"{}"[..], Some(DamageKind::CorruptZstd)));
    let mut right = object;
    right[5] = 2;
    assert_eq!(whole(&right), b"{}");
}

#[test]
fn anything_after_the_last_frame_is_garbage_from_its_first_byte_on() {
    let object = zstd(TEXT);
    for garbage in
        [&b"\0"[..], b"{\"a\":3}\n", b"\x28", b"\x28\xb5\x2f", b"P*M", b"\n", &[0; 1000], &gzip(TEXT)]
    {
        let Read { text, damage } = read(&[&object[..], garbage].concat());
        let damage = damage.unwrap();
        assert_eq!(text, TEXT);
        let expected = (DamageKind::TrailingGarbage, object.len() as u64);
        assert_eq!((damage.kind, damage.byte), expected, "{garbage:?}");
    }
    let after_gzip = [gzip(TEXT), zstd(TEXT)].concat();
    assert_eq!(read(&after_gzip).damage.unwrap().kind, DamageKind::TrailingGarbage);
}

#[test]
fn the_first_bytes_and_not_the_name_decide_the_format() {
    for (object, text) in
        [(gzip(TEXT), TEXT), (zstd(TEXT), TEXT), (TEXT.to_vec(), TEXT), (b"[1]".to_vec(), b"[1]")]
    {
        for named in [None, Some(Compression::Gzip), ZST] {
            for (fetch, space) in [(usize::MAX, 1 << 16), (1, 1)] {
                let got = read_with(&object, fetch, space, named, u64::MAX);
                assert_eq!((&got.text[..], got.damage), (text, None), "{named:?}");
            }
        }
    }
}

#[test]
fn a_zst_that_is_neither_compressed_nor_json_is_refused_from_the_start() {
    for bytes in [&b"hello"[..], b"PK\x03\x04", b"\x28\xb5\x2f\xfe", b"\x1f", b"\xef\xbb\xbf{}", b"\0"] {
        let Read { text, damage } = read(bytes);
        let damage = damage.unwrap();
        assert_eq!((text.len(), damage.kind, damage.byte), (0, DamageKind::NotZstd, 0), "{bytes:?}");
    }
    let empty = read(b"").damage.unwrap();
    assert_eq!((empty.kind, empty.byte), (DamageKind::TruncatedZstd, 0));
    assert_eq!(read(b"\x28\xb5").damage.unwrap().kind, DamageKind::TruncatedZstd);
}

#[test]
fn a_window_of_8_mib_is_read_and_a_larger_one_is_refused_with_the_limit() {
    let text = lines(500_000);
    assert!(text.len() > 8 << 20);
    let of = |log| {
        let window = [CParameter::WindowLog(log), CParameter::ContentSizeFlag(false)];
        zstd_with(&text, &[&[CParameter::CompressionLevel(1)], &window[..]].concat())
    };
    assert!(whole(&of(23)) == text);
    let Read { text: got, damage } = read(&[zstd(TEXT), of(24)].concat());
    let damage = damage.unwrap();
    assert_eq!((&got[..], damage.kind), (TEXT, DamageKind::UnsupportedZstd));
    let start = zstd(TEXT).len();
    assert_eq!(damage.byte, start as u64);
    assert_eq!(
        damage.message,
        format!(
            "the zstd frame that starts at byte {start} needs a window of 16777216 bytes; the limit is 8388608; compress it without --long and --ultra"
        )
    );
}

#[test]
fn a_dictionary_is_refused() {
    let object = [0x28, 0xb5, 0x2f, 0xfd, 0x01, 0x50, 77];
    let damage = read(&object).damage.unwrap();
    assert_eq!((damage.kind, damage.byte), (DamageKind::UnsupportedZstd, 0));
    assert!(damage.message.contains("needs dictionary 77; compress it without a dictionary"), "{damage}");
}

#[test]
fn a_bomb_is_stopped_soon_after_the_floor_whatever_the_fetch_sizes() {
    let object = zstd(&vec![b' '; RATIO_FLOOR as usize + (8 << 20)]);
    let outcomes = [usize::MAX, 100, 7].map(|fetch| {
        let mut inflater = Inflater::new(ZST, 100);
        let mut text = Vec::with_capacity(256 << 10);
        let mut produced = 0;
        for piece in object.chunks(fetch.min(object.len())) {
            let mut rest = piece;
            loop {
                match inflater.inflate(rest, &mut text) {
                    Ok(used) => rest = &rest[used..],
                    Err(damage) => return (damage, produced + text.len() as u64),
                }
                if text.len() < text.capacity() && rest.is_empty() {
                    break;
                }
                produced += text.len() as u64;
                text.clear();
                if let Err(damage) = inflater.check_ratio() {
                    return (damage, produced);
                }
            }
        }
        panic!("{produced} bytes of text from {}", object.len());
    });
    let (damage, produced) = &outcomes[0];
    assert_eq!((damage.kind, damage.byte), (DamageKind::DecompressionBomb, 0));
    assert!((RATIO_FLOOR..RATIO_FLOOR + (1 << 20)).contains(produced), "{produced}");
    assert!(damage.message.ends_with("more than 100 times the bytes of zstd"), "{damage}");
    assert_eq!((&outcomes[1], &outcomes[2]), (&outcomes[0], &outcomes[0]));
}

/// Generates an object of a few frames that may be damaged: cut off, changed, or followed by garbage.
fn object() -> impl Strategy<Value = Vec<u8>> {
    let frame = prop_oneof![
        4 => ("[a-e\n]{0,300}", -3..12_i32, any::<bool>()).prop_map(|(text, level, checksum)| {
            zstd_with(text.as_bytes(), &[CParameter::CompressionLevel(level), CParameter::ChecksumFlag(checksum)])
        }),
        2 => prop::collection::vec(any::<u8>(), 0..300).prop_map(|bytes| bare_zstd(&bytes)),
        1 => prop::collection::vec(any::<u8>(), 0..40).prop_map(|bytes| skippable(bytes.len() as u8, &bytes)),
    ];
    let damage = prop_oneof![
        2 => Just(None),
        3 => (0..3_u8, any::<prop::sample::Index>(), any::<u8>()).prop_map(Some),
    ];
    (prop::collection::vec(frame, 1..4), damage).prop_map(|(frames, damage)| {
        let mut object = frames.concat();
        match damage {
            Some((0, at, _)) => object.truncate(at.index(object.len())),
            Some((1, at, byte)) => {
                let at = at.index(object.len());
                object[at] ^= byte;
            }
            Some((_, _, byte)) => object.extend([byte; 20]),
            None => {}
        }
        object
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn text_and_damage_do_not_depend_on_the_sizes_of_fetches_and_spaces(object in object(), fetch in 1..200_usize, space in 1..300_usize) {
        prop_assert_eq!(read_in(&object, fetch, space), read(&object));
    }

    #[test]
    fn what_the_library_writes_is_read_back(text in prop::collection::vec(any::<u8>(), 0..3000), level in -5..20_i32) {
        let object = zstd_with(&text, &[CParameter::CompressionLevel(level), CParameter::ChecksumFlag(true)]);
        prop_assert_eq!(read(&object), Read { text, damage: None });
    }
}
