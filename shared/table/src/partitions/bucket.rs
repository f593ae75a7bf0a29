//! Iceberg's bucket transform: Murmur3 of a value's bytes, modulo the number of buckets
//! ([specification, appendix B](https://iceberg.apache.org/spec/#appendix-b-32-bit-hash-requirements)).

/// Returns the bucket of a hash, counted from 0.
pub(crate) fn bucket(hash: u32, buckets: u32) -> u32 {
    (hash & i32::MAX as u32) % buckets
}

/// Returns the hash of an integer, a date (in days) or a timestamp (in microseconds): all are hashed as 64 bits.
pub(crate) fn hash_integer(value: i64) -> u32 {
    murmur3(&value.to_le_bytes())
}

/// Returns the hash of a decimal: its unscaled value, big-endian, in as few bytes as hold it in two's complement.
pub(crate) fn hash_decimal(unscaled: i128) -> u32 {
    let bytes = unscaled.to_be_bytes();
    let sign = if unscaled < 0 { 0xff } else { 0 };
    let redundant = |at: &usize| bytes[*at] == sign && (bytes[*at + 1] ^ sign) & 0x80 == 0;
    let start = (0..bytes.len() - 1).take_while(redundant).count();
    murmur3(&bytes[start..])
}

/// Returns the hash of bytes, or of text as UTF-8: Murmur3, x86, 32 bits, with seed 0.
pub(crate) fn murmur3(bytes: &[u8]) -> u32 {
    let mut hash = 0_u32;
    let (blocks, tail) = bytes.as_chunks::<4>();
    for block in blocks {
        hash = (hash ^ scramble(u32::from_le_bytes(*block))).rotate_left(13);
        hash = hash.wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    let last = tail.iter().rev().fold(0, |word, byte| word << 8 | u32::from(*byte));
    hash ^= scramble(last) ^ bytes.len() as u32;
    hash = (hash ^ hash >> 16).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ hash >> 13).wrapping_mul(0xc2b2_ae35);
    hash ^ hash >> 16
}

fn scramble(word: u32) -> u32 {
    word.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors of the specification's appendix B.
    #[test]
    fn the_hashes_are_those_of_the_specification() {
        const MICROS: i64 = 1_000_000;
        // 2017-11-16T22:31:08, in seconds.
        const TIME: i64 = 1_510_871_468;
        assert_eq!(hash_integer(34) as i32, 2_017_239_379);
        assert_eq!(hash_decimal(1420) as i32, -500_754_589);
        assert_eq!(hash_integer(17_486) as i32, -653_330_422, "2017-11-16");
        assert_eq!(hash_integer(TIME * MICROS) as i32, -2_047_944_441);
        assert_eq!(hash_integer(TIME * MICROS + 1) as i32, -1_207_196_810);
        assert_eq!(murmur3("iceberg".as_bytes()) as i32, 1_210_000_089);
        assert_eq!(murmur3(&[0, 1, 2, 3]) as i32, -188_683_207);
        assert_eq!(hash_integer(1) as i32, 1_392_991_556, "an int and a boolean that was promoted");
    }

    #[test]
    fn a_decimal_is_hashed_in_its_fewest_bytes() {
        let as_bytes: [(i128, &[u8]); 10] = [
            (0, &[0]),
            (1, &[1]),
            (127, &[127]),
            (128, &[0, 128]),
            (255, &[0, 255]),
            (-1, &[255]),
            (-128, &[128]),
            (-129, &[255, 127]),
            (i128::MAX, &i128::MAX.to_be_bytes()),
            (i128::MIN, &i128::MIN.to_be_bytes()),
        ];
        for (value, bytes) in as_bytes {
            assert_eq!(hash_decimal(value), murmur3(bytes), "{value}");
        }
    }

    #[test]
    fn the_tail_after_the_last_four_bytes_counts() {
        // Published vectors of Murmur3 with seed 0.
        assert_eq!(murmur3(b""), 0);
        assert_eq!(murmur3(&[0x21]), 0x7266_1cf4);
        assert_eq!(murmur3(&[0x21, 0x43]), 0xa0f7_b07a);
        assert_eq!(murmur3(&[0x21, 0x43, 0x65]), 0x7e4a_8634);
        assert_eq!(murmur3(&[0x21, 0x43, 0x65, 0x87]), 0xf55b_516b);
        assert_eq!(murmur3(&[0xff; 4]), 0x7629_3b50);
    }

    #[test]
    fn buckets_count_from_zero_whatever_the_sign_of_the_hash() {
        assert_eq!(bucket(hash_integer(34), 16), 2_017_239_379 % 16);
        assert_eq!(bucket(-500_754_589_i32 as u32, 16), ((-500_754_589_i32 & i32::MAX) % 16) as u32);
        assert_eq!(bucket(u32::MAX, 1), 0);
    }
}
