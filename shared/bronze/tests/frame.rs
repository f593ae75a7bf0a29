//! Tests where the cuts are, and that nothing is lost between them.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use bronze::{Chunk, ChunkKind, Framer, Framing};

/// Frames a text that arrives in pieces of `step` bytes.
fn frame(text: &[u8], chunk_size: usize, max_line: usize, step: usize) -> Vec<Chunk> {
    let mut framer = Framer::new(Framing::Lines, chunk_size, max_line);
    let (mut chunks, mut rest) = (Vec::new(), text);
    while !rest.is_empty() {
        let space = framer.space();
        let count = step.min(rest.len()).min(space.capacity() - space.len());
        space.extend_from_slice(&rest[..count]);
        rest = &rest[count..];
        if framer.is_full() {
            chunks.extend(framer.cut(Vec::new()));
        }
    }
    chunks.extend(std::iter::from_fn(|| framer.finish()));
    chunks
}

fn lines(text: &str, chunk_size: usize) -> Vec<(String, u64, u64)> {
    frame(text.as_bytes(), chunk_size, 1000, usize::MAX)
        .into_iter()
        .map(|chunk| {
            assert_eq!(chunk.kind, ChunkKind::Lines);
            (String::from_utf8(chunk.bytes).unwrap(), chunk.line, chunk.byte)
        })
        .collect()
}

#[test]
fn chunks_are_whole_lines_with_their_line_and_byte() {
    let got = lines("one\ntwo\nthree\nfour\n", 10);
    let expected = [("one\ntwo\n", 1, 0), ("three\n", 3, 8), ("four\n", 4, 14)];
    assert_eq!(got, expected.map(|(text, line, byte)| (text.to_owned(), line, byte)));
}

#[test]
fn a_last_line_needs_no_newline() {
    assert_eq!(lines("one\ntwo", 100), [("one\n".into(), 1, 0), ("two".into(), 2, 4)]);
    assert_eq!(lines("one", 100), [("one".into(), 1, 0)]);
    assert_eq!(lines("one", 3), [("one".into(), 1, 0)]);
}

#[test]
fn an_empty_text_has_no_chunks_and_empty_lines_count() {
    assert_eq!(lines("", 10), []);
    assert_eq!(lines("\n\n\nx\n", 3), [("\n\n\n".into(), 1, 0), ("x\n".into(), 4, 3)]);
}

#[test]
fn a_carriage_return_belongs_to_its_line() {
    assert_eq!(lines("a\r\nb\r\n", 5), [("a\r\n".into(), 1, 0), ("b\r\n".into(), 2, 3)]);
}

#[test]
fn the_buffer_grows_for_a_line_within_the_limit() {
    let long = "x".repeat(999);
    let text = format!("a\n{long}\nb\n");
    let got = lines(&text, 16);
    assert_eq!(got[0], ("a\n".into(), 1, 0));
    assert_eq!(got[1], (format!("{long}\n"), 2, 2));
    assert_eq!(got[2], ("b\n".into(), 3, 1002));
}

#[test]
fn a_line_at_the_limit_is_whole_and_a_longer_one_is_split() {
    let at_limit = format!("{}\nb\n", "x".repeat(30));
    let kinds = |text: &str| {
        frame(text.as_bytes(), 12, 30, usize::MAX).iter().map(|chunk| chunk.kind).collect::<Vec<_>>()
    };
    assert_eq!(kinds(&at_limit), [ChunkKind::Lines, ChunkKind::Lines]);
    let beyond = frame(format!("a\n{}\nb\n", "x".repeat(31)).as_bytes(), 12, 30, usize::MAX);
    let pieces: Vec<&Chunk> = beyond.iter().filter(|chunk| chunk.kind != ChunkKind::Lines).collect();
    assert!(matches!(pieces.first().unwrap().kind, ChunkKind::LongLine { first: true, last: false, .. }));
    assert!(matches!(pieces.last().unwrap().kind, ChunkKind::LongLine { first: false, last: true, .. }));
    assert_eq!(pieces.iter().map(|piece| piece.bytes.len()).sum::<usize>(), 31);
    let after = beyond.last().unwrap();
    assert_eq!(
        (&after.bytes[..], after.line, after.byte, after.kind),
        (&b"b\n"[..], 3, 34, ChunkKind::Lines)
    );
}

#[test]
fn pieces_of_a_long_line_join_as_base64() {
    for length in 31..80 {
        for end in ["", "\n", "\nnext\n"] {
            let text = format!("{}{end}", "y".repeat(length));
            let chunks = frame(text.as_bytes(), 10, 30, usize::MAX);
            let pieces: Vec<&Chunk> = chunks.iter().filter(|chunk| chunk.kind != ChunkKind::Lines).collect();
            // Without a newline, the text may end before the line is known to be too long.
            let Some((last, before)) = pieces.split_last() else {
                assert_eq!((chunks.len(), end), (1, ""), "{length}");
                continue;
            };
            assert!(before.iter().all(|piece| piece.bytes.len() % 3 == 0 && piece.line == 1), "{length}");
            assert!(matches!(last.kind, ChunkKind::LongLine { last: true, .. }));
            assert_eq!(pieces.iter().map(|piece| piece.bytes.len()).sum::<usize>(), length);
        }
    }
}

#[test]
fn memory_stays_near_the_limit_whatever_the_line() {
    let mut framer = Framer::new(Framing::Lines, 1000, 5000);
    let (mut most, mut pieces) = (0, 0);
    for _ in 0..2000 {
        let space = framer.space();
        let free = space.capacity() - space.len();
        space.extend(std::iter::repeat_n(b'x', free));
        most = most.max(space.capacity());
        if let Some(chunk) = framer.cut(Vec::new()) {
            pieces += 1;
            assert!(chunk.bytes.len() <= 5001);
        }
    }
    assert!(pieces > 1500, "{pieces}");
    assert_eq!(most, 5001);
}

#[test]
fn a_used_buffer_of_any_size_gives_the_same_chunks() {
    let text: Vec<u8> =
        (0..300).flat_map(|number| format!("{}\n", "z".repeat(number * 31 % 97)).into_bytes()).collect();
    let expected = frame(&text, 64, 80, usize::MAX);
    for capacity in [1, 63, 64, 65, 81, 5000] {
        let mut framer = Framer::new(Framing::Lines, 64, 80);
        let (mut chunks, mut rest) = (Vec::new(), &text[..]);
        while !rest.is_empty() {
            let space = framer.space();
            let count = rest.len().min(space.capacity() - space.len());
            space.extend_from_slice(&rest[..count]);
            rest = &rest[count..];
            if framer.is_full() {
                chunks.extend(framer.cut(Vec::with_capacity(capacity)));
            }
        }
        chunks.extend(std::iter::from_fn(|| framer.finish()));
        assert_eq!(chunks, expected, "{capacity}");
    }
}
