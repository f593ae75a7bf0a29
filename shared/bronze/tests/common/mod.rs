//! Makes gzip by hand and zstd with its library, and reads objects in pieces of any size.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "each test file uses a part of it")]

use bronze::{Chunk, Chunker, Compression, Damage, Framing, Inflater, Pushed};
use flate2::{Compress, FlushCompress, Status};
use zstd_safe::{CCtx, CParameter};

/// The result of reading an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Read {
    pub(crate) text: Vec<u8>,
    pub(crate) damage: Option<Damage>,
}

pub(crate) fn read(bytes: &[u8]) -> Read {
    read_in(bytes, usize::MAX, 64 << 10)
}

/// Reads an object that is fetched in pieces of `fetch` bytes, into `space` bytes at a time.
pub(crate) fn read_in(bytes: &[u8], fetch: usize, space: usize) -> Read {
    read_with(bytes, fetch, space, Some(Compression::Gzip), u64::MAX)
}

pub(crate) fn read_with(
    bytes: &[u8],
    fetch: usize,
    space: usize,
    named: Option<Compression>,
    max_ratio: u64,
) -> Read {
    let mut inflater = Inflater::new(named, max_ratio);
    let (mut text, mut out) = (Vec::new(), Vec::with_capacity(space));
    let fetch = fetch.min(bytes.len()).max(1);
    let mut damage = None;
    // The empty piece at the end flushes what the inflater still holds.
    'object: for piece in bytes.chunks(fetch).chain([&[][..]]) {
        let mut rest = piece;
        loop {
            match inflater.inflate(rest, &mut out) {
                Ok(used) => rest = &rest[used..],
                Err(found) => {
                    damage = Some(found);
                    break 'object;
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
    let damage = damage.or_else(|| inflater.finish().err());
    Read { text, damage }
}

/// Does the same, and cuts the text into chunks as the program does.
pub(crate) fn chunks(
    bytes: &[u8],
    fetches: &[usize],
    chunk_size: usize,
    max_line: usize,
) -> (Vec<Chunk>, Option<Damage>) {
    let mut chunker = Chunker::new(Some(Compression::Gzip), u64::MAX, Framing::Lines, chunk_size, max_line);
    let (mut chunks, mut rest) = (Vec::new(), bytes);
    let mut fetches = fetches.iter().cycle();
    while !rest.is_empty() && !chunker.is_over() {
        let fetch = fetches.next().copied().unwrap_or(usize::MAX).min(rest.len());
        let (mut piece, after) = rest.split_at(fetch);
        rest = after;
        while !piece.is_empty() && !chunker.is_over() {
            let Pushed { used, chunk } = chunker.push(piece, &mut Vec::new());
            piece = &piece[used..];
            chunks.extend(chunk);
        }
    }
    chunks.extend(std::iter::from_fn(|| chunker.finish(&mut Vec::new())));
    (chunks, chunker.damage().cloned())
}

pub(crate) fn gzip(text: &[u8]) -> Vec<u8> {
    [vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255], deflate_raw(text), trailer(text)].concat()
}

pub(crate) fn deflate_raw(text: &[u8]) -> Vec<u8> {
    let mut compress = Compress::new(flate2::Compression::default(), false);
    let mut out = Vec::with_capacity(text.len() + 1024);
    let status = compress.compress_vec(text, &mut out, FlushCompress::Finish).unwrap();
    assert_eq!(status, Status::StreamEnd);
    out
}

pub(crate) fn trailer(text: &[u8]) -> Vec<u8> {
    [crc32(text).to_le_bytes(), (text.len() as u32).to_le_bytes()].concat()
}

/// Returns a gzip of this many spaces, in members of a little more than a megabyte.
pub(crate) fn bomb(size: usize) -> Vec<u8> {
    const MEMBER: usize = (1 << 20) + 12_345;
    let mut object = gzip(&vec![b' '; MEMBER]).repeat(size / MEMBER);
    object.extend(gzip(&vec![b' '; size % MEMBER]));
    object
}

pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    let table: Vec<u32> = (0..256_u32)
        .map(|byte| (0..8).fold(byte, |crc, _| if crc & 1 == 1 { 0xedb8_8320 ^ crc >> 1 } else { crc >> 1 }))
        .collect();
    !bytes.iter().fold(!0, |crc, byte| table[((crc ^ u32::from(*byte)) & 255) as usize] ^ crc >> 8)
}

/// Returns a zstd frame with a checksum.
pub(crate) fn zstd(text: &[u8]) -> Vec<u8> {
    zstd_with(text, &[CParameter::ChecksumFlag(true)])
}

/// Returns a zstd frame without checksum and size.
pub(crate) fn bare_zstd(text: &[u8]) -> Vec<u8> {
    zstd_with(text, &[CParameter::ContentSizeFlag(false)])
}

pub(crate) fn zstd_with(text: &[u8], options: &[CParameter]) -> Vec<u8> {
    let mut context = CCtx::create();
    for option in options {
        context.set_parameter(*option).unwrap();
    }
    let mut out = Vec::with_capacity(zstd_safe::compress_bound(text.len()));
    context.compress2(&mut out, text).unwrap();
    out
}

/// Returns a zstd frame to skip.
pub(crate) fn skippable(variant: u8, bytes: &[u8]) -> Vec<u8> {
    let length = (bytes.len() as u32).to_le_bytes();
    [&[0x50 | variant & 15, 0x2a, 0x4d, 0x18], &length[..], bytes].concat()
}
