use crate::served::Served;
use fn_kit::{Failure, Handler, Invocation, Response};
use std::io;

#[derive(Debug, thiserror::Error)]
#[error("the bucket cannot be read")]
struct Unreadable {
    source: io::Error,
}

struct Fails;

impl Handler for Fails {
    async fn call(&self, invocation: Invocation) -> Result<Response, Failure> {
        match invocation.into_body().bytes(100).await?.as_ref() {
            b"error" => Err(Unreadable { source: io::ErrorKind::ConnectionRefused.into() })?,
            b"text" => Err(Failure::new("just words")),
            b"timeout" => Err(Failure::timeout()),
            b"body" => {
                Err(Failure::new("words").with_body(&serde_json::json!({"code": "Busy", "retry": true})))
            }
            b"panic" => panic!("at the disco"),
            b"drop" => {
                struct Bomb;
                impl Drop for Bomb {
                    fn drop(&mut self) {
                        panic!("on the way out");
                    }
                }
                let bomb = Bomb;
                std::future::pending::<()>().await;
                drop(bomb);
                unreachable!();
            }
            _ => Ok(Response::text("fine")),
        }
    }
}

#[tokio::test]
async fn failures_are_502_and_timeouts_504_and_the_function_lives_on() {
    let served = Served::new(Fails).await;
    let mut client = served.connect().await;
    for (body, status, text) in [
        ("error", 502, r#"{"message":"the bucket cannot be read: connection refused"}"#),
        ("text", 502, r#"{"message":"just words"}"#),
        ("timeout", 504, r#"{"message":"the function ran out of time"}"#),
        ("body", 502, r#"{"code":"Busy","retry":true}"#),
        ("panic", 502, r#"{"message":"the function panicked"}"#),
        ("anything", 200, "fine"),
    ] {
        let reply = client.call("", body.as_bytes()).await;
        assert_eq!((reply.status, reply.text()), (status, text));
        if status != 200 {
            assert_eq!(reply.header("content-type"), Some("application/json"));
        }
    }
    let reply = client.call("Fn-Intent: httprequest\r\n", b"text").await;
    assert_eq!(
        (reply.status, reply.header("fn-http-status")),
        (502, Some("502")),
        "as fdk-python tells a gateway"
    );
}

#[tokio::test]
async fn a_handler_that_panics_while_it_is_dropped_affects_no_other_call() {
    let served = Served::new(Fails).await;
    let mut client = served.connect().await;
    let reply = client.call(&crate::client::deadline(2), b"drop").await;
    assert_eq!(reply.status, 502);
    assert_eq!(client.call("", b"").await.text(), "fine");
}

#[tokio::test]
async fn a_handler_that_panics_before_its_first_await_is_a_failure() {
    fn at_once(_: Invocation) -> std::future::Ready<Result<Response, Failure>> {
        panic!("before there is a future");
    }
    let served = Served::new(at_once).await;
    let mut client = served.connect().await;
    for _ in 0..2 {
        assert_eq!(client.call("", b"a body").await.status, 502);
    }
}
