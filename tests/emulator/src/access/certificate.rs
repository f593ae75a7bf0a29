//! X.509 certificates of an instance: a few fields, encoded by hand.
//!
//! The subject names the tenancy, the compartment and the instance in several attributes of one type. Clients look for them, and
//! libraries that issue certificates do not offer this.

use super::rsa_key::RsaKey;
use crate::{clock, random};

/// An X.501 name as pairs of attribute and value.
pub(crate) type Name<'a> = [(Attribute, &'a str)];

/// The name attributes that the emulator uses.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Attribute {
    CommonName,
    OrganizationalUnit,
}

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OBJECT_IDENTIFIER: u8 = 0x06;
const UTF8_STRING: u8 = 0x0c;
const UTC_TIME: u8 = 0x17;
const VERSION: u8 = 0xa0;

/// The AlgorithmIdentifier sha256WithRSAEncryption (1.2.840.113549.1.1.11) with NULL parameters.
const SHA256_WITH_RSA: [u8; 13] =
    [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05, 0x00];

/// Days that a certificate is valid, which is longer than any emulator runs.
const DAYS: i64 = 365;

/// Issues a DER-encoded certificate for `key`, signed with `issuer_key`. It is valid for a year, starting an hour ago.
pub(crate) fn issue(subject: &Name<'_>, key: &RsaKey, issuer: &Name<'_>, issuer_key: &RsaKey) -> Vec<u8> {
    let now = clock::seconds();
    // With the highest bit clear, the DER integer is positive.
    let mut serial = random::bytes::<16>();
    serial[0] = serial[0] & 0x7f | 0x01;
    let algorithm = der(SEQUENCE, &SHA256_WITH_RSA);
    let certificate = der(
        SEQUENCE,
        &[
            der(VERSION, &der(INTEGER, &[2])),
            der(INTEGER, &serial),
            algorithm.clone(),
            name(issuer),
            der(SEQUENCE, &[time(now - 3600), time(now + DAYS * 24 * 3600)].concat()),
            name(subject),
            key.spki(),
        ]
        .concat(),
    );
    let mut signature = vec![0];
    signature.extend(issuer_key.sign(&certificate));
    der(SEQUENCE, &[certificate, algorithm, der(BIT_STRING, &signature)].concat())
}

fn name(pairs: &Name<'_>) -> Vec<u8> {
    let pairs = pairs.iter().map(|(attribute, value)| {
        let kind = match attribute {
            Attribute::CommonName => [0x55, 0x04, 0x03],
            Attribute::OrganizationalUnit => [0x55, 0x04, 0x0b],
        };
        let pair = [der(OBJECT_IDENTIFIER, &kind), der(UTF8_STRING, value.as_bytes())].concat();
        der(SET, &der(SEQUENCE, &pair))
    });
    der(SEQUENCE, &pairs.collect::<Vec<_>>().concat())
}

fn time(seconds: i64) -> Vec<u8> {
    let text = clock::formatted(seconds.saturating_mul(1000), "%y%m%d%H%M%SZ");
    der(UTC_TIME, text.as_bytes())
}

/// Encodes a DER value: tag, length, content.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match u8::try_from(content.len()) {
        Ok(length) if length < 0x80 => out.push(length),
        _ => {
            let length = content.len().to_be_bytes();
            let length: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
            // The length of the length: at most eight bytes.
            out.push(0x80 | length.len() as u8);
            out.extend(length);
        }
    }
    out.extend_from_slice(content);
    out
}
