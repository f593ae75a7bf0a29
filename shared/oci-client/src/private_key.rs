use crate::credentials::CredentialsError;
use crate::pem_encryption;
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use pem::Pem;
use std::fmt;

/// An RSA key to sign with. `Debug` shows nothing of it.
pub struct PrivateKey(KeyPair);

impl PrivateKey {
    /// Reads a key in PEM: PKCS#8 or PKCS#1, plain or encrypted with `pass_phrase`.
    ///
    /// Text around the PEM block is passed over: Oracle's console appends a line `OCI_API_KEY` to the keys that it makes.
    pub fn from_pem(text: &str, pass_phrase: Option<&str>) -> Result<Self, CredentialsError> {
        let wrong = |problem: &str| CredentialsError::Key(problem.to_owned());
        // What the library says of text that it does not understand quotes it.
        let blocks = pem::parse_many(text).map_err(|_| wrong("it is not well-formed PEM"))?;
        let block = blocks
            .iter()
            .find(|block| block.tag().ends_with("PRIVATE KEY"))
            .ok_or_else(|| wrong("there is no PRIVATE KEY block in it"))?;
        let pair = match block.tag() {
            "PRIVATE KEY" => KeyPair::from_pkcs8(block.contents()),
            "ENCRYPTED PRIVATE KEY" => KeyPair::from_pkcs8(&decrypt_pkcs8(block, pass_phrase)?),
            "RSA PRIVATE KEY" => match block.headers().get("DEK-Info") {
                None => KeyPair::from_der(block.contents()),
                Some(how) => {
                    let pass_phrase = pass_phrase.ok_or_else(|| wrong(PASS_PHRASE_MISSING))?;
                    let der = pem_encryption::decrypt(block.contents(), how, pass_phrase.as_bytes())
                        .map_err(CredentialsError::Key)?;
                    // Of wrong pass phrases, one in 256 gives padding that looks right.
                    return KeyPair::from_der(&der).map(PrivateKey).map_err(|_| wrong(PASS_PHRASE_WRONG));
                }
            },
            other => return Err(wrong(&format!("a block {other} is not an RSA key in PKCS#8 or PKCS#1"))),
        };
        pair.map(PrivateKey).map_err(|error| CredentialsError::Key(format!("it is not an RSA key: {error}")))
    }

    /// Makes a new key of 2,048 bits.
    pub(crate) fn generate() -> Result<Self, CredentialsError> {
        let pair = KeyPair::generate(KeySize::Rsa2048);
        pair.map(PrivateKey).map_err(|_| CredentialsError::Key("the system gave no random numbers".into()))
    }

    /// The public half, as DER SubjectPublicKeyInfo.
    pub(crate) fn public_der(&self) -> Result<Vec<u8>, CredentialsError> {
        let der: Result<PublicKeyX509Der<'_>, _> = self.0.public_key().as_der();
        der.map(|der| der.as_ref().to_vec())
            .map_err(|_| CredentialsError::Key("its public half cannot be written".into()))
    }

    /// The modulus, big endian, without leading zeros.
    pub(crate) fn modulus(&self) -> &[u8] {
        self.0.public_key().modulus().big_endian_without_leading_zero()
    }

    /// Signs by RSASSA-PKCS1-v1_5 with SHA-256, as `rsa-sha256` means: the same text has the same signature.
    pub fn sign(&self, text: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature)
            .expect("the buffer has the length of the modulus, and nothing else can fail");
        signature
    }
}

const PASS_PHRASE_MISSING: &str = "it is encrypted and there is no pass phrase";
const PASS_PHRASE_WRONG: &str = "the pass phrase is wrong";

fn decrypt_pkcs8(block: &Pem, pass_phrase: Option<&str>) -> Result<Vec<u8>, CredentialsError> {
    let pass_phrase = pass_phrase.ok_or_else(|| CredentialsError::Key(PASS_PHRASE_MISSING.into()))?;
    let info = pkcs8::EncryptedPrivateKeyInfoRef::try_from(block.contents())
        .map_err(|error| CredentialsError::Key(format!("it is not encrypted PKCS#8: {error}")))?;
    let document = info.decrypt(pass_phrase).map_err(|error| {
        CredentialsError::Key(match error {
            // Of wrong pass phrases, one in 256 gives an end that looks like padding; what is before it is no key then.
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
