//! Tests gzip in all its forms, and everything that can be wrong with it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use bronze::{Compression, DamageKind, Inflater, RATIO_FLOOR};
use common::{Read, deflate_raw, gzip, read, read_in};

const GZ: Option<Compression> = Some(Compression::Gzip);
const TEXT: &[u8] = b"{\"a\":1}\n{\"a\":2}\n";

fn whole(bytes: &[u8]) -> Vec<u8> {
    let read = read(bytes);
    assert_eq!(read.damage, None, "{:?}", bytes);
    read.text
}

#[test]
fn all_members_are_read() {
    assert_eq!(whole(&gzip(TEXT)), TEXT);
    let mut three = gzip(b"a\n");
    three.extend(gzip(b""));
    three.extend(gzip(b"b\n"));
    assert_eq!(whole(&three), b"a\nb\n");
    let many: Vec<u8> = (0..500).flat_map(|number| gzip(format!("{number}\n").as_bytes())).collect();
    let text: String = (0..500).map(|number| format!("{number}\n")).collect();
    assert_eq!(whole(&many), text.as_bytes());
}

#[test]
fn an_object_of_empty_members_is_empty_text() {
    assert_eq!(whole(&gzip(b"")), b"");
    assert_eq!(whole(&[gzip(b""), gzip(b""), gzip(b"")].concat()), b"");
}

#[test]
fn every_header_field_is_skipped() {
    // Bit 0 means "this is text", and has no field.
    const HEADER_CRC: u8 = 2;
    const EXTRA: u8 = 4;
    const NAME: u8 = 8;
    const COMMENT: u8 = 16;
    for flags in 0..32 {
        let mut header = vec![0x1f, 0x8b, 8, flags, 1, 2, 3, 4, 2, 3];
        if flags & EXTRA != 0 {
            header.extend([5, 0, b'X', b'Y', 1, 0, 0x1f]);
        }
        if flags & NAME != 0 {
            header.extend(b"na\xefme.jsonl\0");
        }
        if flags & COMMENT != 0 {
            header.extend(b"{\"not\":\"text\"}\n\0");
        }
        if flags & HEADER_CRC != 0 {
            let crc = common::crc32(&header) as u16;
            header.extend(crc.to_le_bytes());
        }
        let member = [header, deflate_raw(TEXT), common::trailer(TEXT)].concat();
        assert_eq!(whole(&member), TEXT, "flags {flags}");
        assert_eq!(read_in(&member, 1, 3).text, TEXT, "flags {flags}, byte by byte");
    }
}

#[test]
fn a_gzip_cut_at_any_byte_yields_the_text_before_the_cut_and_reports_it() {
    let lines: Vec<u8> =
        (0..60).flat_map(|number| format!("{{\"line\":{}}}\n", number * 7919).into_bytes()).collect();
    let first = gzip(&lines);
    let object = [first.clone(), gzip(TEXT)].concat();
    let text = [&lines[..], TEXT].concat();
    for cut in 0..object.len() {
        let Read { text: got, damage } = read(&object[..cut]);
        assert!(text.starts_with(&got), "cut at {cut}");
        if cut == first.len() {
            assert_eq!(
                (got, damage),
                (lines.clone(), None),
                "between members nothing is missing that could be known"
            );
            continue;
        }
        let damage = damage.unwrap_or_else(|| panic!("cut at {cut}"));
        let expected =
            if cut == first.len() + 1 { DamageKind::TrailingGarbage } else { DamageKind::TruncatedGzip };
        assert_eq!(damage.kind, expected, "cut at {cut}");
        assert_eq!(damage.byte, if cut == first.len() + 1 { first.len() } else { cut } as u64);
        if cut > first.len() {
            assert!(got.starts_with(&lines), "a whole member before the damage is read in full");
        }
    }
}

#[test]
fn the_text_of_a_cut_gzip_does_not_depend_on_the_space_for_it() {
    let text: Vec<u8> = [vec![b'a'; 1000], b"\n".to_vec(), vec![b'b'; 3000]].concat();
    let object = gzip(&text);
    for cut in 20..object.len() {
        let expected = read(&object[..cut]);
        for space in [1, 2, 7, 64, 100, 1000] {
            assert_eq!(read_in(&object[..cut], usize::MAX, space), expected, "cut at {cut}, in {space}s");
        }
    }
}

#[test]
fn a_flipped_bit_never_changes_the_text_unnoticed() {
    let object = gzip(TEXT);
    for at in 0..object.len() {
        for bit in 0..8 {
            let mut corrupt = object.clone();
            corrupt[at] ^= 1 << bit;
            let Read { text, damage } = read(&corrupt);
            // Time, extra flags and operating system in the header don't affect the text, and neither does the flag "is text".
            let harmless = (4..10).contains(&at) || at == 3 && bit == 0;
            if harmless {
                assert_eq!((&text[..], damage), (TEXT, None), "byte {at}, bit {bit}");
                continue;
            }
            let Some(damage) = damage else {
                // Neither do the bits that fill up the last byte before the checksum.
                assert_eq!((&text[..], at), (TEXT, object.len() - 9), "bit {bit}");
                continue;
            };
            assert!(damage.byte <= corrupt.len() as u64);
            let kinds = [
                DamageKind::CorruptGzip,
                DamageKind::TruncatedGzip,
                DamageKind::NotGzip,
                DamageKind::TrailingGarbage,
            ];
            assert!(kinds.contains(&damage.kind));
        }
    }
}

#[test]
fn a_wrong_checksum_or_length_is_corruption() {
    let object = gzip(TEXT);
    for from_end in [1, 5] {
        let mut corrupt = object.clone();
        let at = corrupt.len() - from_end;
        corrupt[at] ^= 0x40;
        let Read { text, damage } = read(&corrupt);
        assert_eq!(text, TEXT);
        assert_eq!(damage.map(|damage| damage.kind), Some(DamageKind::CorruptGzip));
    }
}

#[test]
fn anything_after_the_last_member_is_garbage_from_its_first_byte_on() {
    let object = gzip(TEXT);
    for garbage in [&b"\0"[..], b"{\"a\":3}\n", b"\x1f", b"\x1f\x8a", b"\n", &[0; 1000]] {
        let Read { text, damage } = read(&[&object[..], garbage].concat());
        let damage = damage.unwrap();
        assert_eq!(text, TEXT);
        assert_eq!(
            (damage.kind, damage.byte),
            (DamageKind::TrailingGarbage, object.len() as u64),
            "{garbage:?}"
        );
    }
    let half_member = [&object[..], &object[..5]].concat();
    assert_eq!(read(&half_member).damage.unwrap().kind, DamageKind::TruncatedGzip);
}

#[test]
fn plain_text_is_unchanged() {
    for (text, named) in [
        (TEXT, None),
        (TEXT, GZ),
        (b" \t\r\n{}", GZ),
        (b"", None),
        (b"hello", None),
        (b"\x1fx", None),
        (b"\x28\xb5\x2f", None),
        (b"Peter", None),
        (b"P*M", None),
    ] {
        let got = common::read_with(text, usize::MAX, 64, named, u64::MAX);
        assert_eq!((&got.text[..], got.damage), (text, None));
    }
}

#[test]
fn a_gz_that_is_neither_compressed_nor_json_is_refused_from_the_start() {
    for bytes in
        [&b"hello"[..], b"PK\x03\x04", b"\x28\xb5\x2f\xfe", b"\x28", b"\x1f\x8a", b"\xef\xbb\xbf{}", b"\0"]
    {
        let Read { text, damage } = read(bytes);
        let damage = damage.unwrap();
        assert_eq!((text.len(), damage.kind, damage.byte), (0, DamageKind::NotGzip, 0), "{bytes:?}");
    }
    let empty = read(b"").damage.unwrap();
    assert_eq!((empty.kind, empty.byte), (DamageKind::TruncatedGzip, 0));
}

#[test]
fn a_bomb_is_stopped_soon_after_the_floor_whatever_the_fetch_sizes() {
    let object = common::bomb(RATIO_FLOOR as usize + (8 << 20));
    let outcomes = [usize::MAX, 100].map(|fetch| {
        let mut inflater = Inflater::new(GZ, 100);
        let mut text = Vec::with_capacity(256 << 10);
        let mut produced = 0;
        for piece in object.chunks(fetch.min(object.len())) {
            let mut rest = piece;
            while !rest.is_empty() {
                if text.len() == text.capacity() {
                    produced += text.len() as u64;
                    text.clear();
                    if let Err(damage) = inflater.check_ratio() {
                        return (damage, produced);
                    }
                }
                match inflater.inflate(rest, &mut text) {
                    Ok(used) => rest = &rest[used..],
                    Err(damage) => return (damage, produced + text.len() as u64),
                }
            }
        }
        panic!("{} bytes of text from {}", produced, object.len());
    });
    let (damage, produced) = &outcomes[0];
    assert_eq!(damage.kind, DamageKind::DecompressionBomb);
    assert!((RATIO_FLOOR..RATIO_FLOOR + (1 << 20)).contains(produced), "{produced}");
    assert_eq!(outcomes[1], outcomes[0]);
}

#[test]
fn an_allowed_ratio_is_not_a_bomb() {
    let object = common::bomb(1 << 20);
    let got = common::read_with(&object, usize::MAX, 64 << 10, GZ, 2);
    assert_eq!((got.text.len(), got.damage), (1 << 20, None), "below the floor any ratio will do");
}
