//! The two loops that dominate scanning. Both work on eight bytes at a time in portable Rust.

/// Returns whether two slices are equal.
///
/// Keys are about twenty bytes long. At that length a call to `memcmp` costs more than the comparison: calling it took a tenth of the time
/// spent decoding journal lines.
#[inline]
pub(crate) fn same_bytes(one: &[u8], other: &[u8]) -> bool {
    let word = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().expect("a slice of eight bytes"));
    if one.len() < 8 || one.len() != other.len() {
        return one.len() == other.len() && one.iter().zip(other).all(|(a, b)| a == b);
    }
    let last = one.len() - 8;
    let words = one.chunks_exact(8).zip(other.chunks_exact(8));
    words.fold(0, |differences, (a, b)| differences | (word(a) ^ word(b))) == 0
        && word(&one[last..]) == word(&other[last..])
}

/// Returns the offset of the first quote, backslash or control character at or after `at`, or the text's length if there is none.
///
/// Eight bytes are tested at once. The high bit of a lane is set if its byte is one of those. A borrow can only disturb lanes above the
/// first hit, so the lowest set bit is always right.
#[inline]
pub(crate) fn find_special(text: &[u8], mut at: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let zero_lanes = |word: u64| word.wrapping_sub(ONES) & !word;
    while let Some(chunk) = text.get(at..at + 8) {
        let word = u64::from_le_bytes(chunk.try_into().expect("a slice of eight bytes"));
        let quote = zero_lanes(word ^ (ONES * b'"' as u64));
        let backslash = zero_lanes(word ^ (ONES * b'\\' as u64));
        let control = word.wrapping_sub(ONES * 0x20) & !word;
        let special = (quote | backslash | control) & HIGHS;
        if special != 0 {
            return at + (special.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while let Some(byte) = text.get(at) {
        if *byte == b'"' || *byte == b'\\' || *byte < 0x20 {
            break;
        }
        at += 1;
    }
    at
}
