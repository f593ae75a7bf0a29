//! Unguessable names, such as entity tags, request IDs and upload IDs.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom, SystemRandom};

/// Returns an array of random bytes.
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SystemRandom::new()
        .fill(&mut bytes)
        .expect("the system's random numbers do not fail once the process has started");
    bytes
}

/// Returns a random UUID as text, for entity tags and version IDs.
pub(crate) fn uuid() -> String {
    uuid::Builder::from_random_bytes(bytes()).into_uuid().to_string()
}

/// Returns 32 uppercase hexadecimal digits, one of the three parts of an `opc-request-id`.
pub(crate) fn request_part() -> String {
    bytes::<16>().iter().map(|byte| format!("{byte:02X}")).collect()
}

/// Returns random letters, digits, `-` and `_`: four for every three bytes.
pub(crate) fn letters<const N: usize>() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes::<N>())
}

/// Returns a call ID: 26 digits in Crockford's base 32, like the agent's. The agent's start with the time; these start with a 0.
pub(crate) fn call_id() -> String {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let random = bytes::<25>().into_iter().map(|byte| char::from(DIGITS[usize::from(byte % 32)]));
    std::iter::once('0').chain(random).collect()
}

/// Returns a random OCID of a kind in a region, which is empty for global resources. It ends with 60 random lowercase letters and digits.
pub(crate) fn ocid(kind: &str, region: &str) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let random = bytes::<60>().map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
    format!("ocid1.{kind}.oc1.{region}.aaaaaaaa{}", String::from_iter(random))
}
