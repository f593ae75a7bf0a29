use crate::sizes;
use bronze::{ChunkKind, Compression, Damage, DamageKind, Framer, Framing, Inflater, ObjectName};
use std::io::Read;
use table::PartitionKey;

fn inflate(named: Compression, object: &[u8], fetch: usize, space: usize) -> (Vec<u8>, Option<Damage>) {
    let mut inflater = Inflater::new(Some(named), u64::MAX);
    let (mut text, mut out) = (Vec::new(), Vec::with_capacity(space));
    // The empty piece at the end flushes what is still held back.
    for piece in object.chunks(fetch).chain([&[][..]]) {
        let mut rest = piece;
        loop {
            match inflater.inflate(rest, &mut out) {
                Ok(used) => rest = &rest[used..],
                Err(damage) => {
                    text.append(&mut out);
                    return (text, Some(damage));
                }
            }
            if out.len() == out.capacity() {
                text.append(&mut out);
            } else if rest.is_empty() {
                break;
            }
        }
    }
    text.append(&mut out);
    (text, inflater.finish().err())
}

/// Checks that text and damage do not depend on how an object arrives, and that an object that another reader accepts is accepted here.
pub fn gunzip(data: &[u8]) {
    let ([fetch, space], object) = sizes(data);
    let expected = inflate(Compression::Gzip, object, usize::MAX, 1 << 16);
    assert_eq!(inflate(Compression::Gzip, object, fetch, space), expected);
    let mut text = Vec::new();
    #[expect(
        clippy::disallowed_types,
        clippy::disallowed_methods,
        reason = "the other reader, and inputs are short"
    )]
    let other = flate2::read::MultiGzDecoder::new(object).read_to_end(&mut text);
    if other.is_ok() && object.starts_with(&[0x1f, 0x8b]) {
        // The other reader ignores garbage after a member if it is too short to be a header.
        assert_eq!(expected.0, text);
    }
    if expected.1.is_none() && object.starts_with(&[0x1f, 0x8b]) {
        assert!(other.is_ok(), "{other:?}");
    }
}

/// Checks the same for zstd. The other reader is the library, given the whole object at once.
pub fn unzstd(data: &[u8]) {
    let ([fetch, space], object) = sizes(data);
    let (text, damage) = inflate(Compression::Zstd, object, usize::MAX, 1 << 16);
    assert_eq!(inflate(Compression::Zstd, object, fetch, space), (text.clone(), damage.clone()));
    let is_zstd = |head: &[u8]| matches!(head, [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18]);
    if text.len() > MAX_TEXT || !object.first_chunk::<4>().is_some_and(|head| is_zstd(head)) {
        return;
    }
    let mut whole = Vec::with_capacity(MAX_TEXT);
    let other = zstd_safe::DCtx::create().decompress(&mut whole, object);
    match damage.map(|damage| damage.kind) {
        None => assert!(other.is_ok() && whole == text, "{other:?}"),
        // The other reader has no limit.
        Some(DamageKind::UnsupportedZstd) => {}
        // Given everything at once, it accepts blocks that are larger than the format allows.
        Some(DamageKind::CorruptZstd) => assert!(other.is_err() || whole.starts_with(&text)),
        Some(kind) => assert!(other.is_err(), "{kind}"),
    }
}

/// Maximum length of a text that the two readers of zstd both produce.
const MAX_TEXT: usize = 4 << 20;

/// Checks that no byte of a text is lost between chunks, and that only lines that are too long are cut.
pub fn framer(data: &[u8]) {
    let ([chunk_size, max_line, step], text) = sizes(data);
    let mut framer = Framer::new(Framing::Lines, chunk_size + 2, max_line + 2);
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
    let mut joined: Vec<u8> = Vec::new();
    for chunk in &chunks {
        assert_eq!(chunk.line, joined.iter().filter(|byte| **byte == b'\n').count() as u64 + 1);
        joined.extend_from_slice(&chunk.bytes);
        match chunk.kind {
            ChunkKind::Lines => assert!(chunk.bytes.ends_with(b"\n") || joined.len() == text.len()),
            ChunkKind::Values { .. } => panic!("the text is divided into lines"),
            ChunkKind::LongLine { last, .. } => {
                assert!(!chunk.bytes.contains(&b'\n'));
                if last && joined.len() < text.len() {
                    joined.push(b'\n');
                }
            }
        }
    }
    assert_eq!(joined, text);
}

/// Checks that the parts of a parsed name are contained in the name.
pub fn object_name(data: &[u8]) {
    let Ok(name) = str::from_utf8(data) else { return };
    if let Some(parsed) = ObjectName::parse(name) {
        let tail = format!("{}_{}.", parsed.start, parsed.end);
        assert!(name.contains(&tail) && name.ends_with(".data.gz"));
        assert!(name.contains(&format!("{}/{}/", parsed.connector, parsed.partition)));
    }
}

/// Checks that a value is unchanged after being escaped for a path and unescaped, and that no value leaves its folder.
pub fn hive(data: &[u8]) {
    let Ok(value) = str::from_utf8(data) else { return };
    let mut key = vec![1];
    key.extend((value.len() as u32).to_le_bytes());
    key.extend(value.as_bytes());
    let Some(path) = table::partition_path(["p"], PartitionKey(&key)) else { return };
    let escaped = path.strip_prefix("p=").expect("the column's name comes first");
    assert!(!escaped.contains('/') && !escaped.chars().any(|c| c.is_ascii_control()));
    assert_ne!(escaped, table::DEFAULT_PARTITION);
    assert_eq!(unescape(escaped), value.as_bytes());
}

fn unescape(text: &str) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'%' => {
                let digits = str::from_utf8(&after[..2]).expect("two digits follow");
                assert_eq!(digits, digits.to_uppercase());
                out.push(u8::from_str_radix(digits, 16).expect("they are hexadecimal"));
                rest = &after[2..];
            }
            other => out.push(*other),
        }
    }
    out
}
