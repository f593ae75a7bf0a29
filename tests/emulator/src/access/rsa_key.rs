//! An RSA key, in every format that clients read.

use std::fmt;

use getrandom::rand_core::UnwrapErr;
use md5::{Digest, Md5};
use pkcs8::der::asn1::UintRef;
use pkcs8::der::asn1::{AnyRef, BitStringRef};
use pkcs8::der::pem::{LineEnding, PemLabel};
use pkcs8::der::{Decode, Encode, Error, Reader, SliceReader};
use pkcs8::pkcs5::pbes2;
use pkcs8::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use pkcs8::{EncryptedPrivateKeyInfoRef, ObjectIdentifier, PrivateKeyInfoRef, SecretDocument};
use ring::error::KeyRejected;
use ring::rand::SystemRandom;
use ring::rsa::{KeyPair, PublicKeyComponents};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256};
use rsa::pkcs8::EncodePrivateKey;

use crate::random;

/// A 2048-bit RSA key, like the ones that the console creates.
pub(crate) struct RsaKey {
    pair: KeyPair,
    /// The key in PKCS#8, the format of the key files.
    pkcs8: SecretDocument,
}

/// Someone else's public key, which verifies signatures.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum PublicKey {
    /// A DER SubjectPublicKeyInfo.
    Spki(Vec<u8>),
    /// Modulus and exponent, big-endian, as in a JWK.
    Components { n: Vec<u8>, e: Vec<u8> },
}

/// The error for a key file that holds no valid key.
#[derive(Debug, thiserror::Error)]
#[error("not an RSA key in PKCS#8 PEM: {0}")]
pub(crate) struct BadKey(String);

/// The PBKDF2 iteration count that `openssl` uses. A higher count would only slow down tests.
const PASS_PHRASE_ROUNDS: u32 = 2048;

const BITS: usize = 2048;

/// The OID of rsaEncryption (RFC 8017).
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

impl RsaKey {
    pub(crate) fn generate() -> Self {
        let mut random = UnwrapErr(getrandom::SysRng);
        let key = rsa::PrivateKey::new(&mut random, BITS).expect("2,048 bits are enough for a key");
        let pkcs8 = key.to_pkcs8_der().expect("a generated key can be encoded");
        Self::from_pkcs8(pkcs8).expect("a generated key can be read")
    }

    pub(crate) fn from_pem(text: &str) -> Result<Self, BadKey> {
        let bad = |error: &dyn fmt::Display| BadKey(error.to_string());
        let (_, document) = SecretDocument::from_pem(text).map_err(|error| bad(&error))?;
        Self::from_pkcs8(document).map_err(|error| bad(&error))
    }

    fn from_pkcs8(pkcs8: SecretDocument) -> Result<Self, KeyRejected> {
        let pair = KeyPair::from_pkcs8(pkcs8.as_bytes())?;
        Ok(Self { pair, pkcs8 })
    }

    /// Returns the key as PEM with the label `PRIVATE KEY`.
    pub(crate) fn pkcs8_pem(&self) -> String {
        pem(PrivateKeyInfoRef::PEM_LABEL, self.pkcs8.as_bytes())
    }

    /// Returns the key as PEM with the label `RSA PRIVATE KEY`, the format of older tools.
    pub(crate) fn pkcs1_pem(&self) -> String {
        let info = PrivateKeyInfoRef::from_der(self.pkcs8.as_bytes()).expect("the library wrote PKCS#8");
        pem("RSA PRIVATE KEY", info.private_key.as_bytes())
    }

    /// Returns the key as PEM with the label `ENCRYPTED PRIVATE KEY`: PBKDF2 with SHA-256, AES-256 in CBC mode.
    pub(crate) fn encrypted_pem(&self, pass_phrase: &str) -> String {
        let parameters = pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(
            PASS_PHRASE_ROUNDS,
            &random::bytes::<16>(),
            random::bytes(),
        )
        .expect("a salt and rounds within the limits");
        let info = PrivateKeyInfoRef::from_der(self.pkcs8.as_bytes()).expect("the library wrote PKCS#8");
        let document = info
            .encrypt_with_params(parameters, pass_phrase)
            .expect("the parameters are those of the library");
        pem(EncryptedPrivateKeyInfoRef::PEM_LABEL, document.as_bytes())
    }

    /// Returns the DER SubjectPublicKeyInfo.
    pub(crate) fn spki(&self) -> Vec<u8> {
        let algorithm = AlgorithmIdentifierRef { oid: RSA_ENCRYPTION, parameters: Some(AnyRef::NULL) };
        let key = BitStringRef::from_bytes(self.pair.public().as_ref()).expect("a key has whole bytes");
        let info = SubjectPublicKeyInfoRef { algorithm, subject_public_key: key };
        info.to_der().expect("a public key can be encoded")
    }

    /// Returns the MD5 of the SubjectPublicKeyInfo in hexadecimal pairs, as the console shows it.
    pub(crate) fn fingerprint(&self) -> String {
        pairs(&Md5::digest(self.spki()))
    }

    /// Returns modulus and exponent, big-endian without leading zeros.
    pub(crate) fn components(&self) -> (Vec<u8>, Vec<u8>) {
        components(&self.spki()).expect("the library wrote a SubjectPublicKeyInfo")
    }

    /// Signs a message with RSASSA-PKCS1-v1_5 and SHA-256.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.pair.public().modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .expect("the buffer has the modulus' length");
        signature
    }
}

impl PublicKey {
    /// Checks that the key's owner signed the message with RSASSA-PKCS1-v1_5 and SHA-256.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let verifies = |n: &[u8], e: &[u8]| {
            PublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok()
        };
        match self {
            Self::Spki(der) => components(der).is_some_and(|(n, e)| verifies(&n, &e)),
            Self::Components { n, e } => verifies(n, e),
        }
    }
}

impl fmt::Debug for RsaKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "RsaKey({})", self.fingerprint())
    }
}

/// Returns modulus and exponent from the DER SubjectPublicKeyInfo of an RSA key.
pub(crate) fn components(spki: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let info = SubjectPublicKeyInfoRef::from_der(spki).ok()?;
    let key = info.subject_public_key.as_bytes()?;
    let mut reader = SliceReader::new(key).ok()?;
    let (n, e) = reader
        .sequence(|reader| Ok::<_, Error>((UintRef::decode(reader)?, UintRef::decode(reader)?)))
        .ok()?;
    Some((n.as_bytes().to_vec(), e.as_bytes().to_vec()))
}

/// Formats bytes as lowercase hexadecimal pairs separated by `:`.
pub(crate) fn pairs(bytes: &[u8]) -> String {
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    pairs.join(":")
}

/// Adds PEM armor.
pub(crate) fn pem(label: &'static str, der: &[u8]) -> String {
    pkcs8::der::pem::encode_string(label, LineEnding::LF, der)
        .expect("labels are constants without odd characters")
}
