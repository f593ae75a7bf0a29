//! CopyObject: accepted immediately and carried out in the background, without copying bytes.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::bucket::Bucket;
use super::call::{Call, Operation};
use super::conditions::Conditions;
use super::index::Index;
use super::object::ObjectVersion;
use super::service::{ObjectStorage, object_name, object_not_found};
use crate::wire::request::Request;
use crate::wire::response::Response;
use crate::wire::service_error::ServiceError;
use crate::{clock, random};

/// The body of CopyObject.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CopyDetails {
    source_object_name: String,
    #[serde(rename = "sourceObjectIfMatchETag")]
    source_if_match: Option<String>,
    source_version_id: Option<String>,
    destination_region: String,
    destination_namespace: String,
    destination_bucket: String,
    destination_object_name: String,
    #[serde(rename = "destinationObjectIfMatchETag")]
    destination_if_match: Option<String>,
    #[serde(rename = "destinationObjectIfNoneMatchETag")]
    destination_if_none_match: Option<String>,
    destination_object_metadata: Option<BTreeMap<String, String>>,
    destination_object_storage_tier: Option<String>,
}

impl ObjectStorage {
    pub(crate) fn copy_object(
        self: &Arc<Self>,
        call: &Call,
        request: &Request,
    ) -> Result<Response, ServiceError> {
        let details: CopyDetails = request.json()?;
        object_name(Some(&details.source_object_name))?;
        object_name(Some(&details.destination_object_name))?;
        if details.destination_region != self.settings.region {
            let message = format!("The region '{}' is not the emulator's.", details.destination_region);
            return Err(ServiceError::bad_request("InvalidParameter", message));
        }
        let compartment = {
            let index = self.index();
            details.check(call, &index)?;
            index.bucket(&call.namespace, &call.bucket)?.record.compartment_id.clone()
        };
        let resources = details.resources(call);
        let id = self.work_requests.accept(&self.settings.region, &compartment, resources);
        let (service, call, work) = (Arc::clone(self), call.clone(), id.clone());
        tokio::spawn(async move {
            let delay = service.settings.copy_delay;
            tokio::time::sleep(delay).await;
            if service.work_requests.start(&work) {
                tokio::time::sleep(delay).await;
                let outcome = details.carry_out(&call, &mut service.index());
                service.work_requests.finish(&work, outcome);
            }
        });
        Ok(Response::new(StatusCode::ACCEPTED).header("opc-work-request-id", &id))
    }
}

impl CopyDetails {
    fn destination(&self) -> Call {
        Call {
            operation: Operation::CopyObject,
            namespace: self.destination_namespace.clone(),
            bucket: self.destination_bucket.clone(),
            object: Some(self.destination_object_name.clone()),
        }
    }

    fn conditions(&self) -> Result<Conditions, ServiceError> {
        Conditions::new(self.destination_if_match.as_deref(), self.destination_if_none_match.as_deref())
    }

    /// Returns the source version, if the condition on it holds.
    fn source<'a>(&self, call: &Call, bucket: &'a Bucket) -> Result<&'a Arc<ObjectVersion>, ServiceError> {
        let name = &self.source_object_name;
        let found = match &self.source_version_id {
            Some(version_id) => bucket.version(name, version_id).filter(|version| !version.delete_marker),
            None => bucket.current(name),
        };
        let source = found.ok_or_else(|| object_not_found(&call.bucket, name))?;
        Conditions { if_match: self.source_if_match.clone(), if_absent: false }
            .check_match(Some(&source.etag))?;
        Ok(source)
    }

    /// Checks that the copy could be made now.
    fn check(&self, call: &Call, index: &Index) -> Result<(), ServiceError> {
        self.source(call, index.bucket(&call.namespace, &call.bucket)?)?;
        let bucket = index.bucket(&self.destination_namespace, &self.destination_bucket)?;
        self.conditions()?.check(bucket.current(&self.destination_object_name).map(AsRef::as_ref))
    }

    /// Makes the copy, if all conditions still hold.
    fn carry_out(&self, call: &Call, index: &mut Index) -> Result<(), ServiceError> {
        let source = self.source(call, index.bucket(&call.namespace, &call.bucket)?)?;
        let now = clock::milliseconds();
        let mut version = ObjectVersion {
            etag: random::uuid(),
            version_id: random::uuid(),
            time_created: now,
            time_modified: now,
            ..ObjectVersion::clone(source)
        };
        if let Some(metadata) = &self.destination_object_metadata {
            let plain = |name: &String| name.strip_prefix("opc-meta-").unwrap_or(name).to_ascii_lowercase();
            version.attributes.metadata =
                metadata.iter().map(|(name, value)| (plain(name), value.clone())).collect();
        }
        if self.destination_object_storage_tier.is_some() {
            version.attributes.storage_tier.clone_from(&self.destination_object_storage_tier);
        }
        version.attributes.check()?;
        let conditions = self.conditions()?;
        let object = &self.destination_object_name;
        index.write(&self.destination(), object, version, &conditions, Response::ok(), None).map(drop)
    }

    /// Returns the resources that the work request reads and writes.
    fn resources(&self, call: &Call) -> Vec<Value> {
        let resource = |action: &str, namespace: &str, bucket: &str, object: &str| {
            json!({
                "actionType": action,
                "entityType": "object",
                "identifier": object,
                "entityUri": format!("/n/{namespace}/b/{bucket}/o/{object}"),
                "metadata": {
                    "REGION": self.destination_region, "NAMESPACE": namespace, "BUCKET": bucket, "OBJECT": object,
                },
            })
        };
        vec![
            resource("READ", &call.namespace, &call.bucket, &self.source_object_name),
            resource(
                "WRITTEN",
                &self.destination_namespace,
                &self.destination_bucket,
                &self.destination_object_name,
            ),
        ]
    }
}
