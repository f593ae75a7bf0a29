//! Text, chunks and damage are the same however the bytes arrive, and what is written is read back.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use bronze::{ChunkKind, Compression, ConnectorLine, Envelope, Framer, Framing};
use common::{chunks, gzip, read, read_in};
use proptest::prelude::*;

/// Generates lines of all kinds: empty, long, with and without a last newline.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        8 => "[a-z{}\":, ]{0,40}",
        1 => "[xy]{100,400}",
        1 => Just(String::new()),
        1 => "\\PC{0,10}\r",
    ];
    (prop::collection::vec(line, 0..40), any::<bool>()).prop_map(|(lines, newline)| {
        let mut text = lines.join("\n").into_bytes();
        text.extend(newline.then_some(b'\n'));
        text
    })
}

/// Generates an object of a few members that may be damaged: cut off, changed, or followed by garbage.
fn object() -> impl Strategy<Value = Vec<u8>> {
    let members = prop::collection::vec(text(), 1..4);
    let damage = prop_oneof![
        2 => Just(None),
        1 => (0..3_u8, any::<prop::sample::Index>(), any::<u8>()).prop_map(Some),
    ];
    (members, damage).prop_map(|(members, damage)| {
        let mut object: Vec<u8> = members.iter().flat_map(|text| gzip(text)).collect();
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
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn text_and_damage_do_not_depend_on_the_sizes_of_fetches_and_spaces(object in object(), fetch in 1..200_usize, space in 1..300_usize) {
        prop_assert_eq!(read_in(&object, fetch, space), read(&object));
    }

    #[test]
    fn chunks_do_not_depend_on_the_sizes_of_fetches(
        object in object(),
        fetches in prop::collection::vec(1..100_usize, 1..8),
        chunk_size in 3..200_usize,
        max_line in 8..200_usize,
    ) {
        let expected = chunks(&object, &[usize::MAX], chunk_size, max_line);
        prop_assert_eq!(chunks(&object, &fetches, chunk_size, max_line), expected);
    }

    #[test]
    fn chunks_joined_are_the_text(text in text(), chunk_size in 3..200_usize, max_line in 8..200_usize) {
        let (chunks, damage) = chunks(&gzip(&text), &[usize::MAX], chunk_size, max_line);
        prop_assert_eq!(damage, None);
        let mut joined = Vec::new();
        for chunk in &chunks {
            // Every piece of a long line gives the position at which the line begins.
            let line_start = joined.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            prop_assert_eq!(chunk.byte, line_start as u64);
            let newlines = joined.iter().filter(|byte| **byte == b'\n').count() as u64;
            prop_assert_eq!(chunk.line, newlines + 1);
            joined.extend_from_slice(&chunk.bytes);
            let cut_newline = matches!(chunk.kind, ChunkKind::LongLine { last: true, .. });
            if cut_newline && joined.len() < text.len() {
                joined.push(b'\n');
            }
        }
        prop_assert_eq!(joined, text);
    }

    #[test]
    fn lines_are_never_cut_unless_too_long(text in text(), chunk_size in 3..200_usize, max_line in 8..200_usize) {
        let (chunks, _) = chunks(&gzip(&text), &[usize::MAX], chunk_size, max_line);
        for (at, chunk) in chunks.iter().enumerate() {
            prop_assert!(chunk.bytes.len() <= chunk_size.max(max_line + 1));
            match chunk.kind {
                ChunkKind::Lines => prop_assert!(chunk.bytes.ends_with(b"\n") || at + 1 == chunks.len()),
                ChunkKind::Values { .. } => prop_assert!(false, "the text is divided into lines"),
                ChunkKind::LongLine { last, .. } => {
                    prop_assert!(!chunk.bytes.contains(&b'\n'));
                    prop_assert!(last || chunk.bytes.len().is_multiple_of(3));
                }
            }
        }
    }

    #[test]
    fn a_record_that_was_written_is_read_back(
        stream in "\\PC{0,20}|[\"\\\\\u{0}-\u{1f}]{1,5}",
        partition in "[0-9]{1,20}",
        key in prop::option::of(prop::collection::vec(any::<u8>(), 0..50)),
        value in prop::collection::vec(any::<u8>(), 0..300),
        offset in 0..=i64::MAX,
        timestamp in -62_135_596_800_000..=253_402_300_799_999_i64,
    ) {
        let record =
            ConnectorLine { stream: &stream, partition: &partition, key: key.as_deref(), value: &value, offset, timestamp };
        let mut line = Vec::new();
        record.append_to(&mut line);
        prop_assert_eq!(line.pop(), Some(b'\n'));
        prop_assert!(!line.contains(&b'\n'));
        prop_assert!(serde_json::from_slice::<serde_json::Value>(&line).is_ok());
        let envelope = Envelope::parse(&line).unwrap();
        prop_assert!(envelope.stream.is(&stream));
        prop_assert_eq!(&*envelope.partition, &partition);
        let (mut key_read, mut value_read) = (Vec::new(), Vec::new());
        let has_key = envelope.decode_key(&mut key_read).unwrap();
        prop_assert_eq!(has_key.then_some(key_read), key);
        envelope.decode_value(&mut value_read).unwrap();
        prop_assert_eq!(value_read, value);
        prop_assert_eq!((envelope.offset, envelope.enqueued_at), (offset, timestamp * 1000));
        prop_assert!(envelope.others.is_empty());
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), named_gz: bool) {
        let named = named_gz.then_some(Compression::Gzip);
        let one = common::read_with(&bytes, usize::MAX, 1 << 16, named, u64::MAX);
        let other = common::read_with(&bytes, 1, 1, named, u64::MAX);
        prop_assert_eq!(one, other);
    }
}

#[test]
fn a_framer_without_input_has_no_chunks() {
    assert_eq!(Framer::new(Framing::Lines, 10, 10).finish(), None);
}
