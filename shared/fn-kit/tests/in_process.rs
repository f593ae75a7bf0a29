//! Tests `fn_kit::testing`: calls without a socket.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use fn_kit::testing::Call;
use fn_kit::{Contract, Failure, Handler, Intent, Invocation, Response};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

#[derive(Default)]
struct Counts(AtomicUsize);

impl Handler for Counts {
    async fn call(&self, invocation: Invocation) -> Result<Response, Failure> {
        self.0.fetch_add(1, Ordering::Relaxed);
        match invocation.into_body().bytes(100).await?.as_ref() {
            b"panic" => panic!("as asked"),
            b"fail" => Err(Failure::new("as asked")),
            b"sleep" => {
                tokio::time::sleep(Duration::from_secs(60)).await;
                Ok(Response::text("slept"))
            }
            body => Ok(Response::bytes("a/b", body.to_vec())),
        }
    }
}

#[tokio::test]
async fn responses_failures_and_panics_are_those_of_the_wire() {
    let counts = Counts::default();
    for (body, status, text) in [
        ("hello", 200, "hello"),
        ("fail", 502, r#"{"message":"as asked"}"#),
        ("panic", 502, r#"{"message":"the function panicked"}"#),
    ] {
        let answer = Call::new().body(body).send(&counts).await;
        assert_eq!((answer.status.as_u16(), answer.text()), (status, text));
    }
    let answer = Call::new().body("too much").body_limit(7).send(&counts).await;
    assert_eq!(answer.text(), r#"{"message":"the body has more than 7 bytes"}"#);
    assert_eq!(counts.0.load(Ordering::Relaxed), 4);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_drops_the_handler_before_it_is_reached() {
    let counts = Counts::default();
    let before = tokio::time::Instant::now();
    let answer = Call::new().body("sleep").deadline_in(Duration::from_secs(20)).send(&counts).await;
    assert_eq!(answer.status, 504);
    let took = before.elapsed();
    assert!(took > Duration::from_secs(19) && took < Duration::from_millis(19_850), "{took:?}");
    let answer = Call::new().body("sleep").deadline_in(Duration::from_secs(90)).send(&counts).await;
    assert_eq!(answer.text(), "slept");
    let answer = Call::new().deadline_in(Duration::ZERO).send(&counts).await;
    assert_eq!((answer.status.as_u16(), counts.0.load(Ordering::Relaxed)), (504, 2), "not called");
}

#[tokio::test(start_paused = true)]
async fn short_calls_keep_nine_tenths_of_their_time() {
    let sleep = |_: Invocation| async {
        tokio::time::sleep(Duration::from_millis(800)).await;
        Ok(Response::empty())
    };
    assert_eq!(Call::new().deadline_in(Duration::from_secs(1)).send(&sleep).await.status, 200);
    assert_eq!(Call::new().deadline_in(Duration::from_millis(850)).send(&sleep).await.status, 504);
}

#[tokio::test]
async fn a_call_of_a_gateway_has_what_a_gateway_sends() {
    let tell = |invocation: Invocation| async move {
        assert_eq!((invocation.intent(), invocation.call_id()), (Intent::HttpRequest, "test"));
        let request = invocation.into_http_request()?;
        let accepts = request.headers().get_all("accept").iter().count();
        let text = format!(
            "{} {} {accepts} {:?}",
            request.method(),
            request.uri(),
            request.headers().get("content-type")
        );
        let answer =
            http::Response::builder().status(201).header("Set-Cookie", "a").header("Set-Cookie", "b");
        Ok(Response::http(answer.header("Content-Type", "x/y").body(text.into())?))
    };
    let request = http::Request::put("https://host/a/b?c=d").header("Accept", "1").header("Accept", "2");
    let request = request.header("Content-Type", "t/u").body("body".into()).unwrap();
    let answer = Call::http(request).send(&tell).await.http();
    assert_eq!(answer.status(), 201);
    assert_eq!(answer.body(), r#"PUT /a/b?c=d 2 Some("t/u")"#);
    assert_eq!(answer.headers().get_all("set-cookie").iter().count(), 2);
    assert_eq!(answer.headers()["content-type"], "x/y");
    let fail = |_: Invocation| async { Err(Failure::timeout()) };
    let request = http::Request::get("/").body(Default::default()).unwrap();
    assert_eq!(Call::http(request).send(&fail).await.http().status(), 504);
}

#[tokio::test]
async fn a_contract_with_tracing_can_be_tested() {
    let environment = [("FN_LISTENER", "unix:/l"), ("OCI_TRACING_ENABLED", "1")]
        .map(|(name, value)| (name.into(), value.into()));
    let contract = Contract::from_environment(&environment).unwrap().unwrap();
    let traced =
        |invocation: Invocation| async move { Ok(Response::text(invocation.trace().sampled.to_string())) };
    assert_eq!(Call::new().contract(contract).send(&traced).await.text(), "true");
    assert_eq!(Call::new().without("fn-deadline").header("x-a", "b").send(&traced).await.text(), "false");
}

#[test]
fn values_that_handlers_hold_across_awaits_may_move_between_threads() {
    fn shared<T: Send + Sync + 'static>() {}
    fn moved<T: Send + 'static>() {}
    shared::<Invocation>();
    shared::<fn_kit::Body>();
    shared::<Response>();
    shared::<Failure>();
    shared::<Contract>();
    moved::<fn_kit::Server>();
}

#[tokio::test]
async fn a_response_with_more_headers_than_an_agent_accepts_is_a_failure() {
    for (count, length) in [(9_000, 1), (2, 1 << 20)] {
        let handler = move |_: Invocation| async move {
            let mut response = Response::empty();
            for at in 0..count {
                let name: fn_kit::http::HeaderName = format!("x-{at}").parse()?;
                response = response.with_header(name, "v".repeat(length).parse()?);
            }
            Ok::<_, Failure>(response)
        };
        let answer = Call::new().header("fn-intent", "httprequest").send(&handler).await;
        assert_eq!(answer.status.as_u16(), 502);
    }
}
