//! Sends requests through a proxy that behaves like real ones.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod certificates;

use certificates::Authority;
use cloud_transport::http::Request;
use cloud_transport::{Body, Error, Proxies, Transport};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";

/// The heads of the requests that a server received.
type Heads = Arc<Mutex<Vec<String>>>;

async fn head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8(head).unwrap()
}

/// Starts a TLS server for `service.test`, whatever name it is reached under.
async fn https_server(authority: &Authority) -> u16 {
    let acceptor = authority.acceptor("service.test");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            head(&mut stream).await;
            stream.write_all(OK.as_bytes()).await.unwrap();
            let _ = stream.shutdown().await;
        }
    });
    port
}

/// Starts a proxy that answers every `CONNECT` with a tunnel to `upstream`, or with `refusal`, and answers other requests itself.
async fn proxy(upstream: u16, refusal: Option<&'static str>) -> (u16, Heads) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (port, heads) = (listener.local_addr().unwrap().port(), Heads::default());
    let seen = Arc::clone(&heads);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let request = head(&mut stream).await;
            seen.lock().unwrap().push(request.clone());
            match refusal {
                Some(status) => {
                    let text = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
                    stream.write_all(text.as_bytes()).await.unwrap();
                }
                None if request.starts_with("CONNECT ") => {
                    let mut upstream = TcpStream::connect(("127.0.0.1", upstream)).await.unwrap();
                    stream
                        .write_all(b"HTTP/1.1 200 Connection established\r\nvia: test\r\n\r\n")
                        .await
                        .unwrap();
                    tokio::spawn(async move { copy_bidirectional(&mut stream, &mut upstream).await });
                }
                None => stream.write_all(OK.as_bytes()).await.unwrap(),
            }
        }
    });
    (port, heads)
}

fn transport(authority: &Authority, variables: &[(&str, &str)]) -> Transport {
    let proxies = Proxies::from_environment(&variables.iter().copied().collect()).unwrap();
    Transport::builder().trust(authority.pem().as_bytes()).proxies(proxies).build().unwrap()
}

fn get(url: &str) -> Request<Body> {
    Request::get(url).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn https_goes_through_a_tunnel_and_the_proxy_sees_only_the_host() {
    let authority = Authority::new();
    let (port, heads) = proxy(https_server(&authority).await, None).await;
    let url = format!("http://user:pa%40ss@localhost:{port}");
    let transport = transport(&authority, &[("HTTPS_PROXY", url.as_str())]);
    // Only the proxy knows this host, so the name cannot have been looked up here.
    let response = transport.exchange(get("https://service.test/secret?query"), 10).await.unwrap();
    assert_eq!(response.into_body(), "ok");
    let heads = heads.lock().unwrap();
    assert_eq!(heads.len(), 1);
    assert!(
        heads[0].starts_with("CONNECT service.test:443 HTTP/1.1\r\nhost: service.test:443\r\n"),
        "{heads:?}"
    );
    assert!(heads[0].contains("proxy-authorization: Basic dXNlcjpwYUBzcw==\r\n"), "{heads:?}");
    assert!(!heads[0].contains("secret"));
}

#[tokio::test]
async fn http_is_sent_to_the_proxy_with_the_whole_url_and_the_credentials() {
    let (port, heads) = proxy(0, None).await;
    let url = format!("http://user:pass@localhost:{port}");
    let transport = transport(&Authority::new(), &[("http_proxy", url.as_str())]);
    let response = transport.exchange(get("http://service.test/a%20b/../c?query"), 10).await.unwrap();
    assert_eq!(response.into_body(), "ok");
    let heads = heads.lock().unwrap();
    assert!(heads[0].starts_with("GET http://service.test/a%20b/../c?query HTTP/1.1\r\n"), "{heads:?}");
    assert!(heads[0].contains("\r\nhost: service.test\r\n"), "{heads:?}");
    assert!(heads[0].contains("\r\nproxy-authorization: Basic dXNlcjpwYXNz\r\n"), "{heads:?}");
}

#[tokio::test]
async fn a_host_in_no_proxy_and_this_machine_are_reached_directly() {
    let authority = Authority::new();
    let server = https_server(&authority).await;
    let (port, heads) = proxy(server, None).await;
    let url = format!("localhost:{port}");
    let variables =
        [("https_proxy", url.as_str()), ("http_proxy", url.as_str()), ("no_proxy", "service.test")];
    let transport = transport(&authority, &variables);
    // Without the proxy, this host does not exist.
    let error = transport.send(get("https://service.test/")).await.unwrap_err();
    assert!(matches!(error, Error::UnknownHost(_) | Error::Connect(_)), "{error:?}");
    let error = transport.send(get(&format!("https://localhost:{server}/"))).await.unwrap_err();
    assert!(matches!(error, Error::Certificate(_)), "the certificate is for another name: {error:?}");
    assert!(heads.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_proxy_that_refuses_is_named_with_its_status() {
    for (status, final_word) in
        [("407 Proxy Authentication Required", true), ("403 Forbidden", true), ("502 Bad Gateway", false)]
    {
        let (port, _) = proxy(0, Some(status)).await;
        let url = format!("http://user:secret@localhost:{port}");
        let transport = transport(&Authority::new(), &[("https_proxy", url.as_str())]);
        let error = transport.send(get("https://service.test/")).await.unwrap_err();
        let causes = std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source());
        let text = causes.map(ToString::to_string).collect::<Vec<_>>().join(": ");
        assert_eq!(matches!(error, Error::Proxy(_)), final_word, "{error:?}");
        assert_eq!(error.is_retryable(), !final_word);
        assert!(!error.leaves_effect_unknown());
        let expected =
            format!("the proxy localhost:{port} answered {status} when asked to connect to service.test:443");
        assert!(text.contains(&expected), "{text}");
        assert!(!text.contains("secret"), "{text}");
    }
}
