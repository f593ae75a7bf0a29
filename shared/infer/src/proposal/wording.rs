//! Words for counts, for people.

use crate::node::Node;

/// Formats a count: `1 record`, `1,234 records`.
pub(super) fn count(number: u64, singular: &str) -> String {
    match number {
        1 => format!("1 {singular}"),
        _ => format!("{} {singular}s", grouped(number)),
    }
}

/// Groups the digits of a number: `1,234,567`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns the kinds of values at a place, apart from null, and how many there are of each.
pub(super) fn kinds(node: &Node) -> Vec<(u64, &'static str)> {
    let numbers = node.numbers.as_ref().map_or(0, |numbers| numbers.count);
    let strings = node.strings.as_ref().map_or(0, |strings| strings.count);
    let kinds = [
        (node.objects, "object"),
        (node.arrays, "array"),
        (strings, "string"),
        (numbers, "number"),
        (node.booleans, "boolean"),
    ];
    kinds.into_iter().filter(|(number, _)| *number > 0).collect()
}

/// Lists kinds of values: `12 strings, 3 numbers`.
pub(super) fn list(kinds: &[(u64, &str)]) -> String {
    kinds.iter().map(|(number, kind)| count(*number, kind)).collect::<Vec<_>>().join(", ")
}
