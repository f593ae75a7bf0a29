//! Decrypts PEM blocks with the traditional encryption: RFC 1421 as OpenSSL implements it, with `DEK-Info: AES-128-CBC,<iv>` and a key
//! derived by MD5 from pass phrase and salt. `openssl genrsa -aes128`, which Oracle's instructions recommended for years, wrote such keys
//! until OpenSSL 3.

use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, KeyIvInit};
use md5::{Digest, Md5};

/// Decrypts the contents of a block as its `DEK-Info` header specifies.
pub(crate) fn decrypt(contents: &[u8], dek_info: &str, pass_phrase: &[u8]) -> Result<Vec<u8>, String> {
    let (cipher, iv) = dek_info.split_once(',').ok_or("its DEK-Info header has no salt")?;
    let iv = hex(iv.trim()).filter(|iv| iv.len() >= 8).ok_or("its DEK-Info header has an invalid salt")?;
    let key = |length| derive(pass_phrase, &iv[..8], length);
    let text = match cipher.trim() {
        "AES-128-CBC" => open::<cbc::Decryptor<aes::Aes128>>(&key(16), &iv, contents),
        "AES-192-CBC" => open::<cbc::Decryptor<aes::Aes192>>(&key(24), &iv, contents),
        "AES-256-CBC" => open::<cbc::Decryptor<aes::Aes256>>(&key(32), &iv, contents),
        "DES-EDE3-CBC" => open::<cbc::Decryptor<des::TdesEde3>>(&key(24), &iv, contents),
        other => {
            return Err(format!(
                "its cipher {other} is not supported: convert the key with openssl pkcs8 -topk8"
            ));
        }
    };
    text.ok_or_else(|| "the pass phrase is wrong".to_owned())
}

fn open<C: KeyIvInit + BlockModeDecrypt>(key: &[u8], iv: &[u8], contents: &[u8]) -> Option<Vec<u8>> {
    C::new_from_slices(key, iv).ok()?.decrypt_padded_vec::<Pkcs7>(contents).ok()
}

/// Derives a key like OpenSSL's `EVP_BytesToKey` with MD5 and one round: MD5 over the previous digest, pass phrase and salt, repeated until
/// there are enough bytes.
fn derive(pass_phrase: &[u8], salt: &[u8], length: usize) -> Vec<u8> {
    let mut key = Vec::with_capacity(length + 16);
    let mut digest = Vec::new();
    while key.len() < length {
        digest =
            Md5::new().chain_update(&digest).chain_update(pass_phrase).chain_update(salt).finalize().to_vec();
        key.extend_from_slice(&digest);
    }
    key.truncate(length);
    key
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}
