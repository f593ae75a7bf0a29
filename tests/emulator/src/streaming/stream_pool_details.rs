//! The bodies of CreateStreamPool and UpdateStreamPool.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::settings::good_name;
use super::stream::PoolRecord;
use crate::wire::service_error::{ServiceError, invalid};

/// The body of CreateStreamPool and UpdateStreamPool. An update leaves fields that it omits unchanged.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StreamPoolDetails {
    pub(crate) name: Option<String>,
    pub(crate) compartment_id: Option<String>,
    kafka_settings: Option<KafkaSettings>,
    custom_encryption_key_details: Option<CustomEncryptionKeyDetails>,
    private_endpoint_details: Option<Value>,
    freeform_tags: Option<BTreeMap<String, String>>,
    defined_tags: Option<Map<String, Value>>,
    security_attributes: Option<Map<String, Value>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct KafkaSettings {
    auto_create_topics_enable: Option<bool>,
    log_retention_hours: Option<u32>,
    num_partitions: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CustomEncryptionKeyDetails {
    kms_key_id: Option<String>,
}

impl StreamPoolDetails {
    /// Applies the changes that the request contains to a record.
    pub(crate) fn apply(self, record: &mut PoolRecord) -> Result<(), ServiceError> {
        fn set<T>(field: &mut T, value: Option<T>) {
            if let Some(value) = value {
                *field = value;
            }
        }
        set(&mut record.name, self.name);
        if !good_name(&record.name) {
            return Err(invalid(format!("The stream pool name '{}' is invalid.", record.name)));
        }
        if let Some(kafka) = self.kafka_settings {
            if kafka.log_retention_hours.is_some_and(|hours| !(24..=168).contains(&hours)) {
                return Err(invalid("The logRetentionHours must be between 24 and 168."));
            }
            if kafka.num_partitions == Some(0) {
                return Err(invalid("The numPartitions must be above 0."));
            }
            set(&mut record.auto_create_topics, kafka.auto_create_topics_enable);
            set(&mut record.log_retention_hours, kafka.log_retention_hours);
            set(&mut record.num_partitions, kafka.num_partitions);
        }
        if let Some(key) = self.custom_encryption_key_details {
            record.kms_key_id = key.kms_key_id;
        }
        if self.private_endpoint_details.is_some() {
            record.private_endpoint = self.private_endpoint_details;
        }
        set(&mut record.freeform_tags, self.freeform_tags);
        set(&mut record.defined_tags, self.defined_tags);
        set(&mut record.security_attributes, self.security_attributes);
        Ok(())
    }
}
