//! ListObjects and ListObjectVersions: names in the order of their UTF-8 bytes, in pages.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::call::Call;
use super::object::ObjectVersion;
use super::service::ObjectStorage;
use crate::clock;
use crate::wire::query::Query;
use crate::wire::request::Request;
use crate::wire::response::Response;
use crate::wire::service_error::ServiceError;

/// The default and maximum page size.
const LIMIT_CEILING: usize = 1000;

/// The fields of an object that listings can show.
const FIELDS: [&str; 8] =
    ["name", "size", "etag", "md5", "timeCreated", "timeModified", "storageTier", "archivalState"];

/// The parameters of a listing.
#[derive(Debug)]
pub(crate) struct Selection<'a> {
    pub(crate) prefix: &'a str,
    /// The first name to list, inclusive.
    pub(crate) start: &'a str,
    /// The name after which to start, exclusive.
    pub(crate) start_after: Option<&'a str>,
    /// The name before which to stop, exclusive.
    pub(crate) end: Option<&'a str>,
    pub(crate) delimiter: Option<char>,
    pub(crate) limit: usize,
}

/// A page of entries with their names; `next` is the first entry of the next page.
#[derive(Debug)]
pub(crate) struct Page<'a, T> {
    pub(crate) entries: Vec<(&'a str, T)>,
    pub(crate) prefixes: Vec<&'a str>,
    pub(crate) next: Option<(&'a str, T)>,
}

impl ObjectStorage {
    pub(crate) fn list_objects(&self, call: &Call, request: &Request) -> Result<Response, ServiceError> {
        let selection = Selection::of(&request.query)?;
        let fields = fields(&request.query, "name")?;
        let index = self.index();
        let objects = &index.bucket(&call.namespace, &call.bucket)?.objects;
        let current = selection.range(objects).filter_map(|(name, versions)| {
            versions.last().filter(|version| !version.delete_marker).map(|version| (name, version))
        });
        let page = selection.page(current);
        let objects: Vec<Value> =
            page.entries.iter().map(|(name, version)| summary(name, version, &fields)).collect();
        let mut document = json!({ "objects": objects, "prefixes": page.prefixes });
        if let Some((next, _)) = page.next {
            document["nextStartWith"] = next.into();
        }
        Ok(Response::json(&document))
    }

    pub(crate) fn list_object_versions(
        &self,
        call: &Call,
        request: &Request,
    ) -> Result<Response, ServiceError> {
        let mut selection = Selection::of(&request.query)?;
        let token = request.query.get("page").map(VersionsPage::read).transpose()?;
        if let Some(token) = &token {
            selection.start = &token.name;
            selection.start_after = None;
        }
        let fields = fields(&request.query, "name")?;
        let index = self.index();
        let objects = &index.bucket(&call.namespace, &call.bucket)?.objects;
        // Versions are listed newest first. For the first name of a page, only the versions that the previous page left out are listed.
        let versions = selection
            .range(objects)
            .flat_map(|(name, versions)| versions.iter().rev().map(move |version| (name, version)))
            .skip_while(|(name, version)| {
                token
                    .as_ref()
                    .is_some_and(|token| *name == token.name && version.version_id != token.version_id)
            });
        let page = selection.page(versions);
        let items = page.entries.iter().map(|(name, version)| {
            let mut item = summary(name, version, &fields);
            item["timeModified"] = clock::rfc3339(version.time_modified).into();
            item["versionId"] = version.version_id.as_str().into();
            item["isDeleteMarker"] = version.delete_marker.into();
            item
        });
        let next = page.next.map(|(name, version)| VersionsPage {
            name: name.to_owned(),
            version_id: version.version_id.clone(),
        });
        let document = json!({ "items": items.collect::<Vec<Value>>(), "prefixes": page.prefixes });
        Ok(Response::json(&document).header_if("opc-next-page", next.map(|next| next.write()).as_deref()))
    }
}

/// The token of a page of versions, which is opaque to clients.
#[derive(Debug, Serialize, Deserialize)]
struct VersionsPage {
    name: String,
    version_id: String,
}

impl VersionsPage {
    fn read(text: &str) -> Result<Self, ServiceError> {
        let json = BASE64_URL_SAFE_NO_PAD.decode(text).ok();
        json.and_then(|json| serde_json::from_slice(&json).ok()).ok_or_else(|| {
            ServiceError::bad_request("InvalidParameter", "The page was not returned by this service.")
        })
    }

    fn write(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).expect("a struct of text"))
    }
}

impl<'a> Selection<'a> {
    pub(crate) fn of(query: &'a Query) -> Result<Self, ServiceError> {
        let delimiter = match query.get("delimiter").filter(|delimiter| !delimiter.is_empty()) {
            None => None,
            Some("/") => Some('/'),
            Some(other) => {
                let message = format!("The delimiter '{other}' is not supported: it must be '/'.");
                return Err(ServiceError::bad_request("InvalidParameter", message));
            }
        };
        Ok(Self {
            prefix: query.get("prefix").unwrap_or_default(),
            start: query.get("start").unwrap_or_default(),
            start_after: query.get("startAfter"),
            end: query.get("end"),
            delimiter,
            limit: limit(query)?,
        })
    }

    /// Returns the selected names, in order.
    pub(crate) fn range<'n, V>(
        &self,
        names: &'n BTreeMap<String, V>,
    ) -> impl Iterator<Item = (&'n str, &'n V)> {
        let floor = self.start.max(self.prefix);
        let first = match self.start_after {
            Some(after) if after >= floor => Bound::Excluded(after),
            _ => Bound::Included(floor),
        };
        let (prefix, end) = (self.prefix, self.end);
        names
            .range::<str, _>((first, Bound::Unbounded))
            .map(|(name, value)| (name.as_str(), value))
            .take_while(move |(name, _)| name.starts_with(prefix) && end.is_none_or(|end| *name < end))
    }

    /// Collects the entries of one page. A common prefix stands for all its names and counts as one entry.
    pub(crate) fn page<'n, T>(&self, entries: impl Iterator<Item = (&'n str, T)>) -> Page<'n, T> {
        let mut page = Page { entries: Vec::new(), prefixes: Vec::new(), next: None };
        for (name, entry) in entries {
            let group = self.group(name);
            if group.is_some() && group == page.prefixes.last().copied() {
                continue;
            }
            if page.entries.len() + page.prefixes.len() == self.limit {
                page.next = Some((name, entry));
                break;
            }
            match group {
                Some(group) => page.prefixes.push(group),
                None => page.entries.push((name, entry)),
            }
        }
        page
    }

    /// Returns the common prefix of a name: everything up to the first delimiter after the requested prefix.
    fn group<'n>(&self, name: &'n str) -> Option<&'n str> {
        let after = self.prefix.len();
        let place = name[after..].find(self.delimiter?)?;
        Some(&name[..=after + place])
    }
}

/// Returns the requested fields, ignoring case, or those in `default`.
pub(crate) fn fields(query: &Query, default: &str) -> Result<Vec<&'static str>, ServiceError> {
    let asked = query.get("fields").filter(|fields| !fields.is_empty()).unwrap_or(default);
    let known = |name: &str| FIELDS.into_iter().find(|field| field.eq_ignore_ascii_case(name.trim()));
    asked
        .split(',')
        .map(|name| {
            let message = || format!("The field '{name}' is unknown.");
            known(name).ok_or_else(|| ServiceError::bad_request("InvalidParameter", message()))
        })
        .collect()
}

/// Returns the representation of an object in a listing. It always includes the name.
pub(crate) fn summary(name: &str, version: &Arc<ObjectVersion>, fields: &[&str]) -> Value {
    let mut summary = Map::new();
    summary.insert("name".to_owned(), name.into());
    for field in fields {
        let value = match *field {
            "size" => version.size.into(),
            "etag" => version.etag.as_str().into(),
            "md5" => match (&version.md5, version.checksums.get("opc-multipart-md5")) {
                (Some(md5), _) | (None, Some(md5)) => md5.as_str().into(),
                (None, None) => Value::Null,
            },
            "timeCreated" => clock::rfc3339(version.time_created).into(),
            "timeModified" => clock::rfc3339(version.time_modified).into(),
            "storageTier" => version.attributes.storage_tier().into(),
            "archivalState" => version.attributes.archival_state().into(),
            _ => continue,
        };
        summary.insert((*field).to_owned(), value);
    }
    Value::Object(summary)
}

/// Returns the parameter `limit`, from 1 to 1000, or the default.
pub(crate) fn limit(query: &Query) -> Result<usize, ServiceError> {
    let Some(limit) = query.get("limit") else { return Ok(LIMIT_CEILING) };
    limit.parse().ok().filter(|limit| (1..=LIMIT_CEILING).contains(limit)).ok_or_else(|| {
        let message = format!("The limit '{limit}' is not between 1 and {LIMIT_CEILING}.");
        ServiceError::bad_request("InvalidParameter", message)
    })
}

#[cfg(test)]
#[path = "listing_tests.rs"]
mod tests;
