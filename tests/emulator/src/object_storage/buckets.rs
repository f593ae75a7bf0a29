//! The operations on buckets.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::bucket::{Bucket, BucketRecord, Versioning};
use super::call::Call;
use super::conditions::{Conditions, listed};
use super::index::Change;
use super::listing::limit;
use super::service::{ObjectStorage, Settings};
use crate::wire::request::Request;
use crate::wire::response::Response;
use crate::wire::service_error::ServiceError;
use crate::{clock, random};

/// The body of CreateBucket and UpdateBucket. Fields that it omits leave the setting unchanged.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct BucketDetails {
    name: Option<String>,
    compartment_id: Option<String>,
    metadata: Option<std::collections::BTreeMap<String, String>>,
    public_access_type: Option<String>,
    storage_tier: Option<String>,
    object_events_enabled: Option<bool>,
    versioning: Option<Versioning>,
    auto_tiering: Option<String>,
    freeform_tags: Option<Map<String, Value>>,
    defined_tags: Option<Map<String, Value>>,
}

impl ObjectStorage {
    /// Creates a bucket in the tenancy's root compartment, unless it exists.
    pub(crate) fn ensure_bucket(&self, name: &str) {
        let mut index = self.index();
        if !index.buckets.contains_key(name) {
            let record = self.new_bucket(name.to_owned(), self.settings.tenancy.clone());
            // If the disk is full now, it is also full at the first request, which can report the error.
            let _ = index.commit(Change::Bucket(record));
        }
    }

    /// Makes a bucket emit events about its objects. Returns false if the bucket does not exist.
    pub(crate) fn emit_events(&self, name: &str) -> Result<bool, ServiceError> {
        let mut index = self.index();
        let Some(bucket) = index.buckets.get(name) else { return Ok(false) };
        if !bucket.record.object_events_enabled {
            let record =
                BucketRecord { object_events_enabled: true, etag: random::uuid(), ..bucket.record.clone() };
            index.commit(Change::Bucket(record))?;
        }
        Ok(true)
    }

    pub(crate) fn create_bucket(&self, request: &Request) -> Result<Response, ServiceError> {
        let details: BucketDetails = request.json()?;
        details.check()?;
        let missing = |name| ServiceError::bad_request("MissingParameter", format!("{name} is missing"));
        let name = details.name.clone().ok_or_else(|| missing("name"))?;
        let compartment = details.compartment_id.clone().ok_or_else(|| missing("compartmentId"))?;
        if !good_name(&name) {
            let message = format!("The bucket name '{name}' is invalid.");
            return Err(ServiceError::bad_request("InvalidBucketName", message));
        }
        let mut index = self.index();
        let namespace = &self.settings.namespace;
        if index.buckets.contains_key(&name) {
            let message = format!(
                "Either the bucket '{name}' in namespace '{namespace}' already exists or you are not authorized to create it"
            );
            return Err(ServiceError::conflict("BucketAlreadyExists", message));
        }
        let mut record = self.new_bucket(name.clone(), compartment);
        details.apply(&mut record);
        index.commit(Change::Bucket(record))?;
        let location = format!("/n/{namespace}/b/{name}");
        Ok(self.describe(index.bucket(namespace, &name)?, "").header("location", &location))
    }

    pub(crate) fn get_bucket(&self, call: &Call, request: &Request) -> Result<Response, ServiceError> {
        let index = self.index();
        let bucket = index.bucket(&call.namespace, &call.bucket)?;
        Conditions { if_match: request.header("if-match").map(str::to_owned), if_absent: false }
            .check_match(Some(&bucket.record.etag))?;
        if request.header("if-none-match").is_some_and(|header| listed(header, &bucket.record.etag)) {
            return Ok(Response::new(http::StatusCode::NOT_MODIFIED).header("etag", &bucket.record.etag));
        }
        Ok(self.describe(bucket, request.query.get("fields").unwrap_or_default()))
    }

    pub(crate) fn update_bucket(&self, call: &Call, request: &Request) -> Result<Response, ServiceError> {
        let details: BucketDetails = request.json()?;
        details.check()?;
        let mut index = self.index();
        let bucket = index.bucket(&call.namespace, &call.bucket)?;
        Conditions::of(request)?.check_match(Some(&bucket.record.etag))?;
        if details.versioning == Some(Versioning::Disabled)
            && bucket.record.versioning != Versioning::Disabled
        {
            let message = "Once enabled, versioning can only be suspended.";
            return Err(ServiceError::bad_request("InvalidParameter", message));
        }
        let mut record = bucket.record.clone();
        details.apply(&mut record);
        record.etag = random::uuid();
        index.commit(Change::Bucket(record))?;
        Ok(self.describe(index.bucket(&call.namespace, &call.bucket)?, ""))
    }

    pub(crate) fn delete_bucket(&self, call: &Call, request: &Request) -> Result<Response, ServiceError> {
        let mut index = self.index();
        let bucket = index.bucket(&call.namespace, &call.bucket)?;
        Conditions::of(request)?.check_match(Some(&bucket.record.etag))?;
        if !bucket.objects.is_empty() || !bucket.uploads.is_empty() {
            let message = format!("Bucket named '{}' is not empty. Delete all objects first.", call.bucket);
            return Err(ServiceError::conflict("BucketNotEmpty", message));
        }
        index.commit(Change::DropBucket { bucket: call.bucket.clone() })?;
        Ok(Response::new(http::StatusCode::NO_CONTENT))
    }

    pub(crate) fn list_buckets(&self, request: &Request) -> Result<Response, ServiceError> {
        let compartment = request.query.get("compartmentId").ok_or_else(|| {
            ServiceError::bad_request("MissingParameter", "The compartmentId query parameter is required.")
        })?;
        let limit = limit(&request.query)?;
        let after = request.query.get("page").unwrap_or_default();
        let tags =
            request.query.get("fields").is_some_and(|fields| fields.split(',').any(|field| field == "tags"));
        let index = self.index();
        let mut found = index.buckets.values().filter(|bucket| {
            bucket.record.compartment_id == compartment && bucket.record.name.as_str() > after
        });
        let page: Vec<&Bucket> = found.by_ref().take(limit).collect();
        let next = found.next().and(page.last()).map(|bucket| bucket.record.name.as_str());
        let summaries: Vec<Value> = page.iter().map(|bucket| self.summary(&bucket.record, tags)).collect();
        Ok(Response::json(&summaries).header_if("opc-next-page", next))
    }

    pub(crate) fn namespace_metadata(&self) -> Response {
        let Settings { namespace, tenancy, .. } = &self.settings;
        Response::json(&json!({
            "namespace": namespace,
            "defaultS3CompartmentId": tenancy,
            "defaultSwiftCompartmentId": tenancy,
        }))
    }

    fn new_bucket(&self, name: String, compartment_id: String) -> BucketRecord {
        BucketRecord {
            name,
            id: random::ocid("bucket", &self.settings.region),
            compartment_id,
            created_by: self.settings.user.clone(),
            time_created: clock::milliseconds(),
            etag: random::uuid(),
            public_access_type: "NoPublicAccess".to_owned(),
            storage_tier: "Standard".to_owned(),
            auto_tiering: "Disabled".to_owned(),
            ..BucketRecord::default()
        }
    }

    fn summary(&self, record: &BucketRecord, tags: bool) -> Value {
        json!({
            "namespace": self.settings.namespace,
            "name": record.name,
            "compartmentId": record.compartment_id,
            "createdBy": record.created_by,
            "timeCreated": clock::rfc3339(record.time_created),
            "etag": record.etag,
            "freeformTags": tags.then_some(&record.freeform_tags),
            "definedTags": tags.then_some(&record.defined_tags),
        })
    }

    fn describe(&self, bucket: &Bucket, fields: &str) -> Response {
        let record = &bucket.record;
        let asked = |field| fields.split(',').any(|asked| asked.trim() == field);
        let versions = || bucket.objects.values().flatten();
        let count = asked("approximateCount").then(|| versions().count());
        let size = asked("approximateSize").then(|| versions().map(|version| version.size).sum::<u64>());
        let mut document = self.summary(record, true);
        let more = json!({
            "metadata": record.metadata,
            "publicAccessType": record.public_access_type,
            "storageTier": record.storage_tier,
            "objectEventsEnabled": record.object_events_enabled,
            "kmsKeyId": null,
            "objectLifecyclePolicyEtag": null,
            "approximateCount": count,
            "approximateSize": size,
            "replicationEnabled": false,
            "isReadOnly": false,
            "id": record.id,
            "versioning": record.versioning,
            "autoTiering": asked("autoTiering").then_some(&record.auto_tiering),
        });
        if let (Value::Object(document), Value::Object(more)) = (&mut document, more) {
            document.extend(more);
        }
        Response::json(&document).header("etag", &record.etag)
    }
}

impl BucketDetails {
    /// Checks that the settings have values that the service accepts.
    fn check(&self) -> Result<(), ServiceError> {
        let known: [(_, &Option<String>, &[&str]); 3] = [
            (
                "publicAccessType",
                &self.public_access_type,
                &["NoPublicAccess", "ObjectRead", "ObjectReadWithoutList"],
            ),
            ("storageTier", &self.storage_tier, &["Standard", "Archive"]),
            ("autoTiering", &self.auto_tiering, &["Disabled", "InfrequentAccess"]),
        ];
        for (name, value, known) in known {
            if let Some(value) = value.as_deref().filter(|value| !known.contains(value)) {
                let message = format!("The {name} '{value}' is not one of {}.", known.join(", "));
                return Err(ServiceError::bad_request("InvalidParameter", message));
            }
        }
        Ok(())
    }

    fn apply(self, record: &mut BucketRecord) {
        fn set<T>(field: &mut T, value: Option<T>) {
            if let Some(value) = value {
                *field = value;
            }
        }
        set(&mut record.compartment_id, self.compartment_id);
        set(&mut record.metadata, self.metadata);
        set(&mut record.public_access_type, self.public_access_type);
        set(&mut record.storage_tier, self.storage_tier);
        set(&mut record.object_events_enabled, self.object_events_enabled);
        set(&mut record.versioning, self.versioning);
        set(&mut record.auto_tiering, self.auto_tiering);
        set(&mut record.freeform_tags, self.freeform_tags);
        set(&mut record.defined_tags, self.defined_tags);
    }
}

/// Returns whether a name has 1 to 256 characters, all of them letters, digits, dashes, underscores or dots.
pub(crate) fn good_name(name: &str) -> bool {
    (1..=256).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}
