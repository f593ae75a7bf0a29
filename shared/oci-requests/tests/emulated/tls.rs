use oci_requests::{Cause, Client, Endpoint, Principal, PrivateKey, Request, RetryPolicy, TransportError};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// Starts a server whose certificate comes from an authority of its own. Returns its endpoint and the authority's certificate.
async fn server() -> (Endpoint, String) {
    let mut authority = CertificateParams::new(vec![]).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    let root = authority.self_signed(&authority_key).unwrap().pem();
    let key = KeyPair::generate().unwrap();
    let issuer = Issuer::new(authority, authority_key);
    let certificate =
        CertificateParams::new(vec!["localhost".into()]).unwrap().signed_by(&key, &issuer).unwrap();
    let chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone()];
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut buffer = vec![0; 16 << 10];
            let _ = stream.read(&mut buffer).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
            let _ = stream.shutdown().await;
        }
    });
    (format!("https://localhost:{port}").parse().unwrap(), root)
}

fn principal() -> Principal {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../fixtures/signing_vectors.json")).unwrap();
    let key = PrivateKey::from_pem(vectors["private_key_pkcs8_pem"].as_str().unwrap(), None).unwrap();
    Principal::api_key("tenancy", "user", "fingerprint", key)
}

#[tokio::test]
async fn a_server_needs_a_certificate_of_a_trusted_root() {
    let (endpoint, root) = server().await;
    let request = Request::new("Get", http::Method::GET, &endpoint, "/".into());
    let trusting = Client::builder(principal()).trust(&root).retry(RetryPolicy::none()).build().unwrap();
    assert_eq!(trusting.send(&request).await.unwrap().body, "ok");
    // The built-in roots do not include the authority. A certificate does not change, so there is no retry.
    let strict = Client::builder(principal()).build().unwrap();
    let error = strict.send(&request).await.unwrap_err();
    assert!(matches!(error.cause, Cause::Transport(TransportError::Certificate(_))), "{error:?}");
    assert_eq!((error.attempts, error.is_retryable()), (1, false));
    let causes: Vec<String> =
        std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source())
            .map(ToString::to_string)
            .collect();
    assert!(
        causes.last().unwrap().contains("UnknownIssuer") || causes.join(" ").contains("UnknownIssuer"),
        "{causes:?}"
    );
}

#[test]
fn a_text_that_is_not_a_certificate_cannot_be_trusted() {
    let error = Client::builder(principal())
        .trust("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")
        .build()
        .unwrap_err();
    assert!(error.to_string().contains("invalid root certificate"), "{error}");
}
