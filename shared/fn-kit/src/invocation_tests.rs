#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;

fn invocation(pairs: &[(&'static str, &[u8])]) -> Invocation {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(*name, http::HeaderValue::from_bytes(value).unwrap());
    }
    Invocation::new(headers, Body::default(), Trace::default())
}

#[tokio::test(start_paused = true)]
async fn a_call_without_headers_is_a_plain_one_with_thirty_seconds() {
    let invocation = invocation(&[]);
    assert_eq!(
        (invocation.call_id(), invocation.opc_request_id(), invocation.content_type()),
        ("", None, None)
    );
    assert_eq!((invocation.intent(), invocation.invoke_type()), (Intent::Other, InvokeType::Sync));
    assert_eq!(invocation.deadline().remaining().as_secs(), 30);
    assert_eq!(invocation.into_body().bytes(0).await.unwrap(), "");
}

#[test]
fn the_first_of_repeated_headers_counts_and_bytes_that_are_not_text_do_not() {
    let invocation = invocation(&[
        ("fn-call-id", b" a "),
        ("fn-call-id", b"b"),
        ("opc-request-id", b"\xff"),
        ("fn-intent", b"HTTPRequest"),
    ]);
    assert_eq!((invocation.call_id(), invocation.opc_request_id()), ("a", None));
    assert_eq!(invocation.intent(), Intent::HttpRequest);
    assert_eq!(invocation.headers().len(), 4);
}
