use super::*;
use crate::private_key::PrivateKey;
use bytes::Bytes;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Instant;

/// Signatures made by Oracle's Python SDK with a throw-away key. See `generated_with` and `warning` in the file.
const VECTORS: &str = include_str!("../tests/fixtures/signing_vectors.json");

#[derive(Deserialize)]
struct Vectors {
    private_key_pkcs8_pem: String,
    private_key_pkcs1_pem: String,
    private_key_pkcs8_encrypted_pem: String,
    private_key_encrypted_passphrase: String,
    fixed_date: String,
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    name: String,
    method: String,
    url: String,
    key_id: String,
    body_base64: Option<String>,
    body_is_signed: bool,
    signed_header_names: Vec<String>,
    headers: BTreeMap<String, String>,
    signing_string: String,
    authorization: String,
}

impl Vector {
    fn sign(&self, key: PrivateKey, date: SystemTime) -> Request<Body> {
        let body = self.body_base64.as_deref().map(|text| STANDARD.decode(text).unwrap()).unwrap_or_default();
        let mut request = Request::builder().method(self.method.as_str()).uri(&self.url);
        if let Some(kind) = self.headers.get("content-type") {
            request = request.header("content-type", kind);
        }
        let mut request = request.body(Body::from(Bytes::from(body))).unwrap();
        let signed = if self.body_is_signed { Signed::HostAndBody } else { Signed::Host };
        sign(&mut request, &Credentials::named(self.key_id.clone(), key), signed, date);
        request
    }
}

#[test]
fn every_vector_of_the_python_sdk_is_matched_byte_for_byte() {
    let vectors: Vectors = serde_json::from_str(VECTORS).unwrap();
    let date = cloud_transport::parse_http_date(&vectors.fixed_date).unwrap();
    assert_eq!(vectors.vectors.len(), 19);
    for vector in &vectors.vectors {
        let key = PrivateKey::from_pem(&vectors.private_key_pkcs8_pem, None).unwrap();
        let request = vector.sign(key, date);
        let names: Vec<&str> = vector.signed_header_names.iter().map(String::as_str).collect();
        assert_eq!(signing_string(&request, &names), vector.signing_string, "{}", vector.name);
        for (name, value) in vector.headers.iter().filter(|(name, _)| names.contains(&name.as_str())) {
            assert_eq!(request.headers()[name], value.as_str(), "{name} of {}", vector.name);
        }
        assert_eq!(request.headers()["authorization"], vector.authorization.as_str(), "{}", vector.name);
    }
}

#[test]
fn the_key_signs_the_same_from_every_form_of_pem() {
    let vectors: Vectors = serde_json::from_str(VECTORS).unwrap();
    let date = cloud_transport::parse_http_date(&vectors.fixed_date).unwrap();
    let pass_phrase = vectors.private_key_encrypted_passphrase.as_str();
    let with_a_label = format!("{}OCI_API_KEY\n", vectors.private_key_pkcs8_pem);
    let forms = [
        (vectors.private_key_pkcs1_pem.as_str(), None),
        (&vectors.private_key_pkcs8_encrypted_pem, Some(pass_phrase)),
        (&with_a_label, None),
        // A plain key needs no pass phrase.
        (&vectors.private_key_pkcs8_pem, Some("never mind")),
    ];
    for (pem, pass_phrase) in forms {
        let key = PrivateKey::from_pem(pem, pass_phrase).unwrap();
        let signed = vectors.vectors[0].sign(key, date);
        assert_eq!(signed.headers()["authorization"], vectors.vectors[0].authorization.as_str());
    }
}

#[test]
fn keys_that_cannot_be_used_say_why_and_show_nothing_of_themselves() {
    let vectors: Vectors = serde_json::from_str(VECTORS).unwrap();
    let problem = |pem: &str, pass_phrase| PrivateKey::from_pem(pem, pass_phrase).unwrap_err().to_string();
    let encrypted = &vectors.private_key_pkcs8_encrypted_pem;
    assert!(problem(encrypted, None).contains("no pass phrase is given"));
    assert!(
        problem(encrypted, Some("wrong")).contains("pass phrase is wrong"),
        "{}",
        problem(encrypted, Some("wrong"))
    );
    // Number 52 decrypts to an end that looks like padding, which happens once in 256 times.
    for number in 0..100 {
        let pass_phrase = format!("wrong {number}");
        let problem = PrivateKey::from_pem(encrypted, Some(&pass_phrase)).unwrap_err().to_string();
        assert!(problem.contains("pass phrase is wrong"), "{number}: {problem}");
    }
    assert!(problem("", None).contains("no PRIVATE KEY block"));
    assert!(
        problem("-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n", None)
            .contains("EC PRIVATE KEY")
    );
    // A blank line makes the text before it look like headers, which the library would quote.
    let holed: Vec<&str> = vectors.private_key_pkcs8_pem.lines().collect();
    let holed = [&holed[..2], &[""], &holed[2..]].concat().join("\n");
    let line = vectors.private_key_pkcs8_pem.lines().nth(1).unwrap();
    assert!(!problem(&holed, None).contains(line), "{}", problem(&holed, None));
    let cut = &vectors.private_key_pkcs8_pem[..vectors.private_key_pkcs8_pem.len() / 2];
    let middle = &vectors.private_key_pkcs8_pem[100..140];
    assert!(!problem(cut, None).contains(middle));
    let key = PrivateKey::from_pem(&vectors.private_key_pkcs8_pem, None).unwrap();
    assert_eq!(format!("{key:?}"), "PrivateKey(..)");
}

#[test]
fn the_signature_is_marked_as_a_secret_and_tokens_do_not_show() {
    let vectors: Vectors = serde_json::from_str(VECTORS).unwrap();
    let vector = vectors.vectors.iter().find(|vector| vector.name == "rp_get_object").unwrap();
    let key = || PrivateKey::from_pem(&vectors.private_key_pkcs8_pem, None).unwrap();
    let request = vector.sign(key(), SystemTime::now());
    let token = &vector.key_id[3..];
    assert!(!format!("{request:?}").contains(token));
    assert!(!format!("{:?}", Credentials::token(token, key(), None)).contains(token));
}

/// Asserts nothing about time; it prints the cost: `cargo test --release -p oci-requests cost -- --nocapture`.
#[test]
fn the_cost_of_a_signature_is_printed() {
    let vectors: Vectors = serde_json::from_str(VECTORS).unwrap();
    let key = PrivateKey::from_pem(&vectors.private_key_pkcs8_pem, None).unwrap();
    let credentials = Credentials::named(vectors.vectors[0].key_id.clone(), key);
    let begun = Instant::now();
    const TIMES: u32 = 100;
    for _ in 0..TIMES {
        let mut request = Request::builder().uri(&vectors.vectors[0].url).body(Body::empty()).unwrap();
        sign(&mut request, &credentials, Signed::Host, SystemTime::now());
        assert!(request.headers().contains_key("authorization"));
    }
    println!("a signature takes {:?}", begun.elapsed() / TIMES);
}
