//! Measures the cost of building a client and of signing a request.
#![allow(missing_docs, reason = "criterion's macros make functions without any")]

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use http::Request;
use oci_requests::{Body, Client, Principal, PrivateKey, Signed, sign};
use std::hint::black_box;
use std::time::SystemTime;

const VECTORS: &str = include_str!("../tests/fixtures/signing_vectors.json");

fn key() -> PrivateKey {
    let vectors: serde_json::Value = serde_json::from_str(VECTORS).expect("the fixture is JSON");
    let pem = vectors["private_key_pkcs8_pem"].as_str().expect("the fixture has a key");
    PrivateKey::from_pem(pem, None).expect("the fixture's key is valid")
}

fn client(c: &mut Criterion) {
    let principal = Principal::api_key("tenancy", "user", "fingerprint", key());
    c.bench_function("build a client", |b| b.iter(|| Client::builder(black_box(principal.clone())).build()));
}

fn signature(c: &mut Criterion) {
    let credentials = oci_requests::Credentials::api_key("tenancy", "user", "fingerprint", key());
    let request = || {
        Request::builder()
            .uri("https://objectstorage.eu-frankfurt-1.oraclecloud.com/n/ns/b/b/o/x")
            .body(Body::empty())
    };
    let request = || request().expect("the URL is valid");
    c.bench_function("sign a request", |b| {
        b.iter_batched_ref(
            request,
            |request| sign(request, &credentials, Signed::Host, SystemTime::now()),
            BatchSize::SmallInput,
        );
    });
}

criterion_group!(benches, client, signature);
criterion_main!(benches);
