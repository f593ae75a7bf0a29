use base64_simd::STANDARD;

/// The text is not base64 as RFC 4648 section 4 has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not standard base64 with padding")]
pub struct NotBase64;

/// Appends what `text` stands for. Strict: the standard alphabet, padding, no bits left over, no white space.
/// On an error `out` is as it was.
pub fn decode_base64(text: &[u8], out: &mut Vec<u8>) -> Result<(), NotBase64> {
    let before = out.len();
    STANDARD.decode_append(text, out).map_err(|_| {
        out.truncate(before);
        NotBase64
    })
}

/// Appends the base64 of `bytes`.
pub fn encode_base64(bytes: &[u8], out: &mut Vec<u8>) {
    STANDARD.encode_append(bytes, out);
}
