//! One RSA key in every form that clients read it in.

use std::fmt;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{
    KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use md5::{Digest, Md5};
use pkcs8::der::asn1::UintRef;
use pkcs8::der::pem::{LineEnding, PemLabel};
use pkcs8::der::{Decode, Error, Reader, SliceReader};
use pkcs8::pkcs5::pbes2;
use pkcs8::spki::SubjectPublicKeyInfoRef;
use pkcs8::{EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef, SecretDocument};

use crate::random;

/// An RSA key of 2048 bits, as the console makes them.
pub(crate) struct RsaKey {
    pair: KeyPair,
}

/// A key somebody else signs with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum PublicKey {
    /// A DER SubjectPublicKeyInfo.
    Spki(Vec<u8>),
    /// Modulus and exponent, big-endian, as a JWK has them.
    Components { n: Vec<u8>, e: Vec<u8> },
}

/// A key file that is not a key.
#[derive(Debug, thiserror::Error)]
#[error("not an RSA key in PKCS#8 PEM: {0}")]
pub(crate) struct BadKey(String);

/// What `openssl` uses: more would only slow every start of a test down.
const PASS_PHRASE_ROUNDS: u32 = 2048;

impl RsaKey {
    pub(crate) fn generate() -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).expect("a size that the library lists");
        Self { pair }
    }

    pub(crate) fn from_pem(text: &str) -> Result<Self, BadKey> {
        let bad = |error: &dyn fmt::Display| BadKey(error.to_string());
        let (_, document) = SecretDocument::from_pem(text).map_err(|error| bad(&error))?;
        let pair = KeyPair::from_pkcs8(document.as_bytes()).map_err(|error| bad(&error))?;
        Ok(Self { pair })
    }

    /// `BEGIN PRIVATE KEY`.
    pub(crate) fn pkcs8_pem(&self) -> String {
        pem(PrivateKeyInfoRef::PEM_LABEL, &self.pkcs8())
    }

    /// `BEGIN RSA PRIVATE KEY`, as older tools write it.
    pub(crate) fn pkcs1_pem(&self) -> String {
        let der = self.pkcs8();
        let info = PrivateKeyInfoRef::from_der(&der).expect("the library wrote PKCS#8");
        pem("RSA PRIVATE KEY", info.private_key.as_bytes())
    }

    /// `BEGIN ENCRYPTED PRIVATE KEY`: PBKDF2 with SHA-256, AES-256 in CBC mode.
    pub(crate) fn encrypted_pem(&self, pass_phrase: &str) -> String {
        let der = self.pkcs8();
        let parameters = pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(
            PASS_PHRASE_ROUNDS,
            &random::bytes::<16>(),
            random::bytes(),
        )
        .expect("a salt and rounds within the limits");
        let info = PrivateKeyInfoRef::from_der(&der).expect("the library wrote PKCS#8");
        let document = info
            .encrypt_with_params(parameters, pass_phrase)
            .expect("the parameters are those of the library");
        pem(EncryptedPrivateKeyInfoRef::PEM_LABEL, document.as_bytes())
    }

    /// The DER SubjectPublicKeyInfo.
    pub(crate) fn spki(&self) -> Vec<u8> {
        let der: PublicKeyX509Der<'_> =
            self.pair.public_key().as_der().expect("the library has the public half");
        der.as_ref().to_vec()
    }

    /// MD5 of the SubjectPublicKeyInfo in pairs, as the console shows it.
    pub(crate) fn fingerprint(&self) -> String {
        pairs(&Md5::digest(self.spki()))
    }

    /// Modulus and exponent, big-endian without leading zeroes.
    pub(crate) fn components(&self) -> (Vec<u8>, Vec<u8>) {
        components(&self.spki()).expect("the library wrote a SubjectPublicKeyInfo")
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .expect("the buffer has the modulus' length");
        signature
    }

    fn pkcs8(&self) -> Vec<u8> {
        let der: Pkcs8V1Der<'_> = self.pair.as_der().expect("the library made the key itself");
        der.as_ref().to_vec()
    }
}

impl PublicKey {
    /// Whether this key's owner signed the message: RSASSA-PKCS1-v1_5 with SHA-256.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Spki(der) => {
                UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der).verify(message, signature).is_ok()
            }
            Self::Components { n, e } => RsaPublicKeyComponents { n, e }
                .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
                .is_ok(),
        }
    }
}

impl fmt::Debug for RsaKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "RsaKey({})", self.fingerprint())
    }
}

/// Modulus and exponent out of a DER SubjectPublicKeyInfo with an RSA key.
pub(crate) fn components(spki: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let info = SubjectPublicKeyInfoRef::from_der(spki).ok()?;
    let key = info.subject_public_key.as_bytes()?;
    let mut reader = SliceReader::new(key).ok()?;
    let (n, e) = reader
        .sequence(|reader| Ok::<_, Error>((UintRef::decode(reader)?, UintRef::decode(reader)?)))
        .ok()?;
    Some((n.as_bytes().to_vec(), e.as_bytes().to_vec()))
}

/// Lower-case hexadecimal pairs with `:` between them.
pub(crate) fn pairs(bytes: &[u8]) -> String {
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    pairs.join(":")
}

/// PEM armour.
pub(crate) fn pem(label: &'static str, der: &[u8]) -> String {
    pkcs8::der::pem::encode_string(label, LineEnding::LF, der)
        .expect("labels are constants without odd characters")
}
