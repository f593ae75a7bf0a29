use super::*;
use proptest::prelude::*;
use std::collections::HashSet;
use table::{RowJudge, Schema};

fn journals(seed: u64, worker: u32, count: usize) -> Vec<Batch> {
    let mut journals = Journals::new(seed, worker, 60, 100);
    let next = |_| {
        let mut batch = Batch::default();
        journals.next(&mut batch);
        batch
    };
    (0..count).map(next).collect()
}

fn values(journals: &[Batch]) -> Vec<Vec<u8>> {
    let of = |batch: &Batch| (0..batch.len()).map(|index| batch.value(index).to_vec()).collect::<Vec<_>>();
    journals.iter().flat_map(of).collect()
}

fn fields(value: &[u8]) -> serde_json::Map<String, serde_json::Value> {
    serde_json::from_slice(value).unwrap()
}

#[test]
fn the_same_seed_gives_the_same_records_and_another_seed_gives_none_of_them() {
    let first = values(&journals(7, 1, 20));
    assert_eq!(first, values(&journals(7, 1, 20)));
    let distinct: HashSet<_> = first.iter().cloned().collect();
    assert_eq!(distinct.len(), first.len());
    for (seed, worker) in [(8, 1), (7, 2), (1, 7), (0, 0)] {
        assert!(values(&journals(seed, worker, 20)).iter().all(|value| !distinct.contains(value)));
    }
}

#[test]
fn a_line_has_the_published_fields_in_their_order_and_shape() {
    let published = include_bytes!("../tests/published_value.json");
    let shape = |value: &serde_json::Value| match value {
        serde_json::Value::String(_) => "string",
        serde_json::Value::Number(_) => "number",
        _ => "neither",
    };
    // Python writes a space after each comma and colon. No string here contains one.
    let names = |value: &[u8]| -> Vec<String> {
        let text = std::str::from_utf8(value).unwrap();
        text.split("\": ").map(|before| before.rsplit('"').next().unwrap().to_owned()).collect()
    };
    let expected = fields(published);
    for value in values(&journals(1, 1, 3)) {
        let line = fields(&value);
        let mut kept = names(&value);
        kept.pop();
        let mut wanted = names(published);
        wanted.pop();
        assert_eq!(kept, wanted);
        assert!(expected.iter().all(|(name, it)| name == "data" || shape(it) == shape(&line[name])));
        let (data, wanted) = (line["data"].as_object().unwrap(), expected["data"].as_object().unwrap());
        for (name, of) in wanted {
            assert_eq!(shape(of), shape(&data[name]), "{name}");
            // Strings whose length is fixed have the same length as the published ones.
            if !name.ends_with("description") && !name.ends_with("name") && shape(of) == "string" {
                assert_eq!(of.as_str().unwrap().len(), data[name].as_str().unwrap().len(), "{name}");
            }
        }
    }
}

#[test]
fn the_lines_of_a_journal_share_its_header_and_key_and_balance_exactly() {
    for batch in journals(3, 2, 50) {
        assert!((60..=100).contains(&batch.len()));
        let first = fields(batch.value(0));
        let reference = first["data"]["journal_external_reference"].as_str().unwrap();
        let (mut debit, mut credit) = (0_i128, 0_i128);
        for index in 0..batch.len() {
            assert_eq!(batch.key(index), Some(reference.as_bytes()));
            let line = fields(batch.value(index));
            for name in
                ["journal_header_description", "period_code", "currency_code", "journal_created_timestamp"]
            {
                assert_eq!(line["data"][name], first["data"][name]);
            }
            assert_eq!(line["data"]["journal_line_number"], index + 1);
            let text = std::str::from_utf8(batch.value(index)).unwrap();
            debit += units(text, "\"entered_debit_amount\": ");
            credit += units(text, "\"entered_credit_amount\": ");
        }
        assert_eq!(debit, credit);
    }
}

/// Returns an amount of a value, in units of 10^-12.
fn units(text: &str, name: &str) -> i128 {
    let (_, after) = text.split_once(name).unwrap();
    let digits = after.split(',').next().unwrap();
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    assert!(!part.ends_with('0') && part.len() <= 12, "{digits}");
    format!("{whole}{part:0<12}").parse().unwrap()
}

#[test]
fn every_record_is_a_row_of_the_table() {
    let mut judge = RowJudge::new(&Schema::gl_journal());
    let records = values(&journals(11, 4, 200));
    for value in &records {
        judge.judge(None, value, None).unwrap();
    }
    assert!(records.len() > 200 * 60);
}

#[test]
fn amounts_have_all_their_digits_and_no_trailing_zeros() {
    for (units, text) in [
        (0, "0"),
        (1, "0.000000000001"),
        (UNIT, "1"),
        (9_231_641_263_640_015, "9231.641263640015"),
        (10 * UNIT + UNIT / 2, "10.5"),
        (3 * UNIT + 10, "3.00000000001"),
    ] {
        let mut out = Vec::new();
        decimal(units, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), text);
    }
}

#[test]
fn a_period_ends_with_its_month() {
    for (day, last) in
        [("2024-06-28", "2024-06-30"), ("2024-02-01", "2024-02-29"), ("2023-12-31", "2023-12-31")]
    {
        assert_eq!(last_of_month(day.parse().unwrap()).to_string(), last);
    }
}

proptest! {
    #[test]
    fn a_journal_has_as_many_lines_as_requested(minrec in 0_u32..50, maxrec in 0_u32..50, seed: u64) {
        let mut batch = Batch::default();
        Journals::new(seed, 1, minrec, maxrec).next(&mut batch);
        let (minimum, maximum) = (minrec.min(maxrec).max(1), minrec.max(maxrec).max(1));
        prop_assert!((minimum..=maximum).contains(&(batch.len() as u32)));
    }
}
