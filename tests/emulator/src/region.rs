//! What the names of regions stand for elsewhere.

/// The airport in a region's request ids; of a region that is not listed, its city's first letters.
pub(crate) fn region_key(region: &str) -> &str {
    match region {
        "eu-frankfurt-1" => "fra",
        "us-ashburn-1" => "iad",
        "us-phoenix-1" => "phx",
        "uk-london-1" => "lhr",
        _ => region.split('-').nth(1).and_then(|city| city.get(..3)).unwrap_or("xyz"),
    }
}
