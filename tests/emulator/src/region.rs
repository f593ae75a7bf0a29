//! Short names of regions.

/// Returns the airport code that a region's request IDs contain. For an unlisted region, it is the first letters of the city.
pub(crate) fn region_key(region: &str) -> &str {
    match region {
        "eu-frankfurt-1" => "fra",
        "us-ashburn-1" => "iad",
        "us-phoenix-1" => "phx",
        "uk-london-1" => "lhr",
        _ => region.split('-').nth(1).and_then(|city| city.get(..3)).unwrap_or("xyz"),
    }
}
