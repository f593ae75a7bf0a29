//! Checksums of content: always MD5, plus one that the client can choose.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use crc_fast::CrcAlgorithm;
use md5::{Digest as _, Md5};
use ring::digest::{self, SHA256, SHA384};

use super::bucket::Part;
use crate::wire::request::Request;
use crate::wire::service_error::ServiceError;

/// The algorithms of the additional checksums, with their headers.
const ALGORITHMS: [(&str, &str); 3] =
    [("CRC32C", "opc-content-crc32c"), ("SHA256", "opc-content-sha256"), ("SHA384", "opc-content-sha384")];

/// The checksums that a client announces for its upload, and the algorithm that it asks for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Announced {
    content_md5: Option<String>,
    /// The announced checksums by header name, base64-encoded.
    checksums: BTreeMap<&'static str, String>,
    /// The header of the algorithm that is computed even if no checksum was announced.
    wanted: Option<&'static str>,
    /// The SHA-256 that was signed with the request, base64-encoded.
    signed: Option<String>,
}

/// Computes the announced checksums, and those that are stored.
pub(crate) struct Hasher {
    md5: Md5,
    crc32c: Option<crc_fast::Digest>,
    sha256: Option<digest::Context>,
    sha384: Option<digest::Context>,
}

/// The checksums of some content.
#[derive(Debug, Clone)]
pub(crate) struct Checksums {
    /// Base64-encoded.
    pub(crate) md5: String,
    /// The additional checksums by header name, base64-encoded.
    pub(crate) additional: BTreeMap<String, String>,
}

/// Returns the header that carries an algorithm's checksum.
pub(crate) fn header_of(algorithm: &str) -> Result<&'static str, ServiceError> {
    let found = ALGORITHMS.iter().find(|(name, _)| name.eq_ignore_ascii_case(algorithm));
    found.map(|(_, header)| *header).ok_or_else(|| {
        let message = format!("The checksum algorithm '{algorithm}' is not one of CRC32C, SHA256, SHA384.");
        ServiceError::bad_request("InvalidParameter", message)
    })
}

impl Announced {
    /// Reads the headers of an upload; `algorithm` is the one that an earlier request asked for.
    pub(crate) fn of(request: &Request, algorithm: Option<&str>) -> Result<Self, ServiceError> {
        let wanted = request.header("opc-checksum-algorithm").or(algorithm).map(header_of).transpose()?;
        let checksums = ALGORITHMS
            .iter()
            .filter_map(|(_, header)| Some((*header, request.header(header)?.to_owned())))
            .collect();
        Ok(Self {
            content_md5: request.header("content-md5").map(str::to_owned),
            checksums,
            wanted,
            signed: request.content_sha256.clone(),
        })
    }

    pub(crate) fn hasher(&self) -> Hasher {
        let needed = |header| self.wanted == Some(header) || self.checksums.contains_key(header);
        Hasher {
            md5: Md5::new(),
            crc32c: needed("opc-content-crc32c").then(|| crc_fast::Digest::new(CrcAlgorithm::Crc32Iscsi)),
            sha256: (needed("opc-content-sha256") || self.signed.is_some())
                .then(|| digest::Context::new(&SHA256)),
            sha384: needed("opc-content-sha384").then(|| digest::Context::new(&SHA384)),
        }
    }

    /// Compares the checksums of the content with the announced ones, and returns those to store.
    pub(crate) fn check(&self, mut found: Checksums) -> Result<Checksums, ServiceError> {
        let refuse = |code, header: &str, announced: &str, found: &str| {
            let name = header.strip_prefix("opc-content-").map_or("MD5".to_owned(), str::to_uppercase);
            let message = format!(
                "The computed {name} of the request body ({found}) does not match the {header} header ({announced})"
            );
            Err(ServiceError::bad_request(code, message))
        };
        if let Some(announced) = self.content_md5.as_deref().filter(|announced| *announced != found.md5) {
            return refuse("UnmatchedContentMD5", "Content-MD5", announced, &found.md5);
        }
        for (header, announced) in &self.checksums {
            let value = found.additional.get(*header).map_or("", String::as_str);
            if value != announced {
                let code = match *header {
                    "opc-content-crc32c" => "UnmatchedContentCRC32C",
                    "opc-content-sha256" => "UnmatchedContentSHA256",
                    _ => "UnmatchedContentSHA384",
                };
                return refuse(code, header, announced, value);
            }
        }
        let sha256 = found.additional.get("opc-content-sha256");
        if self.signed.is_some() && self.signed.as_ref() != sha256 {
            return Err(ServiceError::not_authenticated());
        }
        found
            .additional
            .retain(|header, _| self.wanted == Some(header) || self.checksums.contains_key(header.as_str()));
        Ok(found)
    }
}

impl Hasher {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        if let Some(crc32c) = &mut self.crc32c {
            crc32c.update(bytes);
        }
        for sha in [&mut self.sha256, &mut self.sha384].into_iter().flatten() {
            sha.update(bytes);
        }
    }

    pub(crate) fn finish(self) -> Checksums {
        let mut additional = BTreeMap::new();
        let mut add = |header: &str, value: String| drop(additional.insert(header.to_owned(), value));
        if let Some(crc32c) = self.crc32c {
            // The CRC-32 is in the lower half of the library's 64 bits.
            add("opc-content-crc32c", BASE64_STANDARD.encode((crc32c.finalize() as u32).to_be_bytes()));
        }
        if let Some(sha) = self.sha256 {
            add("opc-content-sha256", BASE64_STANDARD.encode(sha.finish()));
        }
        if let Some(sha) = self.sha384 {
            add("opc-content-sha384", BASE64_STANDARD.encode(sha.finish()));
        }
        Checksums { md5: BASE64_STANDARD.encode(self.md5.finalize()), additional }
    }
}

/// Returns the checksums of an object that was joined from parts. For MD5 and SHA, this is the checksum of the parts' checksums, followed
/// by the number of parts; for CRC-32C, it is the checksum of the whole object.
pub(crate) fn joined(parts: &[Part]) -> BTreeMap<String, String> {
    let decode = |base64: &String| BASE64_STANDARD.decode(base64).unwrap_or_default();
    let mut joined = BTreeMap::new();
    let mut md5 = Md5::new();
    parts.iter().for_each(|part| md5.update(decode(&part.md5)));
    let mut add = |name: &str, value: &[u8]| {
        joined.insert(name.to_owned(), format!("{}-{}", BASE64_STANDARD.encode(value), parts.len()));
    };
    add("opc-multipart-md5", &md5.finalize());
    let all = |header: &str| {
        parts.iter().map(|part| part.checksums.get(header).map(decode)).collect::<Option<Vec<_>>>()
    };
    for (header, multipart, algorithm) in [
        ("opc-content-sha256", "opc-multipart-sha256", &SHA256),
        ("opc-content-sha384", "opc-multipart-sha384", &SHA384),
    ] {
        if let Some(checksums) = all(header) {
            add(multipart, digest::digest(algorithm, &checksums.concat()).as_ref());
        }
    }
    if let Some(checksums) = all("opc-content-crc32c") {
        let crc32c = checksums.iter().zip(parts).fold(0, |crc32c, (checksum, part)| {
            let next = checksum.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
            crc_fast::checksum_combine(CrcAlgorithm::Crc32Iscsi, crc32c, next, part.content.length)
        });
        joined.insert("opc-content-crc32c".to_owned(), BASE64_STANDARD.encode((crc32c as u32).to_be_bytes()));
    }
    joined
}
