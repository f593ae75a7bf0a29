#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;

#[derive(Debug, thiserror::Error)]
#[error("outer")]
struct Outer(#[source] Inner);

#[derive(Debug, thiserror::Error)]
#[error("inner")]
struct Inner;

#[test]
fn the_message_has_all_causes() {
    let failing = || -> Result<(), Failure> { Err(Outer(Inner))? };
    let failure = failing().unwrap_err();
    assert_eq!((failure.message().as_str(), failure.is_timeout()), ("outer: inner", false));
    assert!(failure.cause().unwrap().is::<Outer>());
    assert_eq!(format!("{failure:?}"), r#"Failure { status: 502, message: "outer: inner" }"#);
    assert_eq!(failure.into_body(), r#"{"message":"outer: inner"}"#);
}

#[test]
fn text_and_boxed_errors_can_be_causes() {
    assert_eq!(Failure::new("words").to_string(), "words");
    assert_eq!(Failure::new(String::from("more \"words\"")).into_body(), r#"{"message":"more \"words\""}"#);
    let boxed: Box<dyn Error + Send + Sync> = Box::new(Inner);
    assert_eq!(Failure::new(boxed).message(), "inner");
}

#[test]
fn a_custom_body_replaces_the_message() {
    let failure = Failure::timeout().with_body(&serde_json::json!({"code": 7}));
    assert_eq!((failure.status().as_u16(), failure.into_body()), (504, Bytes::from(r#"{"code":7}"#)));
}
