//! The names of a connector's objects.

use crate::clock;

/// Returns the name of a batch's object: `OCID/PARTITION/FIRST_LAST.NUMBER.data.gz`, with the times of its first and last message in
/// whole seconds.
///
/// The position of the prefix is documented only for a Monitoring source: it is the first part of the name, followed by a slash. The same
/// is assumed here. One user reports that it begins the last part, but gives no example.
pub(crate) fn object_name(
    prefix: Option<&str>,
    connector: &str,
    partition: usize,
    times: (i64, i64),
    number: u64,
) -> String {
    let (first, last) = (stamp(times.0), stamp(times.1));
    let name = format!("{connector}/{partition}/{first}_{last}.{number}.data.gz");
    match prefix {
        Some(prefix) => format!("{prefix}/{name}"),
        None => name,
    }
}

/// Formats a time in milliseconds, truncated to the second.
fn stamp(milliseconds: i64) -> String {
    clock::formatted(milliseconds, "%Y%m%dT%H%M%SZ")
}

#[cfg(test)]
mod tests {
    use super::object_name;

    #[test]
    fn a_name_has_the_times_truncated_to_seconds() {
        // The times of the first of the real objects, and of the first known message in it.
        let times = (1_719_563_322_261, 1_719_563_750_999);
        assert_eq!(
            object_name(None, "ocid1.serviceconnector.x", 0, times, 0),
            "ocid1.serviceconnector.x/0/20240628T082842Z_20240628T083550Z.0.data.gz"
        );
        assert_eq!(
            object_name(Some("audit"), "ocid1.serviceconnector.x", 12, (0, 1000), 7),
            "audit/ocid1.serviceconnector.x/12/19700101T000000Z_19700101T000001Z.7.data.gz"
        );
    }
}
