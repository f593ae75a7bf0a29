use super::*;

fn find<'a>(pointer: &str, text: &'a str) -> Option<&'a str> {
    Pointer::parse(pointer).unwrap().find(text).unwrap()
}

#[test]
fn a_pointer_finds_a_member_through_objects_unchanged() {
    let text = r#" {"a": {"b": "x\u0041", "": 1.50, "c/d": null, "e~f": [1]}, "n": 5} "#;
    assert_eq!(find("/a/b", text), Some(r#""x\u0041""#));
    assert_eq!(find("/a/", text), Some("1.50"));
    assert_eq!(find("/a/c~1d", text), Some("null"));
    assert_eq!(find("/a/e~0f", text), Some("[1]"));
    assert_eq!(find("/n", text), Some("5"));
}

#[test]
fn a_missing_member_is_not_found() {
    let text = r#"{"a": {"b": 1}, "l": [{"b": 1}]}"#;
    for pointer in ["/b", "/a/c", "/a/b/c", "/l/0/b", "/"] {
        assert_eq!(find(pointer, text), None, "{pointer}");
    }
}

#[test]
fn an_escaped_name_is_the_same_name() {
    assert_eq!(find("/ab", r#"{"\u0061b": 1}"#), Some("1"));
}

#[test]
fn a_member_that_occurs_twice_is_an_error() {
    let pointer = Pointer::parse("/a/b").unwrap();
    assert_eq!(pointer.find(r#"{"a": {"b": 1, "\u0062": 1}}"#), Err(Twice { member: "b" }));
    assert_eq!(pointer.find(r#"{"a": {"b": 1}, "a": {}}"#), Err(Twice { member: "a" }));
    assert_eq!(pointer.find(r#"{"x": 1, "x": 2, "a": {"b": 3}}"#), Ok(Some("3")));
}

#[test]
fn other_texts_are_not_pointers() {
    for text in ["", "a", "a/b", "/a~2", "/a~", "#/a"] {
        assert!(Pointer::parse(text).unwrap_err().contains("not a JSON pointer"), "{text}");
    }
}
