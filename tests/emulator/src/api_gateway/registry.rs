//! The stored gateways and deployments. Every change is one value, which is written to the journal and then applied.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::deployed::Deployed;
use super::record::{DeploymentRecord, GatewayRecord};
use crate::journal::Journal;
use crate::state_folder::StateError;
use crate::wire::service_error::ServiceError;

/// All gateways and deployments by OCID, including deleted ones for as long as they are remembered.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    pub(crate) gateways: BTreeMap<String, GatewayRecord>,
    pub(crate) deployments: BTreeMap<String, Arc<Deployed>>,
    journal: Option<Journal>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Change {
    Gateway(GatewayRecord),
    Deployment(DeploymentRecord),
}

/// How long deleted resources are shown: long enough for a client that waits for the deletion, and for a person to look.
const REMEMBERED_MILLISECONDS: i64 = 3600 * 1000;

impl Registry {
    pub(crate) fn open(folder: Option<&Path>, now: i64) -> Result<Self, StateError> {
        let mut registry = Self::default();
        let Some(folder) = folder else { return Ok(registry) };
        fs::create_dir_all(folder).map_err(|error| StateError::io(folder, error))?;
        let path = folder.join("journal.jsonl");
        let mut records = BTreeMap::new();
        Journal::replay(&path, |change| match change {
            Change::Gateway(gateway) => drop(registry.gateways.insert(gateway.id.clone(), gateway)),
            Change::Deployment(deployment) => drop(records.insert(deployment.id.clone(), deployment)),
        })?;
        for record in records.into_values() {
            let id = record.id.clone();
            let damaged = |problem| StateError::Damaged { path: path.clone(), problem };
            registry.deployments.insert(id, Arc::new(Deployed::new(record, None).map_err(damaged)?));
        }
        registry.forget(now);
        registry.journal = Some(Journal::compact(&path, registry.changes())?);
        Ok(registry)
    }

    /// Stores a new or changed gateway.
    pub(crate) fn put_gateway(&mut self, record: GatewayRecord, now: i64) -> Result<(), ServiceError> {
        self.append(&Change::Gateway(record.clone()))?;
        self.gateways.insert(record.id.clone(), record);
        self.forget(now);
        Ok(())
    }

    /// Stores a new or changed deployment.
    pub(crate) fn put_deployment(&mut self, deployed: Deployed, now: i64) -> Result<(), ServiceError> {
        self.append(&Change::Deployment(deployed.record.clone()))?;
        self.deployments.insert(deployed.record.id.clone(), Arc::new(deployed));
        self.forget(now);
        Ok(())
    }

    /// Returns the gateways that are neither being deleted nor deleted, oldest first.
    pub(crate) fn present_gateways(&self) -> Vec<&GatewayRecord> {
        let mut present: Vec<_> = self.gateways.values().filter(|gateway| gateway.life.is_there()).collect();
        present.sort_by_key(|gateway| (gateway.life.created, &gateway.id));
        present
    }

    /// Returns the deployments of a gateway that are neither being deleted nor deleted.
    pub(crate) fn deployments_of<'a>(&'a self, gateway: &'a str) -> impl Iterator<Item = &'a Arc<Deployed>> {
        self.deployments
            .values()
            .filter(move |one| one.record.gateway_id == gateway && one.record.life.is_there())
    }

    /// Finds the deployment for a request, and returns it with the path after its prefix.
    pub(crate) fn find<'a>(&self, host: &str, path: &'a str, now: i64) -> Option<(Arc<Deployed>, &'a str)> {
        let mut gateways = self.present_gateways();
        let label = host.split(['.', ':']).next().unwrap_or_default();
        if let Some(named) = gateways.iter().find(|gateway| gateway.label().eq_ignore_ascii_case(label)) {
            gateways = vec![named];
        }
        let below = gateways.iter().flat_map(|gateway| self.deployments_of(&gateway.id)).filter_map(|one| {
            let rest = one.below(path).filter(|_| one.serves(now))?;
            Some((one, rest))
        });
        // The longest prefix wins; among equals, the first, which belongs to the oldest gateway.
        let (found, rest) = below.min_by_key(|(one, _)| Reverse(one.record.path_prefix.len()))?;
        Some((Arc::clone(found), rest))
    }

    /// Returns the host of a gateway: the shared address, or its own label if an older gateway has one of its prefixes.
    pub(crate) fn host(&self, gateway: &GatewayRecord, authority: &str) -> String {
        let has = |other: &GatewayRecord, prefix: &str| {
            self.deployments_of(&other.id).any(|one| one.record.path_prefix == prefix)
        };
        let older = self.present_gateways().into_iter().take_while(|other| other.id != gateway.id);
        let hidden = older
            .into_iter()
            .any(|other| self.deployments_of(&gateway.id).any(|one| has(other, &one.record.path_prefix)));
        match (hidden, authority.rsplit_once(':')) {
            (true, Some((_, port))) => format!("{}.localhost:{port}", gateway.label()),
            _ => authority.to_owned(),
        }
    }

    fn append(&mut self, change: &Change) -> Result<(), ServiceError> {
        match &mut self.journal {
            Some(journal) => journal.append(change).map_err(|error| ServiceError::internal(&error)),
            None => Ok(()),
        }
    }

    fn forget(&mut self, now: i64) {
        let since = now.saturating_sub(REMEMBERED_MILLISECONDS);
        self.gateways.retain(|_, gateway| !gateway.life.was_over(since));
        self.deployments.retain(|_, deployed| !deployed.record.life.was_over(since));
    }

    /// Returns the changes that produce this state from an empty one.
    fn changes(&self) -> impl Iterator<Item = Change> {
        let gateways = self.gateways.values().cloned().map(Change::Gateway);
        let deployments = self.deployments.values().map(|one| Change::Deployment(one.record.clone()));
        gateways.chain(deployments)
    }
}
