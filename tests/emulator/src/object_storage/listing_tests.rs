//! Tests paging against a model that has no pages.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::Selection;

/// Generates names that collide, nest and sort close to each other.
fn name() -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(vec!["a", "b", "/", "é", "+", "ab/"]), 1..6)
        .prop_map(|parts| parts.concat())
}

#[derive(Debug, Clone)]
struct Asked {
    prefix: String,
    start: String,
    start_after: Option<String>,
    end: Option<String>,
    delimiter: Option<char>,
}

fn asked() -> impl Strategy<Value = Asked> {
    let maybe = || proptest::option::of(name());
    (maybe(), maybe(), maybe(), maybe(), proptest::option::of(Just('/'))).prop_map(
        |(prefix, start, start_after, end, delimiter)| Asked {
            prefix: prefix.unwrap_or_default(),
            start: start.unwrap_or_default(),
            start_after,
            end,
            delimiter,
        },
    )
}

impl Asked {
    /// Returns everything that all pages together must show: names, and the prefixes that stand for others.
    fn model(&self, names: &BTreeMap<String, ()>) -> (Vec<String>, Vec<String>) {
        let (mut shown, mut prefixes) = (Vec::new(), Vec::new());
        for name in names.keys() {
            let inside = name.starts_with(&self.prefix)
                && name.as_bytes() >= self.start.as_bytes()
                && self.start_after.as_ref().is_none_or(|after| name.as_bytes() > after.as_bytes())
                && self.end.as_ref().is_none_or(|end| name.as_bytes() < end.as_bytes());
            let rest = name.get(self.prefix.len()..).unwrap_or_default();
            match (inside, self.delimiter.and_then(|delimiter| rest.find(delimiter))) {
                (false, _) => {}
                (true, None) => shown.push(name.clone()),
                (true, Some(place)) => prefixes.push(format!("{}{}", self.prefix, &rest[..=place])),
            }
        }
        prefixes.dedup();
        (shown, prefixes)
    }
}

proptest! {
    #[test]
    fn pages_put_together_are_the_whole_and_no_page_is_too_long(
        names in proptest::collection::btree_map(name(), Just(()), 0..30),
        asked in asked(),
        limit in 1_usize..8,
    ) {
        let (mut shown, mut prefixes) = (Vec::new(), Vec::new());
        let mut start = Some(asked.start.clone());
        let mut first = true;
        while let Some(from) = start {
            let selection = Selection {
                prefix: &asked.prefix,
                start: &from,
                start_after: asked.start_after.as_deref().filter(|_| first),
                end: asked.end.as_deref(),
                delimiter: asked.delimiter,
                limit,
            };
            let page = selection.page(selection.range(&names));
            let length = page.entries.len() + page.prefixes.len();
            prop_assert!(length <= limit);
            prop_assert!(length == limit || page.next.is_none(), "a short page is the last");
            shown.extend(page.entries.iter().map(|(name, _)| (*name).to_owned()));
            prefixes.extend(page.prefixes.iter().map(|prefix| (*prefix).to_owned()));
            start = page.next.map(|(next, _)| next.to_owned());
            first = false;
        }
        prop_assert_eq!((shown, prefixes), asked.model(&names));
    }
}
