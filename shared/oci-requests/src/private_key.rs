use crate::credentials_error::CredentialsError;
use crate::pem_encryption;
use getrandom::rand_core::UnwrapErr;
use pem::Pem;
use pkcs8::ObjectIdentifier;
use pkcs8::der::Encode;
use pkcs8::der::asn1::{AnyRef, BitStringRef};
use pkcs8::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use ring::rand::SystemRandom;
use ring::rsa::{KeyPair, PublicKeyComponents};
use ring::signature::RSA_PKCS1_SHA256;
use rsa::pkcs8::EncodePrivateKey;
use std::fmt;

/// An RSA signing key of 2,048 to 4,096 bits. Its `Debug` output reveals nothing.
pub struct PrivateKey(KeyPair);

impl PrivateKey {
    /// Reads a key in PEM format: PKCS#8 or PKCS#1, plain or encrypted with `pass_phrase`.
    ///
    /// Text around the PEM block is ignored: Oracle's console appends a line `OCI_API_KEY` to the keys that it generates.
    pub fn from_pem(text: &str, pass_phrase: Option<&str>) -> Result<Self, CredentialsError> {
        let wrong = |problem: &str| CredentialsError::Key(problem.to_owned());
        // The message leaves out the library's error, which would quote the text.
        let blocks = pem::parse_many(text).map_err(|_| wrong("it is not well-formed PEM"))?;
        let block = blocks
            .iter()
            .find(|block| block.tag().ends_with("PRIVATE KEY"))
            .ok_or_else(|| wrong("it has no PRIVATE KEY block"))?;
        let pair = match block.tag() {
            "PRIVATE KEY" => KeyPair::from_pkcs8(block.contents()),
            "ENCRYPTED PRIVATE KEY" => KeyPair::from_pkcs8(&decrypt_pkcs8(block, pass_phrase)?),
            "RSA PRIVATE KEY" => match block.headers().get("DEK-Info") {
                None => KeyPair::from_der(block.contents()),
                Some(how) => {
                    let pass_phrase = pass_phrase.ok_or_else(|| wrong(PASS_PHRASE_MISSING))?;
                    let der = pem_encryption::decrypt(block.contents(), how, pass_phrase.as_bytes())
                        .map_err(CredentialsError::Key)?;
                    // One in 256 wrong pass phrases yields padding that looks right.
                    return KeyPair::from_der(&der).map(PrivateKey).map_err(|_| wrong(PASS_PHRASE_WRONG));
                }
            },
            other => return Err(wrong(&format!("it is {other}, not an RSA key in PKCS#8 or PKCS#1"))),
        };
        pair.map(PrivateKey).map_err(|error| CredentialsError::Key(format!("it is not an RSA key: {error}")))
    }

    /// Generates a key of 2,048 bits.
    pub(crate) fn generate() -> Result<Self, CredentialsError> {
        let failed =
            |error: &dyn fmt::Display| CredentialsError::Key(format!("it cannot be generated: {error}"));
        let key =
            rsa::PrivateKey::new(&mut UnwrapErr(getrandom::SysRng), BITS).map_err(|error| failed(&error))?;
        let der = key.to_pkcs8_der().map_err(|error| failed(&error))?;
        KeyPair::from_pkcs8(der.as_bytes()).map(PrivateKey).map_err(|error| failed(&error))
    }

    /// Returns the public half, as DER SubjectPublicKeyInfo.
    pub(crate) fn public_der(&self) -> Result<Vec<u8>, CredentialsError> {
        let algorithm = AlgorithmIdentifierRef { oid: RSA_ENCRYPTION, parameters: Some(AnyRef::NULL) };
        let info = BitStringRef::from_bytes(self.0.public().as_ref())
            .map(|subject_public_key| SubjectPublicKeyInfoRef { algorithm, subject_public_key });
        info.and_then(|info| info.to_der())
            .map_err(|_| CredentialsError::Key("its public half cannot be encoded".into()))
    }

    /// Returns the modulus, big-endian, without leading zeros.
    pub(crate) fn modulus(&self) -> Vec<u8> {
        PublicKeyComponents::from(self.0.public()).n
    }

    /// Signs with RSASSA-PKCS1-v1_5 and SHA-256, which is what `rsa-sha256` means. The same text always gets the same signature.
    pub fn sign(&self, text: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.0.public().modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature)
            .expect("the buffer has the length of the modulus, and nothing else can fail");
        signature
    }
}

/// Size of generated keys in bits.
const BITS: usize = 2048;

/// Object identifier `rsaEncryption` (RFC 8017).
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

const PASS_PHRASE_MISSING: &str = "it is encrypted, but no pass phrase is given";
const PASS_PHRASE_WRONG: &str = "the pass phrase is wrong";

fn decrypt_pkcs8(block: &Pem, pass_phrase: Option<&str>) -> Result<Vec<u8>, CredentialsError> {
    let pass_phrase = pass_phrase.ok_or_else(|| CredentialsError::Key(PASS_PHRASE_MISSING.into()))?;
    let info = pkcs8::EncryptedPrivateKeyInfoRef::try_from(block.contents())
        .map_err(|error| CredentialsError::Key(format!("it is not encrypted PKCS#8: {error}")))?;
    let document = info.decrypt(pass_phrase).map_err(|error| {
        CredentialsError::Key(match error {
            // One in 256 wrong pass phrases yields an end that looks like padding. The text before it is then not a key.
            pkcs8::Error::EncryptedPrivateKey(pkcs8::pkcs5::Error::DecryptFailed) | pkcs8::Error::Asn1(_) => {
                PASS_PHRASE_WRONG.into()
            }
            error => format!("it cannot be decrypted: {error}"),
        })
    })?;
    Ok(document.as_bytes().to_vec())
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey(..)")
    }
}
