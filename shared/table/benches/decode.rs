//! Measures the way from values of journal lines to packed rows, and from packed rows to columns.
#![allow(missing_docs, reason = "criterion's macros make functions without any")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use table::{ColumnBuilders, RowJudge, Schema};

/// Rows in a batch. There are so many that no single value stays in the CPU's caches.
const ROWS: usize = 2000;

/// Returns the value of a journal line as the public load generator writes it, with Python's `json.dumps`.
fn journal(number: usize, period: usize, currency: usize) -> String {
    format!(
        "{{\"uuid\": \"e7c8b394-582b-4991-becb-{number:012}\", \"run_id\": \"20240628_082841_9009\", \"scenario\": \"stream\", \
         \"timestamp\": \"2024-06-28T08:28:42.{:06}\", \"data\": {{\"journal_header_source_code\": \"STP\", \
         \"journal_external_reference\": \"KM4TPLAX56KU5MTUDV{number}\", \"journal_header_description\": \"hjrbtdgyoeliangpozpbroilobarydzj\", \
         \"period_code\": \"{}\", \"period_date\": \"2024-06-30T00:00:00\", \"currency_code\": \"C{currency:02}\", \
         \"journal_category_code\": \"DWA\", \"journal_posted_date\": \"2024-06-28T00:00:00\", \
         \"journal_created_date\": \"2024-06-28T00:00:00\", \"journal_created_timestamp\": \"2024-06-28T08:28:42.252957\", \
         \"journal_actual_flag\": \"Y\", \"journal_status\": \"NPS\", \"journal_header_name\": \"iwfqvncaooiykjashlyfegeglv\", \
         \"reversal_flag\": \"N\", \"reversal_journal_header_source_code\": \"\", \"journal_line_number\": {}, \
         \"account_code\": \"A{:03}\", \"organization_code\": \"R400\", \"project_code\": \"P027\", \"journal_line_type\": \"DR\", \
         \"entered_debit_amount\": {}.641263640015, \"entered_credit_amount\": 0, \"accounted_debit_amount\": {}.641263640015, \
         \"accounted_credit_amount\": 0, \"journal_line_description\": \"dablaindveylswmrdmcyfpfshqhsriaszhh\"}}}}",
        number % 1_000_000,
        202_401 + period,
        number % 9 + 1,
        number % 700,
        number % 9973,
        number % 9973,
    )
}

fn values() -> Vec<String> {
    (0..ROWS).map(|number| journal(number, 5, number % 5)).collect()
}

/// Returns the ledger's schema with these partitions, given as JSON, in place of its own.
fn partitioned(partition_by: &str) -> Schema {
    let text = Schema::gl_journal().canonical();
    let changed = text.replace(r#"["period_code","currency_code"]"#, partition_by);
    Schema::parse(changed.as_bytes()).expect("a schema")
}

/// Returns the ledger's schema with one column more, which a filter computes.
#[cfg(feature = "jq")]
fn computed(filter: &str) -> Schema {
    let filter = serde_json::Value::from(filter);
    let column = format!(r#"{{"name":"computed","type":"string","jq":{filter}}}"#);
    let text =
        Schema::gl_journal().canonical().replacen(r#""columns":["#, &format!(r#""columns":[{column},"#), 1);
    Schema::parse(text.as_bytes()).expect("a schema")
}

fn decode(criterion: &mut Criterion) {
    let hour = r#"[{"name":"hour","from":"sent_at","transform":"hour"}]"#;
    let bucket = r#"[{"name":"bucket","from":"journal_external_reference","transform":"bucket[16]"}]"#;
    let values = values();
    let mut group = criterion.benchmark_group("decode");
    group.throughput(Throughput::Bytes(values.iter().map(String::len).sum::<usize>() as u64));
    #[cfg_attr(not(feature = "jq"), expect(unused_mut, reason = "with jq, there are more"))]
    let mut schemas = vec![
        ("journal lines to rows", Schema::gl_journal()),
        ("journal lines to rows without partitions", partitioned("[]")),
        ("journal lines to rows by hour", partitioned(hour)),
        ("journal lines to rows by bucket", partitioned(bucket)),
    ];
    #[cfg(feature = "jq")]
    schemas.extend([
        ("journal lines to rows and a path in jq", computed(".data.currency_code")),
        (
            "journal lines to rows and a day in jq",
            computed(r#".timestamp[0:19] + "Z" | fromdate | strftime("%Y-%m-%d")"#),
        ),
    ]);
    for (name, schema) in schemas {
        let mut judge = RowJudge::new(&schema);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                for value in &values {
                    black_box(judge.judge(None, black_box(value.as_bytes()), None).expect("a valid row"));
                }
            });
        });
    }
    group.finish();
}

fn columns(criterion: &mut Criterion) {
    let schema = Schema::gl_journal();
    let mut judge = RowJudge::new(&schema);
    let mut rows = Vec::new();
    for value in values() {
        rows.extend_from_slice(judge.judge(None, value.as_bytes(), None).expect("a valid row").cells);
    }
    let mut group = criterion.benchmark_group("columns");
    group.throughput(Throughput::Bytes(rows.len() as u64));
    group.bench_function("rows to columns", |bencher| {
        bencher.iter(|| {
            let mut builders = ColumnBuilders::new(&schema);
            let mut rest = black_box(&rows[..]);
            while !rest.is_empty() {
                rest = builders.append(rest);
            }
            builders.finish()
        });
    });
    group.finish();
}

criterion_group!(benches, decode, columns);
criterion_main!(benches);
