use std::cmp::Ordering;

use proptest::prelude::*;

use super::RoutePath;

fn path(text: &str) -> RoutePath {
    RoutePath::new(text).unwrap()
}

#[test]
fn paths_match_as_documented() {
    for (route, matching, other) in [
        ("/", &["/", ""] as &[_], &["/a", "//"] as &[_]),
        ("/hello", &["/hello", "/h%65llo"], &["/hello/", "/Hello", "/hell", "/hello/a", "/"]),
        ("/hello/", &["/hello/"], &["/hello", "/hello/a"]),
        (
            "/hello/{region}/index.html",
            &["/hello/us/index.html"],
            &["/hello//index.html", "/hello/a/b/index.html"],
        ),
        ("/{one}", &["/a", "/a%2Fb"], &["/", "/a/", "/a/b"]),
        // Matches no further segment, one, or several.
        (
            "/hello/{rest*}",
            &["/hello", "/hello/", "/hello/us", "/hello/us/a.html", "/hello/a//b/"],
            &["/helloo", "/"],
        ),
        ("/{rest*}", &["/", "/a", "/a/b"], &[]),
        ("/a%20b", &["/a%20b"], &["/a+b"]),
    ] {
        for request in matching {
            assert!(path(route).matches(request), "{route} {request}");
        }
        for request in other {
            assert!(!path(route).matches(request), "{route} {request}");
        }
    }
}

#[test]
fn the_more_explicit_path_takes_precedence() {
    let order = ["/a/b", "/a/", "/a/{x}", "/a/{x*}", "/{x}/b", "/{x}/{y}", "/{x}", "/{x}/{y*}", "/{x*}"];
    for (place, one) in order.iter().enumerate() {
        for other in &order[place + 1..] {
            let found = path(one).precedence(&path(other));
            assert!(found != Ordering::Greater, "{one} {other}");
        }
    }
    assert_eq!(path("/a").precedence(&path("/a/{x*}")), Ordering::Less);
    assert!(path("/{a}/b/{c*}").is_same(&path("/{x}/b/{y*}")));
    assert!(!path("/{a}").is_same(&path("/{a*}")));
}

#[test]
fn an_invalid_path_is_rejected_with_the_reason() {
    for (text, word) in [
        ("", "slash"),
        ("hello", "slash"),
        ("/a//b", "two slashes"),
        ("/a b", "' '"),
        ("/ü", "ü"),
        ("/{a-b}", "{a-b}"),
        ("/{}", "{}"),
        ("/{*}", "{*}"),
        ("/a{b}", "whole segment"),
        ("/{a*}/b", "{a*}"),
    ] {
        let problem = RoutePath::new(text).unwrap_err();
        assert!(problem.contains(word), "{text}: {problem}");
    }
    RoutePath::new(&format!("/{}", "a".repeat(1999))).unwrap();
    RoutePath::new(&format!("/{}", "a".repeat(2000))).unwrap_err();
}

/// Generates the segments of a request's path, none of them empty.
fn segments() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[a-c]{1,2}", 1..5)
}

proptest! {
    #[test]
    fn a_path_made_from_a_request_matches_it_and_ranks_behind_the_request_itself(
        parts in segments(),
        blanked in prop::collection::vec(any::<bool>(), 5),
        cut in 0..6_usize,
    ) {
        let request = format!("/{}", parts.join("/"));
        let mut pattern: Vec<String> = parts
            .iter()
            .zip(&blanked)
            .map(|(part, blank)| if *blank { "{p}".to_owned() } else { part.clone() })
            .collect();
        if cut <= pattern.len() {
            pattern.truncate(cut);
            pattern.push("{rest*}".to_owned());
        }
        let pattern = path(&format!("/{}", pattern.join("/")));
        prop_assert!(pattern.matches(&request));
        prop_assert_ne!(path(&request).precedence(&pattern), Ordering::Greater);
        // A path without a wildcard matches the same number of segments.
        if cut > parts.len() {
            let longer = format!("{}/more", request);
            prop_assert!(!pattern.matches(&longer));
        }
    }

    #[test]
    fn precedence_is_an_order(texts in prop::collection::vec("(/([a-b]|\\{p\\})){1,3}(/\\{w\\*\\})?", 3)) {
        let paths: Vec<RoutePath> = texts.iter().map(|text| path(text)).collect();
        let (a, b, c) = (&paths[0], &paths[1], &paths[2]);
        prop_assert_eq!(a.precedence(b), b.precedence(a).reverse());
        if a.precedence(b).is_le() && b.precedence(c).is_le() {
            prop_assert!(a.precedence(c).is_le());
        }
    }
}
