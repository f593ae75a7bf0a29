use super::*;

fn token(claims: &str) -> String {
    let part = |text: &str| BASE64.encode(text).trim_end_matches('=').to_owned();
    format!("{}.{}.{}", part("{}"), part(claims), part("signature"))
}

#[test]
fn the_expiry_of_a_token_is_read_in_whole_seconds() {
    let expires = |claims: &str| Token::parse(&token(claims)).unwrap().expires();
    assert_eq!(expires(r#"{"exp":1709634030}"#), Some(UNIX_EPOCH + Duration::from_secs(1_709_634_030)));
    assert_eq!(expires(r#"{"exp":1709634030.9}"#), Some(UNIX_EPOCH + Duration::from_secs(1_709_634_030)));
    assert_eq!(expires("{}"), None);
    assert_eq!(expires(r#"{"exp":1e300}"#), None);
    assert_eq!(expires(r#"{"exp":-1}"#), None);
}

#[test]
fn a_text_that_is_not_a_token_is_an_error_that_does_not_quote_it() {
    for text in ["", "a", "a.b", "a.b.c.d", "a.%%.c", &token("secret"), &token(r#"{"exp":"secret"}"#)] {
        let error = Token::parse(text).err().expect(text).to_string();
        assert!(!error.contains("secret"), "{error}");
    }
}

#[test]
fn a_token_is_matched_with_the_key_it_vouches_for() {
    let (key, other) = (PrivateKey::generate().unwrap(), PrivateKey::generate().unwrap());
    let n = BASE64.encode(key.modulus());
    let n = n.trim_end_matches('=');
    let as_object =
        Token::parse(&token(&format!(r#"{{"jwk":{{"kty":"RSA","n":"{n}","e":"AQAB"}}}}"#))).unwrap();
    let as_text =
        Token::parse(&token(&format!(r#"{{"jwk":"{{\"kty\":\"RSA\",\"n\":\"{n}\",\"e\":\"AQAB\"}}"}}"#)))
            .unwrap();
    for matched in [as_object, as_text] {
        assert!(!matched.is_for_another_key(&key));
        assert!(matched.is_for_another_key(&other));
    }
    for silent in ["{}", r#"{"jwk":"?"}"#, r#"{"jwk":{"n":"%%"}}"#, r#"{"jwk":7}"#] {
        assert!(!Token::parse(&token(silent)).unwrap().is_for_another_key(&key));
    }
}
