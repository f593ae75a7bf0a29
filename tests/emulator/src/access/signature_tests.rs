//! The test vectors were produced by the official Python SDK with a throw-away key.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::Deserialize;

use super::{Presented, Refusal, Required, check};
use crate::access::rsa_key::{PublicKey, RsaKey};

#[derive(Deserialize)]
struct Vectors {
    private_key_pkcs8_pem: String,
    fingerprint_md5_of_spki_der: String,
    fixed_date: String,
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    name: String,
    method: String,
    request_target_path: String,
    key_id: String,
    body_is_signed: bool,
    headers: BTreeMap<String, String>,
    authorization: String,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../../tests/fixtures/signing_vectors.json")).unwrap()
}

impl Vector {
    fn method(&self) -> Method {
        self.method.parse().unwrap()
    }

    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            headers.insert(HeaderName::try_from(name).unwrap(), HeaderValue::try_from(value).unwrap());
        }
        headers.insert("authorization", HeaderValue::try_from(&self.authorization).unwrap());
        headers
    }

    fn check(
        &self,
        headers: &HeaderMap,
        target: &str,
        now: SystemTime,
        key: PublicKey,
    ) -> Result<(), Refusal> {
        let required = Required { host: true, content: self.body_is_signed };
        let presented = Presented { method: &self.method(), target, headers };
        let accepted = check(&presented, required, now, |id| (id == self.key_id).then_some(key))?;
        assert_eq!(accepted.content_sha256.is_some(), self.body_is_signed, "{}", self.name);
        Ok(())
    }
}

fn setting() -> (Vectors, SystemTime, PublicKey) {
    let vectors = vectors();
    let now = crate::clock::parse_imf(&vectors.fixed_date).unwrap();
    let key = RsaKey::from_pem(&vectors.private_key_pkcs8_pem).unwrap();
    assert_eq!(key.fingerprint(), vectors.fingerprint_md5_of_spki_der);
    let (n, e) = key.components();
    (vectors, now, PublicKey::Components { n, e })
}

#[test]
fn what_the_official_signer_signs_is_accepted() {
    let (vectors, now, key) = setting();
    assert!(vectors.vectors.len() > 15);
    for vector in &vectors.vectors {
        let checked = vector.check(&vector.headers(), &vector.request_target_path, now, key.clone());
        assert_eq!(checked, Ok(()), "{}", vector.name);
    }
}

#[test]
fn a_request_that_was_changed_on_the_way_is_rejected() {
    let (vectors, now, key) = setting();
    for vector in &vectors.vectors {
        let target = format!("{}x", vector.request_target_path);
        let checked = vector.check(&vector.headers(), &target, now, key.clone());
        assert!(matches!(checked, Err(Refusal::WrongSignature(_))), "{}: {checked:?}", vector.name);
        let mut headers = vector.headers();
        headers.insert("host", HeaderValue::from_static("elsewhere.example.com"));
        let checked = vector.check(&headers, &vector.request_target_path, now, key.clone());
        assert!(matches!(checked, Err(Refusal::WrongSignature(_))), "{}: {checked:?}", vector.name);
    }
}

#[test]
fn a_date_may_be_at_most_five_minutes_off() {
    let (vectors, now, key) = setting();
    let vector = &vectors.vectors[0];
    let at = |now| vector.check(&vector.headers(), &vector.request_target_path, now, key.clone());
    let (five_minutes, second) = (Duration::from_secs(300), Duration::from_secs(1));
    assert_eq!(at(now + five_minutes), Ok(()));
    assert_eq!(at(now - five_minutes), Ok(()));
    assert!(matches!(at(now + five_minutes + second), Err(Refusal::Skewed(_))));
    assert!(matches!(at(now - five_minutes - second), Err(Refusal::Skewed(_))));
}

#[test]
fn a_missing_part_of_the_signature_is_named() {
    let (vectors, now, key) = setting();
    let upload = vectors.vectors.iter().find(|vector| vector.name == "put_object_body_not_signed").unwrap();
    let headers = upload.headers();
    let presented =
        Presented { method: &upload.method(), target: &upload.request_target_path, headers: &headers };
    let as_json = Required { host: true, content: true };
    let refused = check(&presented, as_json, now, |_| Some(key.clone()));
    assert_eq!(refused, Err(Refusal::NotSigned("content-length")));
    for (names, missing) in [
        ("(request-target) host", "date"),
        ("date host", "(request-target)"),
        ("date (request-target)", "host"),
    ] {
        let mut headers = upload.headers();
        let authorization = upload.authorization.replace("date (request-target) host", names);
        headers.insert("authorization", HeaderValue::try_from(authorization).unwrap());
        let checked = upload.check(&headers, &upload.request_target_path, now, key.clone());
        assert_eq!(checked, Err(Refusal::NotSigned(missing)));
    }
}

#[test]
fn the_parameters_may_come_in_any_order() {
    let (vectors, now, key) = setting();
    let vector = &vectors.vectors[0];
    let parameters = vector.authorization.strip_prefix("Signature ").unwrap();
    let mut parameters: Vec<&str> = parameters.split(',').collect();
    parameters.reverse();
    let mut headers = vector.headers();
    for authorization in [parameters.join(","), parameters.join(" , ")] {
        let authorization = HeaderValue::try_from(format!("signature {authorization}")).unwrap();
        headers.insert("authorization", authorization);
        assert_eq!(vector.check(&headers, &vector.request_target_path, now, key.clone()), Ok(()));
    }
}

#[test]
fn garbage_is_refused() {
    let (vectors, now, key) = setting();
    let vector = &vectors.vectors[0];
    let good = &vector.authorization;
    let mut headers = vector.headers();
    for authorization in [
        String::new(),
        "Signature".to_owned(),
        "Signature ".to_owned(),
        "Bearer Oracle".to_owned(),
        good.replace("Signature ", "Basic "),
        good.replace("version=\"1\"", "version=\"2\""),
        good.replace("rsa-sha256", "hmac-sha256"),
        good.replace("signature=\"", "signature=\"*"),
        good.replace("signature=\"", "signature=\"AAAA"),
        good.replace("keyId=\"", "keyId=\"x"),
        format!("{good},"),
        format!("{good},keyId=\"again\""),
        good.trim_end_matches('"').to_owned(),
    ] {
        headers.insert("authorization", HeaderValue::try_from(&authorization).unwrap());
        let checked = vector.check(&headers, &vector.request_target_path, now, key.clone());
        assert!(checked.is_err(), "{authorization}");
    }
    headers.remove("authorization");
    let checked = vector.check(&headers, &vector.request_target_path, now, key);
    assert_eq!(checked, Err(Refusal::NoAuthorization));
}
