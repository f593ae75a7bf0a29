use bytes::Bytes;
use oci_requests::{
    Body, Cause, Client, Endpoint, Environment, Principal, PrivateKey, Request, RetryPolicy, Timeouts,
    TransportError,
};
use std::future::Future;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

fn principal() -> Principal {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../fixtures/signing_vectors.json")).unwrap();
    let key = PrivateKey::from_pem(vectors["private_key_pkcs8_pem"].as_str().unwrap(), None).unwrap();
    Principal::api_key("tenancy", "user", "fingerprint", key)
}

fn client(retry: RetryPolicy, idle: Duration) -> Client {
    let timeouts = Timeouts { idle, ..Timeouts::default() };
    Client::builder(principal()).retry(retry).timeouts(timeouts).build().unwrap()
}

const LONG: Duration = Duration::from_secs(60);

fn get(endpoint: &Endpoint) -> Request {
    Request::new("Get", http::Method::GET, endpoint, "/".into())
}

/// Starts a server that calls `serve` with each connection and its number, counted from 0.
async fn server<F: Future<Output = ()> + Send + 'static>(
    serve: impl Fn(usize, TcpStream) -> F + Send + 'static,
) -> Endpoint {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        for number in 0.. {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(serve(number, stream));
        }
    });
    format!("http://{address}").parse().unwrap()
}

/// Reads the head of a request without a body.
async fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8(head).unwrap()
}

#[tokio::test]
async fn a_pooled_connection_found_dead_is_replaced_at_once_without_a_retry_being_spent() {
    // Every connection serves one request and is cut when the next one arrives, as after a freeze.
    let endpoint = server(|_, mut stream| async move {
        head(&mut stream).await;
        stream.write_all(OK).await.unwrap();
        head(&mut stream).await;
    })
    .await;
    let client = client(RetryPolicy::none(), LONG);
    assert_eq!(client.send(&get(&endpoint)).await.unwrap().attempts, 1);
    for _ in 0..5 {
        let answer = client.send(&get(&endpoint)).await.unwrap();
        assert_eq!(answer.attempts, 2);
        assert!(answer.effect_unknown, "the first attempt was sent");
    }
    let error = client.send(&get(&endpoint).not_repeatable()).await.unwrap_err();
    assert!(
        matches!(error.cause, Cause::Transport(TransportError::Connection(_))) && error.attempts == 1,
        "{error:?}"
    );
}

#[tokio::test]
async fn a_connection_cut_at_its_first_request_is_a_failure_like_any_other() {
    let endpoint = server(|_, mut stream| async move { drop(head(&mut stream).await) }).await;
    let retry = RetryPolicy { attempts: 3, base: Duration::from_millis(1), ..RetryPolicy::default() };
    let error = client(retry, LONG).send(&get(&endpoint)).await.unwrap_err();
    assert_eq!(error.attempts, 3);
    assert!(error.is_retryable() && error.effect_unknown);
}

#[tokio::test]
async fn a_refused_connection_means_that_nothing_was_sent() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let endpoint: Endpoint = format!("http://{free}").parse().unwrap();
    let error = client(RetryPolicy::none(), LONG).send(&get(&endpoint).not_repeatable()).await.unwrap_err();
    assert!(
        matches!(error.cause, Cause::Transport(TransportError::Connect(_))) && !error.effect_unknown,
        "{error:?}"
    );
    assert!(error.is_retryable());
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls_gets_no_request() {
    let endpoint = server(|_, stream| async move {
        let _stream = stream;
        std::future::pending::<()>().await;
    })
    .await;
    let endpoint: Endpoint = endpoint.to_string().replace("http:", "https:").parse().unwrap();
    let timeouts = Timeouts { connect: Duration::from_millis(50), ..Timeouts::default() };
    let client = Client::builder(principal()).retry(RetryPolicy::none()).timeouts(timeouts).build().unwrap();
    let error = client.send(&get(&endpoint).not_repeatable()).await.unwrap_err();
    assert!(
        matches!(error.cause, Cause::Transport(TransportError::Connect(_))) && !error.effect_unknown,
        "{error:?}"
    );
}

#[tokio::test]
async fn a_response_that_never_arrives_is_a_timeout() {
    let endpoint = server(|_, mut stream| async move {
        head(&mut stream).await;
        std::future::pending::<()>().await;
    })
    .await;
    let error =
        client(RetryPolicy::none(), Duration::from_millis(50)).send(&get(&endpoint)).await.unwrap_err();
    assert!(
        matches!(error.cause, Cause::Transport(TransportError::Timeout(_))) && error.effect_unknown,
        "{error:?}"
    );
}

#[tokio::test]
async fn a_request_to_be_sent_once_is_not_retried_whatever_the_policy() {
    for answer in ["429 Too Many Requests", "503 Service Unavailable", "409 Conflict"] {
        let endpoint = server(move |_, mut stream| async move {
            while !head(&mut stream).await.is_empty() {
                let body = r#"{"code":"IncorrectState"}"#;
                let answer = format!("HTTP/1.1 {answer}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        })
        .await;
        let retry = RetryPolicy { attempts: 3, base: Duration::from_millis(1), ..RetryPolicy::default() };
        let client = client(retry, LONG);
        assert_eq!(client.send(&get(&endpoint)).await.unwrap_err().attempts, 3, "{answer}");
        let error = client.send(&get(&endpoint).once()).await.unwrap_err();
        assert_eq!(error.attempts, 1, "{answer}");
        assert_eq!(error.effect_unknown, answer.starts_with("503"), "{answer}");
    }
}

#[tokio::test]
async fn a_request_with_a_time_limit_ends_at_it_in_every_phase() {
    const SOON: Duration = Duration::from_millis(50);
    // The response never begins, never ends, or is an error whose body never arrives.
    let begun = ["", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\no"];
    let refused = "HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{";
    for answer in [&begun[..], &[refused]].concat() {
        let endpoint = server(move |_, mut stream| async move {
            head(&mut stream).await;
            stream.write_all(answer.as_bytes()).await.unwrap();
            std::future::pending::<()>().await;
        })
        .await;
        let error =
            client(RetryPolicy::default(), LONG).send(&get(&endpoint).within(SOON)).await.unwrap_err();
        if answer == refused {
            assert_eq!((error.status().unwrap().as_u16(), error.effect_unknown), (404, false));
        } else {
            assert!(
                matches!(error.cause, Cause::Transport(TransportError::Timeout(SOON)))
                    && error.effect_unknown,
                "{error:?}"
            );
        }
        assert_eq!(error.attempts, 1);
    }
    // A response that arrives in time is not cut off.
    let endpoint = server(|_, mut stream| async move {
        head(&mut stream).await;
        stream.write_all(OK).await.unwrap();
    })
    .await;
    client(RetryPolicy::none(), LONG).send(&get(&endpoint).within(LONG)).await.unwrap();
    client(RetryPolicy::none(), LONG).send(&get(&endpoint).within(Duration::MAX)).await.unwrap();
}

#[tokio::test]
async fn a_body_that_was_not_begun_in_time_is_never_sent() {
    // A server that accepts connections and never speaks TLS.
    let endpoint = server(|_, stream| async move {
        let _stream = stream;
        std::future::pending::<()>().await;
    })
    .await;
    let silent: Endpoint = endpoint.to_string().replace("http:", "https:").parse().unwrap();
    let put = |endpoint: &Endpoint| {
        let request = Request::new("Put", http::Method::POST, endpoint, "/".into());
        request
            .unsigned_body(Body::from(Bytes::from_static(b"body")))
            .within(Duration::from_millis(50))
            .once()
    };
    let client = client(RetryPolicy::default(), LONG);
    let error = client.send(&put(&silent)).await.unwrap_err();
    assert!(
        matches!(error.cause, Cause::Transport(TransportError::Connect(_))) && !error.effect_unknown,
        "{error:?}"
    );
    // Once sending has begun on a connection, the effect is unknown.
    let error = client.send(&put(&endpoint)).await.unwrap_err();
    assert!(
        matches!(error.cause, Cause::Transport(TransportError::Timeout(_))) && error.effect_unknown,
        "{error:?}"
    );
}

#[tokio::test]
async fn a_slow_upload_that_moves_does_not_time_out() {
    const SIZE: usize = 24 << 20;
    let endpoint = server(|_, mut stream| async move {
        head(&mut stream).await;
        let (mut read, mut buffer) = (0, vec![0; 256 << 10]);
        while read < SIZE {
            read += stream.read(&mut buffer).await.unwrap();
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        stream.write_all(OK).await.unwrap();
    })
    .await;
    // The whole request takes longer than the client's limit for a stall.
    let client = client(RetryPolicy::none(), Duration::from_millis(500));
    let body = Body::from(Bytes::from(vec![7; SIZE]));
    let request = Request::new("Put", http::Method::PUT, &endpoint, "/".into()).unsigned_body(body);
    client.send(&request).await.unwrap();
}

#[tokio::test]
async fn a_server_that_responds_early_and_stops_reading_does_not_keep_the_body() {
    let endpoint = server(|_, mut stream| async move {
        head(&mut stream).await;
        stream.write_all(OK).await.unwrap();
        std::future::pending::<()>().await;
    })
    .await;
    let bytes = Bytes::from(vec![7; 32 << 20]);
    let body = Body::from(bytes.clone());
    let request = Request::new("Put", http::Method::PUT, &endpoint, "/".into()).unsigned_body(body);
    let client = client(RetryPolicy::none(), Duration::from_millis(300));
    client.send(&request).await.unwrap();
    drop(request);
    for _ in 0..1000 {
        if bytes.is_unique() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the connection still holds the body");
}

#[tokio::test]
async fn names_are_looked_up_without_the_c_library() {
    let endpoint = server(|_, mut stream| async move {
        assert!(head(&mut stream).await.contains("\r\nhost: localhost:"));
        stream.write_all(OK).await.unwrap();
    })
    .await;
    let port = endpoint.authority().rsplit_once(':').unwrap().1;
    let endpoint: Endpoint = format!("http://localhost:{port}").parse().unwrap();
    client(RetryPolicy::none(), LONG).send(&get(&endpoint)).await.unwrap();
}

#[tokio::test]
async fn a_path_is_sent_as_it_was_signed() {
    let endpoint = server(|_, mut stream| async move {
        let line = head(&mut stream).await.lines().next().unwrap().to_owned();
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{line}", line.len());
        stream.write_all(answer.as_bytes()).await.unwrap();
    })
    .await;
    for path in ["/n/ns/b/b/o/..", "/o/a//b/./../c", "/o/%2F%2e%20+~", "/o/x?prefix=a%20b%2B&x="] {
        let request = Request::new("Get", http::Method::GET, &endpoint, path.into());
        let answer = client(RetryPolicy::none(), LONG).send(&request).await.unwrap();
        assert_eq!(answer.body, format!("GET {path} HTTP/1.1"));
    }
}

#[tokio::test]
async fn a_page_of_a_middlebox_is_shortened_in_errors() {
    let endpoint = server(|_, mut stream| async move {
        head(&mut stream).await;
        let page = format!("<html>\n  <h1>Forbidden</h1>{}</html>", "x".repeat(5000));
        let answer = format!("HTTP/1.1 403 Forbidden\r\ncontent-length: {}\r\n\r\n{page}", page.len());
        stream.write_all(answer.as_bytes()).await.unwrap();
    })
    .await;
    let error = client(RetryPolicy::none(), LONG).send(&get(&endpoint)).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("403") && text.contains("<h1>Forbidden</h1>") && text.len() < 400, "{text}");
}

#[test]
fn an_endpoint_is_a_host_and_nothing_else() {
    for (text, problem) in [
        ("objectstorage.example", "does not begin with https"),
        ("ftp://example", "does not begin with https"),
        ("https://example/path", "has a path"),
        ("https://", "not a URL"),
        ("https://user:secret@example", "cannot have a user"),
        ("ftp://user:secret@example", "cannot have a user"),
    ] {
        let error = text.parse::<Endpoint>().unwrap_err().to_string();
        assert!(error.contains(problem) && !error.contains("secret"), "{text}: {error}");
    }
    let endpoint: Endpoint = "https://Example.com:443/".parse().unwrap();
    assert_eq!((endpoint.authority(), endpoint.to_string().as_str()), ("Example.com", "https://Example.com"));
}

#[test]
fn a_client_is_built_without_a_runtime_a_network_or_a_file() {
    let environment: Environment = [
        ("OCI_RESOURCE_PRINCIPAL_VERSION", "2.2"),
        ("OCI_RESOURCE_PRINCIPAL_RPST", "/.oci-credentials/rpst"),
        ("OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM", "/.oci-credentials/private.pem"),
        ("OCI_RESOURCE_PRINCIPAL_REGION", "us-phoenix-1"),
    ]
    .into_iter()
    .collect();
    let (principal, region) = Principal::from_environment(&environment).unwrap();
    assert_eq!(region.unwrap().identifier(), "us-phoenix-1");
    Client::builder(principal).build().unwrap();
}
