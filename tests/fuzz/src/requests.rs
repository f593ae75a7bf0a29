use bytes::Bytes;
use http::Request;
use http::request::Parts;
use ingest::{Admission, Admitted, Config, Limits, Rejection};
use serde_json::Value;
use std::sync::LazyLock;
use std::time::SystemTime;

const LIMITS: Limits = Limits {
    key: 16,
    record: 400,
    request: 1000,
    request_records: 10,
    partition_bytes_per_second: None,
    partition_records_per_second: None,
};

/// Maximum length of a body, so low that some bodies are too long once decompressed.
const MAX_BODY: usize = 8000;

/// Settings of three kinds: without a wrapper and a key; with a key; with a wrapper, a key and a table.
static ADMISSIONS: LazyLock<[Admission; 3]> = LazyLock::new(|| {
    [
        &[("KEY", "none")][..],
        &[("KEY", "pointer:/k,subject")],
        &[("KEY", "pointer:/data/k,none"), ("ENVELOPE", "journal"), ("TABLE_SCHEMA", "gl-journal")],
    ]
    .map(|settings| {
        let fixed = [("STREAM_ID", "ocid1.stream.oc1..a"), ("MAX_BODY", "8kB")];
        let settings = settings.iter().chain(&fixed).map(|(name, value)| (name.into(), value.into()));
        Config::read(settings, []).expect("good settings").0.admission
    })
});

const CONTENT_TYPES: [&str; 5] = [
    "application/json",
    "application/x-ndjson",
    "application/cloudevents+json",
    "application/cloudevents-batch+json",
    "application/json; event",
];

fn head(content_type: &str, gzip: bool) -> Parts {
    let mut request = Request::post("/v1/journal?key=k");
    if let Some(content_type) = content_type.strip_suffix("; event") {
        request = request.header("content-type", content_type).header("ce-specversion", "1.0");
        request = request.header("ce-id", "1").header("ce-source", "/s").header("ce-type", "t");
    } else {
        request = request.header("content-type", content_type);
    }
    if gzip {
        request = request.header("content-encoding", "gzip");
    }
    request.body(()).expect("a good request").into_parts().0
}

/// Checks that a body is either refused as a whole, with a status that says so, or that every record in it is accounted for. Records that
/// are sent must be JSON and within the stream's limits. Where nothing wraps them, they must appear in the body, in the same order.
pub fn request(data: &[u8]) {
    let (first, data) = data.split_first().unwrap_or((&0, data));
    let content_type = CONTENT_TYPES[*first as usize % CONTENT_TYPES.len()];
    let body = Bytes::copy_from_slice(data);
    for (number, admission) in ADMISSIONS.iter().enumerate() {
        for gzip in [false, true] {
            let head = head(content_type, gzip);
            let admitted = admission.admit(&head, body.clone(), &LIMITS, SystemTime::UNIX_EPOCH);
            check(admitted, (number < 2 && !gzip).then_some(&body[..]));
        }
    }
}

fn check(admitted: Result<Admitted, Rejection>, body: Option<&[u8]>) {
    let admitted = match admitted {
        Ok(admitted) => admitted,
        Err(rejection) => {
            assert!(matches!(rejection.code.status().as_u16(), 400 | 413), "{rejection:?}");
            assert!(rejection.byte.is_none_or(|byte| byte <= MAX_BODY as u64), "{rejection:?}");
            return;
        }
    };
    assert!(admitted.records.len() <= admitted.total());
    let mut from = 0;
    for record in &admitted.records {
        let value: Value = serde_json::from_slice(&record.value).expect("records are JSON");
        assert!(value.is_object() && record.size() <= LIMITS.record);
        assert!(record.key.as_ref().is_none_or(|key| !key.is_empty() && key.len() <= LIMITS.key));
        if let Some(body) = body {
            let at = body[from..].windows(record.value.len()).position(|piece| piece == record.value);
            from += at.expect("a record is in the body, behind the one before") + record.value.len();
        }
    }
}
