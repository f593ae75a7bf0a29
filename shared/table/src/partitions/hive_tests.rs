use super::*;

fn path(values: &[Option<&str>]) -> Option<String> {
    let mut key = Vec::new();
    for value in values {
        match value {
            None => key.push(0),
            Some(value) => {
                key.push(1);
                key.extend_from_slice(&(value.len() as u32).to_le_bytes());
                key.extend_from_slice(value.as_bytes());
            }
        }
    }
    partition_path(["period_code", "currency_code"], PartitionKey(&key))
}

#[test]
fn plain_values_are_unchanged() {
    assert_eq!(path(&[Some("202406"), Some("EUR")]).unwrap(), "period_code=202406/currency_code=EUR");
    assert_eq!(path(&[Some("007"), Some("ünï ~.")]).unwrap(), "period_code=007/currency_code=ünï ~.");
}

#[test]
fn special_characters_are_escaped_as_in_hive() {
    assert_eq!(path(&[Some("a/b=c%d:e")]).unwrap(), "period_code=a%2Fb%3Dc%25d%3Ae");
    assert_eq!(path(&[Some("..")]).unwrap(), "period_code=..");
    assert_eq!(path(&[Some("../..")]).unwrap(), "period_code=..%2F..");
    assert_eq!(path(&[Some("\0\n\x7f")]).unwrap(), "period_code=%00%0A%7F");
}

#[test]
fn null_empty_and_the_marker_for_null_are_three_different_values() {
    assert_eq!(path(&[None]).unwrap(), "period_code=__HIVE_DEFAULT_PARTITION__");
    assert_eq!(path(&[Some("")]).unwrap(), "period_code=");
    assert_eq!(
        path(&[Some("__HIVE_DEFAULT_PARTITION__")]).unwrap(),
        "period_code=%5F_HIVE_DEFAULT_PARTITION__"
    );
}

#[test]
fn a_value_too_long_for_a_path_has_no_path() {
    assert!(path(&[Some(&"x".repeat(243))]).is_some());
    assert!(path(&[Some(&"x".repeat(244))]).is_none());
    assert!(path(&[Some(&"/".repeat(82))]).is_none());
}

#[test]
fn the_length_shortcut_agrees_with_the_full_check() {
    let names = ["%".repeat(85), "n".repeat(100), "p".into()];
    for count in [1, 2, 6, 20, 30] {
        for name in &names {
            let columns = || std::iter::repeat_n(name.as_str(), count);
            let limit = PathLimit::new(columns());
            for length in 0..90 {
                let nulls = vec![0; count];
                let mut values = nulls.clone();
                values.pop();
                values.push(1);
                values.extend_from_slice(&(length as u32).to_le_bytes());
                values.extend(std::iter::repeat_n(b'/', length));
                for key in [&nulls, &values].map(|key| PartitionKey(key)) {
                    assert_eq!(
                        limit.allows(key),
                        partition_path(columns(), key).is_some(),
                        "{count} {name} {length}"
                    );
                }
            }
        }
    }
}
