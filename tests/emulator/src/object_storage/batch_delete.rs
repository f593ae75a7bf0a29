//! BatchDeleteObjects: up to a thousand objects, each deleted independently.

use serde::Deserialize;
use serde_json::json;

use super::call::Call;
use super::conditions::Conditions;
use super::service::ObjectStorage;
use crate::clock;
use crate::wire::request::Request;
use crate::wire::response::Response;
use crate::wire::service_error::ServiceError;

/// The body of BatchDeleteObjects.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct BatchDeleteDetails {
    objects: Vec<BatchDeleteItem>,
    #[serde(default)]
    is_skip_deleted_result: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct BatchDeleteItem {
    object_name: String,
    #[serde(default)]
    if_match: Option<String>,
}

const BATCH_CEILING: usize = 1000;

impl ObjectStorage {
    pub(crate) fn batch_delete_objects(
        &self,
        call: &Call,
        request: &Request,
    ) -> Result<Response, ServiceError> {
        let details: BatchDeleteDetails = request.json()?;
        if details.objects.is_empty() || details.objects.len() > BATCH_CEILING {
            let message = format!("The batch must have 1 to {BATCH_CEILING} objects.");
            return Err(ServiceError::bad_request("InvalidParameter", message));
        }
        let mut index = self.index();
        index.bucket(&call.namespace, &call.bucket)?;
        let (mut deleted, mut failed) = (Vec::new(), Vec::new());
        for BatchDeleteItem { object_name: name, if_match } in details.objects {
            let conditions = Conditions { if_match, if_absent: false };
            match index.delete(&call.namespace, &call.bucket, &name, None, &conditions) {
                Ok(_) => {
                    let time = clock::rfc3339(clock::milliseconds());
                    deleted.push(json!({ "objectName": name, "timeLastModified": time }));
                }
                Err(error) => failed.push(json!({
                    "objectName": name,
                    "statusCode": error.status.as_u16(),
                    "errorMessage": error.message,
                })),
            }
        }
        if details.is_skip_deleted_result == Some(true) {
            deleted.clear();
        }
        Ok(Response::json(&json!({ "deleted": deleted, "failed": failed })))
    }
}
