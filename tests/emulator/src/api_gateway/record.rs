//! Gateways and deployments: their records, and how the API represents them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::clock;
use crate::control_plane::life::Life;

/// The attributes of a gateway, which CreateGateway sets and UpdateGateway changes.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct GatewayRecord {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) compartment_id: String,
    pub(crate) endpoint_type: String,
    pub(crate) subnet_id: String,
    pub(crate) network_security_group_ids: Vec<String>,
    pub(crate) life: Life,
    pub(crate) changed: Changed,
    pub(crate) freeform_tags: BTreeMap<String, String>,
    pub(crate) defined_tags: Map<String, Value>,
    pub(crate) etag: String,
}

/// The attributes of a deployment, which CreateDeployment sets and UpdateDeployment changes.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct DeploymentRecord {
    pub(crate) id: String,
    pub(crate) gateway_id: String,
    pub(crate) name: String,
    pub(crate) compartment_id: String,
    pub(crate) path_prefix: String,
    /// As received; null once the deployment is deleted.
    pub(crate) specification: Value,
    pub(crate) life: Life,
    pub(crate) changed: Changed,
    pub(crate) freeform_tags: BTreeMap<String, String>,
    pub(crate) defined_tags: Map<String, Value>,
    pub(crate) etag: String,
}

/// The last change: when it was made, and until when the state shows it as in progress.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Changed {
    pub(crate) at: i64,
    pub(crate) until: i64,
}

/// Length of a gateway's label. The last part of an OCID is longer than a DNS label may be.
const LABEL: usize = 26;

impl GatewayRecord {
    /// Returns the first part of the gateway's host name: the end of its OCID.
    pub(crate) fn label(&self) -> &str {
        self.id.get(self.id.len().saturating_sub(LABEL)..).unwrap_or(&self.id)
    }

    pub(crate) fn state(&self, now: i64) -> &'static str {
        state(self.life, self.changed, now)
    }

    /// Returns the API's representation of the gateway, given its host.
    pub(crate) fn document(&self, now: i64, host: &str) -> Value {
        let mut document = self.summary(now, host);
        document["ipAddresses"] = json!([{ "ipAddress": host.split(':').next() }]);
        document["responseCacheDetails"] = json!({ "type": "NONE" });
        document["caBundles"] = json!([]);
        document
    }

    /// Returns the representation in listings.
    pub(crate) fn summary(&self, now: i64, host: &str) -> Value {
        json!({
            "id": self.id,
            "displayName": self.name,
            "compartmentId": self.compartment_id,
            "endpointType": self.endpoint_type,
            "subnetId": self.subnet_id,
            "networkSecurityGroupIds": self.network_security_group_ids,
            "timeCreated": clock::rfc3339(self.life.created),
            "timeUpdated": clock::rfc3339(self.changed.at),
            "lifecycleState": self.state(now),
            "lifecycleDetails": null,
            "hostname": host,
            "certificateId": null,
            "ipMode": "IPV4",
            "locks": [],
            "freeformTags": self.freeform_tags,
            "definedTags": self.defined_tags,
            "systemTags": {},
        })
    }
}

impl DeploymentRecord {
    pub(crate) fn state(&self, now: i64) -> &'static str {
        state(self.life, self.changed, now)
    }

    /// Returns the API's representation of the deployment, given its gateway's host.
    pub(crate) fn document(&self, now: i64, host: &str) -> Value {
        let mut document = self.summary(now, host);
        document["specification"] = self.specification.clone();
        document
    }

    /// Returns the representation in listings.
    pub(crate) fn summary(&self, now: i64, host: &str) -> Value {
        json!({
            "id": self.id,
            "gatewayId": self.gateway_id,
            "displayName": self.name,
            "compartmentId": self.compartment_id,
            "pathPrefix": self.path_prefix,
            "endpoint": self.endpoint(host),
            "timeCreated": clock::rfc3339(self.life.created),
            "timeUpdated": clock::rfc3339(self.changed.at),
            "lifecycleState": self.state(now),
            "lifecycleDetails": null,
            "locks": [],
            "freeformTags": self.freeform_tags,
            "definedTags": self.defined_tags,
            "systemTags": {},
        })
    }

    /// Returns the deployment's URL, to which the paths of the routes are appended.
    pub(crate) fn endpoint(&self, host: &str) -> String {
        format!("http://{host}{}", self.path_prefix)
    }
}

fn state(life: Life, changed: Changed, now: i64) -> &'static str {
    match life.state(now) {
        "ACTIVE" if now < changed.until => "UPDATING",
        state => state,
    }
}

#[cfg(test)]
mod tests {
    use super::{Changed, GatewayRecord};
    use crate::control_plane::life::Life;

    #[test]
    fn a_change_is_visible_until_it_is_complete() {
        let changed = Changed { at: 200, until: 220 };
        let mut gateway = GatewayRecord { life: Life::new(100, 20), changed, ..GatewayRecord::default() };
        assert_eq!(
            [110, 120, 219, 220].map(|now| gateway.state(now)),
            ["CREATING", "UPDATING", "UPDATING", "ACTIVE"]
        );
        gateway.life = gateway.life.end(210, 20);
        assert_eq!([215, 230].map(|now| gateway.state(now)), ["DELETING", "DELETED"]);
    }

    #[test]
    fn a_label_is_the_end_of_the_ocid() {
        let id =
            "ocid1.apigateway.oc1.eu-frankfurt-1.aaaaaaaa0123456789abcdefghijklmnopqrstuvwxyz".to_owned();
        let gateway = GatewayRecord { id, ..GatewayRecord::default() };
        assert_eq!(gateway.label(), "abcdefghijklmnopqrstuvwxyz");
    }
}
