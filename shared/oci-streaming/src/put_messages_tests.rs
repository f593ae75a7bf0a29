use super::*;
use proptest::prelude::*;
use serde_json::Value;

#[test]
fn a_request_has_no_superfluous_bytes() {
    type Message<'a> = (Option<&'a [u8]>, &'a [u8]);
    let cases: [(&[Message<'_>], &str); 4] = [
        (&[], r#"{"messages":[]}"#),
        (&[(None, b"")], r#"{"messages":[{"value":""}]}"#),
        (&[(Some(b"k1"), b"v1")], r#"{"messages":[{"key":"azE=","value":"djE="}]}"#),
        (
            &[(Some(b""), b"\xff\xfe\xfd"), (None, b"value"), (Some(b"key"), b"")],
            r#"{"messages":[{"key":"","value":"//79"},{"value":"dmFsdWU="},{"key":"a2V5","value":""}]}"#,
        ),
    ];
    for (messages, body) in cases {
        let put = PutMessages::new(messages.iter().copied());
        assert_eq!(put.body(), body.as_bytes());
        assert_eq!((put.len(), put.is_empty()), (messages.len(), messages.is_empty()));
    }
}

#[test]
fn messages_do_not_appear_in_debug_output() {
    let put = PutMessages::new([(Some(&b"account"[..]), &b"secret"[..])]);
    assert_eq!(format!("{put:?}"), "PutMessages(1 messages, 56 bytes)");
}

proptest! {
    #[test]
    fn any_keys_and_values_survive_encoding(
        messages in prop::collection::vec((prop::option::of(prop::collection::vec(any::<u8>(), 0..300)), prop::collection::vec(any::<u8>(), 0..3000)), 0..20)
    ) {
        let put = PutMessages::new(messages.iter().map(|(key, value)| (key.as_deref(), value.as_slice())));
        let document: Value = serde_json::from_slice(put.body()).unwrap();
        let text = |value: &Value| STANDARD.decode_to_vec(value.as_str().unwrap().as_bytes()).unwrap();
        let read: Vec<(Option<Vec<u8>>, Vec<u8>)> = document["messages"].as_array().unwrap().iter()
            .map(|entry| (entry.get("key").map(text), text(&entry["value"])))
            .collect();
        prop_assert_eq!(read, messages);
    }
}
