//! Tests which requests are accepted.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::time::Duration;

use common::Client;
use emulator::{Emulator, Options};

const NAMESPACE: &str = "/n";

#[tokio::test(flavor = "multi_thread")]
async fn every_principal_is_accepted() {
    let cloud = Emulator::start(Options::default()).await.unwrap();
    let (url, folder) = (cloud.url(), cloud.folder());
    let session = Client::new(
        url,
        format!("ST${}", common::text(&folder.join("session_token"))),
        &common::text(&folder.join("session_key.pem")),
    );
    for client in [Client::api_key(url, folder), Client::resource_principal(url, folder), session] {
        let response = client.call("GET", NAMESPACE, &[("opc-client-request-id", "mine")], b"");
        assert_eq!((response.status, response.body.as_slice()), (200, b"\"bronzeworks\"".as_slice()));
        assert_eq!(response.headers["opc-client-request-id"], "mine");
        assert!(response.headers.contains_key("opc-request-id"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_signature_is_rejected_and_the_log_says_why() {
    let cloud = Emulator::start(Options::default()).await.unwrap();
    let client = Client::api_key(cloud.url(), cloud.folder());
    let target = "/n/bronzeworks/b/lake/o/a";
    let refused = |request: &common::Request, why: &str| {
        let response = client.exchange(request).unwrap();
        assert_eq!((response.status, response.code().as_str()), (401, "NotAuthenticated"), "{why}");
        let reason = cloud.requests().pop().unwrap().refusal.unwrap();
        assert!(reason.contains(why), "{reason}");
    };
    let signed = |method, target| {
        let mut request = client.request(method, target, &[], b"");
        client.sign(&mut request);
        request
    };

    let mut request = signed("GET", target);
    request.target = "/n/bronzeworks/b/lake/o/b".to_owned();
    refused(&request, "does not verify");

    refused(&client.request("GET", target, &[], b""), "no authorization");

    let mut request = client.request("GET", target, &[], b"");
    request.set("date", "Tue, 05 Mar 2024 10:20:30 GMT");
    client.sign(&mut request);
    refused(&request, "five minutes");

    let mut request = signed("GET", target);
    request.set("x-date", "Tue, 05 Mar 2024 10:20:30 GMT");
    refused(&request, "x-date is not signed");

    let mut request = client.request("POST", "/n/bronzeworks/b", &[], b"{}");
    client.sign_headers(&mut request, &["date", "(request-target)", "host"]);
    refused(&request, "content-length is not signed");

    let mut request = client.request("POST", "/n/bronzeworks/b", &[], b"{}");
    client.sign(&mut request);
    request.body = b"[]".to_vec();
    refused(&request, "does not match the body");

    let mut request = signed("GET", target);
    let authorization = request.header("authorization").replace("keyId=\"", "keyId=\"ST$x");
    request.set("authorization", &authorization);
    refused(&request, "unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_need_not_sign_its_body_but_a_signed_hash_must_match() {
    let cloud = Emulator::start(Options::default()).await.unwrap();
    let client = Client::api_key(cloud.url(), cloud.folder());
    let target = "/n/bronzeworks/b/lake/o/a";
    assert_eq!(client.call("PUT", target, &[], b"one").status, 200);

    let all = ["date", "(request-target)", "host", "content-length", "content-type", "x-content-sha256"];
    let mut request = client.request("PUT", target, &[], b"two");
    client.sign_headers(&mut request, &all);
    assert_eq!(client.exchange(&request).unwrap().status, 200);
    request.body = b"TWO".to_vec();
    assert_eq!(client.exchange(&request).unwrap().status, 401);
    assert_eq!(client.call("GET", target, &[], b"").body, b"two");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_token_is_rejected_and_its_successor_is_accepted() {
    let cloud = Emulator::start(Options::default()).await.unwrap();
    let now = || Client::resource_principal(cloud.url(), cloud.folder());
    let status = |client: &Client| client.call("GET", NAMESPACE, &[], b"").status;
    let first = now();
    cloud.rotate_resource_principal(Duration::from_secs(60)).unwrap();
    let second = now();
    assert_eq!((status(&first), status(&second)), (401, 200));
    cloud.refuse_token();
    assert_eq!(status(&second), 401);
    cloud.rotate_resource_principal(Duration::ZERO).unwrap();
    assert_eq!(status(&now()), 401, "a token without a lifetime has expired");
    assert_eq!(status(&Client::api_key(cloud.url(), cloud.folder())), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_token_is_valid_until_it_expires_if_configured() {
    let options = Options { refuse_rotated_tokens: false, ..Options::default() };
    let cloud = Emulator::start(options).await.unwrap();
    let first = Client::resource_principal(cloud.url(), cloud.folder());
    cloud.rotate_resource_principal(Duration::from_secs(60)).unwrap();
    assert_eq!(first.call("GET", NAMESPACE, &[], b"").status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_gets_a_token_for_its_certificate() {
    let cloud = Emulator::start(Options::default()).await.unwrap();
    let nobody = Client::api_key(cloud.url(), cloud.folder());
    let metadata = |path: &str| {
        let mut request = nobody.request("GET", &format!("/opc/v2/{path}"), &[], b"");
        assert_eq!(nobody.exchange(&request).unwrap().status, 401);
        request.set("authorization", "Bearer Oracle");
        String::from_utf8(nobody.exchange(&request).unwrap().body).unwrap()
    };
    assert_eq!(metadata("instance/region"), "eu-frankfurt-1");
    let bare = |pem: &str| -> String { pem.lines().filter(|line| !line.starts_with("-----")).collect() };
    let certificate = bare(&metadata("identity/cert.pem"));
    let intermediate = bare(&metadata("identity/intermediate.pem"));

    // The key is in PKCS#1, which the test's client does not read, so it is wrapped in PKCS#8.
    let pkcs1 = {
        use base64::Engine;
        base64::prelude::BASE64_STANDARD.decode(bare(&metadata("identity/key.pem"))).unwrap()
    };
    let leaf = Client::new(cloud.url(), federation_key_id(&cloud, &certificate), &pkcs8_pem(&pkcs1));
    let session_pem = common::text(&cloud.folder().join("session_key.pem"));
    let body = serde_json::json!({
        "certificate": certificate,
        "publicKey": public_key(&session_pem),
        "intermediateCertificates": [intermediate],
        "fingerprintAlgorithm": "SHA256",
    });
    let mut request = leaf.request("POST", "/v1/x509", &[], body.to_string().as_bytes());
    let names = ["date", "(request-target)", "content-length", "content-type", "x-content-sha256"];
    leaf.sign_headers(&mut request, &names);
    let response = leaf.exchange(&request).unwrap();
    assert_eq!(response.status, 200, "{}", String::from_utf8_lossy(&response.body));
    let token = response.document()["token"].as_str().unwrap().to_owned();
    let instance = Client::new(cloud.url(), format!("ST${token}"), &session_pem);
    assert_eq!(instance.call("GET", NAMESPACE, &[], b"").status, 200);
}

fn federation_key_id(cloud: &Emulator, certificate: &str) -> String {
    use base64::Engine;
    let der = base64::prelude::BASE64_STANDARD.decode(certificate).unwrap();
    let fingerprint = ring::digest::digest(&ring::digest::SHA256, &der);
    let pairs: Vec<String> = fingerprint.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
    format!("{}/fed-x509-sha256/{}", cloud.tenancy(), pairs.join(":"))
}

fn pkcs8_pem(pkcs1: &[u8]) -> String {
    use pkcs8::der::pem::LineEnding;
    let algorithm = pkcs8::spki::AlgorithmIdentifierRef {
        oid: pkcs8::ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1"),
        parameters: Some(pkcs8::der::asn1::AnyRef::NULL),
    };
    let key = pkcs8::der::asn1::OctetStringRef::new(pkcs1).unwrap();
    let info = pkcs8::PrivateKeyInfoRef::new(algorithm, key);
    let document = pkcs8::SecretDocument::encode_msg(&info).unwrap();
    document.to_pem("PRIVATE KEY", LineEnding::LF).unwrap().to_string()
}

fn public_key(pem: &str) -> String {
    use base64::Engine;
    use pkcs8::der::Encode;
    let (_, document) = pkcs8::SecretDocument::from_pem(pem).unwrap();
    let key = ring::rsa::KeyPair::from_pkcs8(document.as_bytes()).unwrap();
    let algorithm = pkcs8::spki::AlgorithmIdentifierRef {
        oid: pkcs8::ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1"),
        parameters: Some(pkcs8::der::asn1::AnyRef::NULL),
    };
    let subject_public_key = pkcs8::der::asn1::BitStringRef::from_bytes(key.public().as_ref()).unwrap();
    let info = pkcs8::spki::SubjectPublicKeyInfoRef { algorithm, subject_public_key };
    base64::prelude::BASE64_STANDARD.encode(info.to_der().unwrap())
}
