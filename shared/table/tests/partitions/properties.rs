//! Random times and numbers, and the partitions that calendars and integers give them.

use crate::derived_column::derived;
use chrono::{DateTime, Days, NaiveDate, TimeDelta};
use proptest::prelude::*;
use table::{Reason, RowJudge};

/// Returns the texts of a number of microseconds since 1970 as year, month, day and hour, by chrono.
fn known(micros: i64) -> [String; 4] {
    let time = DateTime::from_timestamp_micros(micros).unwrap();
    ["%Y", "%Y-%m", "%Y-%m-%d", "%Y-%m-%d-%H"].map(|format| time.format(format).to_string())
}

/// Returns the only partition value of a judge's schema for `{"x": form}`.
fn judged(judge: &mut RowJudge, form: &str) -> Option<String> {
    let value = format!(r#"{{"x":{form}}}"#);
    judge.judge(None, value.as_bytes(), None).unwrap().partition.values().next().unwrap().map(str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn units_of_time_agree_with_chrono(
        micros in -62_135_596_800_000_000..=253_402_300_799_999_999_i64,
        offset in -1439..=1439_i64,
    ) {
        let time = DateTime::from_timestamp_micros(micros).unwrap();
        let sign = if offset < 0 { '-' } else { '+' };
        let rest = format!(r#","offset":"{sign}{:02}:{:02}""#, offset.abs() / 60, offset.abs() % 60);
        let shifted = micros + offset * 60_000_000;
        // chrono writes a sign outside of the years 0 to 9999.
        let shifted_text = (-62_167_219_200_000_000..=253_402_300_799_999_999).contains(&shifted).then(|| known(shifted));
        for (at, unit) in ["year", "month", "day", "hour"].into_iter().enumerate() {
            let form = format!("\"{}\"", time.format("%Y-%m-%dT%H:%M:%S%.6fZ"));
            let utc = judged(&mut RowJudge::new(&derived("timestamp_utc", unit, "")), &form);
            prop_assert_eq!(utc.as_ref(), Some(&known(micros)[at]));
            let there = judged(&mut RowJudge::new(&derived("timestamp_utc", unit, &rest)), &form);
            if let Some(texts) = &shifted_text {
                prop_assert_eq!(there.as_ref(), Some(&texts[at]), "{}", rest);
            }
        }
    }

    #[test]
    fn a_day_is_the_same_day_as_a_date_and_as_a_time(days in 0..3_652_058_u64) {
        let date = NaiveDate::from_ymd_opt(1, 1, 1).unwrap().checked_add_days(Days::new(days)).unwrap();
        let last = date.and_hms_opt(0, 0, 0).unwrap() + TimeDelta::microseconds(86_399_999_999);
        for unit in ["year", "month", "day"] {
            let as_date = judged(&mut RowJudge::new(&derived("date", unit, "")), &format!("\"{date}\""));
            let form = format!("\"{}\"", last.format("%Y-%m-%dT%H:%M:%S%.6f"));
            prop_assert_eq!(as_date, judged(&mut RowJudge::new(&derived("timestamp", unit, "")), &form));
        }
    }

    #[test]
    fn a_truncated_integer_is_the_multiple_below(value: i64, width in 1..=i32::MAX as u32) {
        let schema = derived("int64", &format!("truncate[{width}]"), "");
        let below = i128::from(value).div_euclid(width.into()) * i128::from(width);
        match RowJudge::new(&schema).judge(None, format!(r#"{{"x":{value}}}"#).as_bytes(), None) {
            Ok(row) => prop_assert_eq!(row.partition.values().next().unwrap(), Some(&*below.to_string())),
            Err(refusal) => {
                prop_assert_eq!(refusal.reason, Reason::OutOfRange);
                prop_assert!(below < i64::MIN.into());
            }
        }
    }

    #[test]
    fn a_truncated_text_is_its_first_characters(text in any::<String>(), width in 1..12_usize) {
        let schema = derived("string", &format!("truncate[{width}]"), "");
        let first: String = text.chars().take(width).collect();
        let form = serde_json::to_string(&text).unwrap();
        prop_assert_eq!(judged(&mut RowJudge::new(&schema), &form), Some(first));
    }

    #[test]
    fn a_bucket_depends_on_the_value_and_not_on_how_it_is_written(value in any::<i32>(), buckets in 1..=i32::MAX as u32) {
        let bucket = |column_type: &str, form: &str| {
            let schema = derived(column_type, &format!("bucket[{buckets}]"), "");
            judged(&mut RowJudge::new(&schema), form).unwrap().parse::<u32>().unwrap()
        };
        let plain = bucket("int32", &value.to_string());
        prop_assert!(plain < buckets);
        prop_assert_eq!(plain, bucket("int64", &format!("{value}.0")), "a widened column keeps its buckets");
        let decimal = bucket("decimal(12,2)", &value.to_string());
        prop_assert_eq!(decimal, bucket("decimal(38,2)", &format!("{value}.00")));
    }
}
