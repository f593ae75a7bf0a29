use super::*;
use emulator::{Emulator, Options};
use fn_kit::testing::{Answer, Call};
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStoreExt, PutPayload};
use oci_object_store::{Connection, OciObjectStorage};
use serde_json::{Value, json};
use std::ffi::OsString;
use std::sync::Arc;

/// A cloud with two buckets, and a function that curates from one to the other.
struct Cloud {
    emulator: Emulator,
    function: Function,
    bronze: OciObjectStorage,
    lake: OciObjectStorage,
}

const OBJECT: &[u8] = include_bytes!(
    "../../../../tests/fixtures/bronze/ocid1.serviceconnector.oc1.uk-london-1.amaaaaaaexample/0/20240628T082842Z_20240628T083550Z.0.data.gz"
);

/// A name that has no prefix in common with the lake's keys.
const NAME: &str = "landing/0/20240628T082842Z_20240628T083550Z.0.data.gz";

impl Cloud {
    async fn start() -> Self {
        Cloud::start_with(&[]).await
    }

    async fn start_with(settings: &[(&str, &str)]) -> Self {
        let emulator = Emulator::start(Options::default()).await.unwrap();
        let variables: Vec<(OsString, OsString)> = [
            ("FN_LISTENER", "unix:/tmp/unused.sock".to_owned()),
            ("FN_MEMORY", "256".to_owned()),
            ("SOURCE_URL", "oci://bronze@bronzeworks/landing/".to_owned()),
            ("LAKE_URL", "oci://lake@bronzeworks/journal".to_owned()),
            ("OCI_CLI_CONFIG_FILE", emulator.folder().join("config").display().to_string()),
            ("OCI_OBJECT_STORAGE_ENDPOINT", emulator.url().to_owned()),
        ]
        .map(|(name, value)| (name.into(), value.into()))
        .into_iter()
        .chain(settings.iter().map(|(name, value)| ((*name).into(), (*value).into())))
        .collect();
        let contract = fn_kit::Contract::from_environment(&variables).unwrap().unwrap();
        let connection = Connection::from_environment(&variables.iter().cloned().collect()).unwrap();
        let (function, _) = FunctionConfig::read(&contract, variables).await.unwrap();
        assert_eq!(emulator.requests(), [], "no request is sent before the first invocation");
        let store = |url: &str| connection.store(&url.parse().unwrap());
        let (bronze, lake) = (store("oci://bronze@bronzeworks/"), store("oci://lake@bronzeworks/"));
        Cloud { function: Function(Handler::new(function)), emulator, bronze, lake }
    }

    /// Stores an object and returns the event about it.
    async fn put(&self, name: &str, bytes: &'static [u8]) -> Value {
        let put = self.bronze.put(&Path::parse(name).unwrap(), PutPayload::from_static(bytes)).await.unwrap();
        event(name, &put.e_tag.unwrap())
    }

    async fn call(&self, event: &Value) -> Answer {
        Call::new().body(event.to_string()).send(&self.function).await
    }

    async fn answer(&self, event: &Value) -> Value {
        let answer = self.call(event).await;
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
        serde_json::from_slice(&answer.body).unwrap()
    }

    fn operations(&self) -> Vec<String> {
        self.emulator.requests().into_iter().map(|request| request.operation).collect()
    }

    fn fault(&self, rules: &str) {
        self.emulator.faults().set(serde_json::from_str(rules).unwrap());
    }
}

fn event(name: &str, etag: &str) -> Value {
    json!({
        "eventType": "com.oraclecloud.objectstorage.createobject",
        "data": {
            "resourceName": name,
            "additionalDetails": {"namespace": "bronzeworks", "bucketName": "bronze", "eTag": etag}
        }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_is_curated_and_repeating_its_event_costs_one_request() {
    let cloud = Cloud::start().await;
    let event = cloud.put(NAME, OBJECT).await;
    let first = cloud.answer(&event).await;
    assert_eq!(first["status"], "curated");
    assert_eq!(first["counts"]["lines"], first["counts"]["curated"]);
    let receipt = format!("journal/{}", first["receipt"].as_str().unwrap());
    assert!(cloud.lake.head(&Path::parse(receipt).unwrap()).await.is_ok());

    cloud.emulator.clear_requests();
    let mut again = cloud.answer(&event).await;
    assert_eq!(cloud.operations(), ["GetObject"]);
    assert_eq!(again["status"], "unchanged");
    again["status"] = "curated".into();
    assert_eq!(again, first, "the rest is the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_event_curates_the_present_version() {
    let cloud = Cloud::start().await;
    let late = cloud.put(NAME, b"replaced before the event came").await;
    let event = cloud.put(NAME, OBJECT).await;
    let answer = cloud.answer(&late).await;
    assert_eq!((&answer["status"], &answer["counts"]["quarantined"]), (&json!("curated"), &json!(0)));
    assert_eq!(answer["etag"], event["data"]["additionalDetails"]["eTag"]);
    assert_eq!(cloud.answer(&event).await["status"], "unchanged");
    assert_eq!(cloud.answer(&late).await["status"], "unchanged");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_no_longer_exists_is_reported_as_gone() {
    let cloud = Cloud::start().await;
    let answer = cloud.answer(&event(NAME, "gone")).await;
    assert_eq!(
        (&answer["status"], &answer["url"]),
        (&json!("gone"), &json!(format!("oci://bronze@bronzeworks/{NAME}")))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_out_of_scope_is_skipped_without_a_request() {
    let cloud = Cloud::start().await;
    cloud.emulator.clear_requests();
    let in_bucket = |bucket: &str, name: &str| {
        let mut event = event(name, "1");
        event["data"]["additionalDetails"]["bucketName"] = bucket.into();
        event
    };
    for (event, code) in [
        (in_bucket("bronze", "elsewhere/a.gz"), "other_prefix"),
        (in_bucket("bronze", "landing-not/a.gz"), "other_prefix"),
        (in_bucket("bronze", "landing/a.txt"), "other_name"),
        (in_bucket("bronze", "landing/"), "other_name"),
        (in_bucket("silver", NAME), "other_bucket"),
        (in_bucket("lake", NAME), "other_bucket"),
        (in_bucket("lake", "journal/period_code=1/a.gz"), "own_prefix"),
        (in_bucket("lake", "journal%2Fperiod_code=1%2Fa.gz"), "own_prefix"),
        (in_bucket("bronze", "landing/_quarantine/a.jsonl.gz"), "own_prefix"),
        (in_bucket("bronze", "landing/_receipts/a.json"), "own_prefix"),
    ] {
        let answer = cloud.answer(&event).await;
        assert_eq!((&answer["status"], &answer["code"]), (&json!("skipped"), &json!(code)), "{event}");
    }
    assert_eq!(cloud.operations(), [] as [&str; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_tried_as_it_is_and_then_decoded() {
    let cloud = Cloud::start().await;
    let literal = cloud.put("landing/100%25.gz", OBJECT).await;
    assert_eq!(cloud.answer(&literal).await["url"], "oci://bronze@bronzeworks/landing/100%2525.gz");
    let mut encoded = cloud.put("landing/a b/ü.gz", OBJECT).await;
    encoded["data"]["resourceName"] = "landing%2Fa%20b%2F%C3%BC.gz".into();
    assert_eq!(cloud.answer(&encoded).await["url"], "oci://bronze@bronzeworks/landing/a%20b/%C3%BC.gz");
}

#[tokio::test(flavor = "multi_thread")]
async fn hopeless_input_is_rejected_and_not_failed() {
    let cloud = Cloud::start().await;
    for (body, code) in [
        ("", "empty"),
        ("{", "not_json"),
        ("7", "not_an_event"),
        ("{}", "not_an_event"),
        (r#"{"eventType":"com.oraclecloud.objectstorage.createobject"}"#, "not_an_event"),
        (&event("a\nb.gz", "1").to_string(), "not_an_event"),
        (&"[".repeat(100_000), "not_json"),
        (&" ".repeat(MAX_BODY + 1), "too_large"),
    ] {
        let answer = Call::new().body(body.to_owned()).send(&cloud.function).await;
        assert_eq!(answer.status.as_u16(), 200);
        let answer: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!((&answer["status"], &answer["code"]), (&json!("rejected"), &json!(code)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn several_events_in_one_body_are_answered_in_order() {
    let cloud = Cloud::start().await;
    let event = cloud.put(NAME, OBJECT).await;
    let answers = cloud.answer(&json!([event, {}, event])).await;
    let statuses: Vec<_> = answers.as_array().unwrap().iter().map(|answer| &answer["status"]).collect();
    assert_eq!(statuses, ["curated", "rejected", "unchanged"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transient_problem_is_a_502_and_the_next_delivery_succeeds() {
    let cloud = Cloud::start().await;
    let event = cloud.put(NAME, OBJECT).await;
    cloud.fault(r#"[{"operation":"PutObject","bucket":"lake","fault":"false_not_found"}]"#);
    let failed = cloud.call(&event).await;
    assert_eq!(failed.status.as_u16(), 502);
    let several = cloud.call(&json!([{}, event])).await;
    assert_eq!(several.status.as_u16(), 502, "one failure fails the whole delivery");
    cloud.fault("[]");
    assert_eq!(cloud.answer(&event).await["status"], "curated");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_time_the_response_is_504_and_the_next_delivery_succeeds() {
    let cloud = Cloud::start().await;
    let event = cloud.put(NAME, OBJECT).await;
    cloud.fault(r#"[{"operation":"GetObject","bucket":"bronze","fault":{"stall":{"after_bytes":10}}}]"#);
    let call = Call::new().deadline_in(Duration::from_millis(1500)).body(event.to_string());
    assert_eq!(call.send(&cloud.function).await.status.as_u16(), 504);
    cloud.fault("[]");
    assert_eq!(cloud.answer(&event).await["status"], "curated");
}

#[tokio::test(flavor = "multi_thread")]
async fn when_a_name_may_mean_two_objects_both_are_curated() {
    let cloud = Cloud::start().await;
    let literal = cloud.put("landing/a%2520b.gz", OBJECT).await;
    assert_eq!(cloud.answer(&literal).await["url"], "oci://bronze@bronzeworks/landing/a%252520b.gz");
    let mut encoded = cloud.put("landing/a%20b.gz", b"not gzip").await;
    encoded["data"]["resourceName"] = "landing/a%2520b.gz".into();
    let answer = cloud.answer(&encoded).await;
    assert_eq!((&answer["status"], &answer["complete"]), (&json!("curated"), &json!(false)));
}

/// Records a table without columns of the ledger in the lake.
async fn record_another_table(cloud: &Cloud) {
    let schema =
        br#"{"name": "orders", "version": 1, "columns": [{"name": "n", "type": "int32", "required": true}]}"#;
    let schema = Arc::new(table::Schema::parse(schema).unwrap());
    let store = PrefixStore::new(cloud.lake.clone(), "journal");
    lake::Lake::open(Arc::new(store), schema).record().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lake_of_another_table_is_a_502_and_nothing_is_written() {
    let cloud = Cloud::start_with(&[("TABLE_SCHEMA", "gl-journal")]).await;
    let event = cloud.put(NAME, OBJECT).await;
    record_another_table(&cloud).await;
    cloud.emulator.clear_requests();
    for _ in 0..2 {
        let answer = cloud.call(&event).await;
        assert_eq!(answer.status.as_u16(), 502, "{}", answer.text());
    }
    assert_eq!(cloud.operations(), ["GetObject"; 2], "each attempt reads what the lake says about its table");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_schema_the_lakes_own_is_used() {
    let cloud = Cloud::start().await;
    let event = cloud.put(NAME, OBJECT).await;
    record_another_table(&cloud).await;
    let answer = cloud.answer(&event).await;
    assert_eq!(
        (&answer["status"], &answer["counts"]["quarantined"]),
        (&json!("curated"), &answer["counts"]["lines"])
    );
}
