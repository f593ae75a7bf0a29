use base64_simd::STANDARD;

/// The error for a text that isn't standard base64 (RFC 4648 section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not standard base64 with padding")]
pub struct NotBase64;

/// Appends the decoded bytes to `out`. Accepts only the standard alphabet with padding, without leftover bits and white space. An error
/// leaves `out` unchanged.
pub fn decode_base64(text: &[u8], out: &mut Vec<u8>) -> Result<(), NotBase64> {
    let before = out.len();
    STANDARD.decode_append(text, out).map_err(|_| {
        out.truncate(before);
        NotBase64
    })
}

/// Appends the base64 of `bytes` to `out`.
pub fn encode_base64(bytes: &[u8], out: &mut Vec<u8>) {
    STANDARD.encode_append(bytes, out);
}
