use curate::Address;

/// Names of sources that say nothing.
const FALLBACK: &str = "records";

/// Returns a name for a table of what is at an address: the last part of the address, up to its first dot.
pub(super) fn of(address: &Address) -> String {
    let text = address.to_string();
    let last = text.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let name: String =
        last.split('.').next().unwrap_or_default().chars().filter(|c| !c.is_control()).collect();
    let is_bucket = last.contains('@') || text.trim_end_matches('/').ends_with(&format!("://{last}"));
    if name.is_empty() || is_bucket { FALLBACK.to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_named_like_the_samples() {
        for (address, name) in [
            ("events/", "events"),
            ("./data/readings.2024-06-28.jsonl.gz", "readings"),
            ("s3://bucket/orders/", "orders"),
            ("oci://bronze@namespace/", "records"),
            ("s3://bucket/", "records"),
            (".", "records"),
            ("..", "records"),
        ] {
            assert_eq!(of(&address.parse().unwrap()), name, "{address}");
        }
    }
}
