//! The specification of a deployment, validated and ready for routing.

use http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde_json::{Map, Value};

use super::route_path::RoutePath;
use super::settings::{ROUTES, SPECIFICATION_CEILING};

/// The validated specification of a deployment: its routes and its rate limit.
#[derive(Debug)]
pub(crate) struct Specification {
    /// In order of precedence.
    pub(crate) routes: Vec<Route>,
    pub(crate) rate_limiting: Option<RateLimiting>,
}

/// A path, its methods, and its back end.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) path: RoutePath,
    /// `ANY` means every method.
    pub(crate) methods: Vec<String>,
    pub(crate) backend: Backend,
}

/// The back end of a route.
#[derive(Debug)]
pub(crate) enum Backend {
    /// `ORACLE_FUNCTIONS_BACKEND`: OCID of the function.
    Function(String),
    /// `STOCK_RESPONSE_BACKEND`.
    StockResponse { status: StatusCode, headers: HeaderMap, body: String },
}

/// Requests per second, in total or per client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RateLimiting {
    pub(crate) requests_per_second: u64,
    pub(crate) by_client: bool,
}

/// The result of routing a request by path and method.
#[derive(Debug)]
pub(crate) enum Routed<'a> {
    Route(&'a Route),
    /// The path has routes, but none for this method. These are the methods that it has.
    WrongMethod(Vec<&'a str>),
    Nowhere,
}

const ANY: &str = "ANY";
const METHODS: [&str; 8] = [ANY, "HEAD", "GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

impl Specification {
    /// Parses a specification. An error names the part that is invalid, or that the emulator does not support, by its path.
    pub(crate) fn new(document: &Value) -> Result<Self, String> {
        let size = document.to_string().len();
        if size > SPECIFICATION_CEILING {
            return Err(format!("specification has {size} bytes, more than {SPECIFICATION_CEILING}"));
        }
        let whole = Object::new("specification", document)?;
        whole.only(&["requestPolicies", "loggingPolicies", "routes"], &[])?;
        let rate_limiting = match whole.get("requestPolicies")? {
            Some(policies) => rate_limiting(&policies)?,
            None => None,
        };
        check_logging(whole.get("loggingPolicies")?)?;
        let list = whole.list("routes")?;
        if list.is_empty() || list.len() > ROUTES {
            return Err(format!(
                "specification.routes has {} routes, but must have 1 to {ROUTES}",
                list.len()
            ));
        }
        let mut routes = list.iter().map(Route::new).collect::<Result<Vec<_>, _>>()?;
        // The sort is stable: of two equal paths, the first stays first.
        routes.sort_by(|one, other| one.path.precedence(&other.path));
        check_twins(&routes)?;
        Ok(Self { routes, rate_limiting })
    }

    /// Finds the route for a path after the prefix. The most explicit path is chosen first, then the method.
    pub(crate) fn route(&self, method: &Method, path: &str) -> Routed<'_> {
        let Some(first) = self.routes.iter().find(|route| route.path.matches(path)) else {
            return Routed::Nowhere;
        };
        let mut same = self.routes.iter().filter(|route| route.path.is_same(&first.path));
        match same.clone().find(|route| route.takes(method.as_str())) {
            Some(route) => Routed::Route(route),
            None => Routed::WrongMethod(
                same.by_ref().flat_map(|route| &route.methods).map(String::as_str).collect(),
            ),
        }
    }
}

impl Route {
    fn new(document: &Object<'_>) -> Result<Self, String> {
        document.only(
            &["path", "methods", "backend", "requestPolicies", "responsePolicies", "loggingPolicies"],
            &[],
        )?;
        let at = |key: &str| format!("{}.{key}", document.place);
        let text = document.text("path")?;
        let path = RoutePath::new(text).map_err(|problem| format!("{} {text:?} {problem}", at("path")))?;
        let methods = match document.value("methods") {
            // The API does not require methods, and does not say what their absence means. Here it means every method.
            None => vec![ANY.to_owned()],
            Some(methods) => methods
                .as_array()
                .ok_or_else(|| format!("{} is not a list", at("methods")))?
                .iter()
                .map(|method| {
                    let known = method.as_str().filter(|method| METHODS.contains(method));
                    known.map(str::to_owned).ok_or_else(|| {
                        format!("{} has {method}, which is not one of {METHODS:?}", at("methods"))
                    })
                })
                .collect::<Result<_, _>>()?,
        };
        if methods.is_empty() {
            return Err(format!("{} is empty", at("methods")));
        }
        if let Some(policies) = document.get("requestPolicies")? {
            policies.only(
                &[],
                &[
                    "authorization",
                    "cors",
                    "queryParameterValidations",
                    "headerValidations",
                    "bodyValidation",
                    "headerTransformations",
                    "queryParameterTransformations",
                    "responseCacheLookup",
                ],
            )?;
        }
        if let Some(policies) = document.get("responsePolicies")? {
            policies.only(&[], &["headerTransformations", "responseCacheStore"])?;
        }
        check_logging(document.get("loggingPolicies")?)?;
        let backend = document.get("backend")?.ok_or_else(|| format!("{} is missing", at("backend")))?;
        Ok(Self { path, methods, backend: Backend::new(&backend)? })
    }

    pub(crate) fn takes(&self, method: &str) -> bool {
        self.methods.iter().any(|one| one == method || one == ANY)
    }
}

impl Backend {
    fn new(document: &Object<'_>) -> Result<Self, String> {
        match document.text("type")? {
            "ORACLE_FUNCTIONS_BACKEND" => {
                document.only(&["type", "functionId"], &[])?;
                Ok(Self::Function(document.text("functionId")?.to_owned()))
            }
            "STOCK_RESPONSE_BACKEND" => stock_response(document),
            other => Err(format!(
                "{}.type is {other}: the emulator supports ORACLE_FUNCTIONS_BACKEND and STOCK_RESPONSE_BACKEND",
                document.place
            )),
        }
    }
}

fn stock_response(document: &Object<'_>) -> Result<Backend, String> {
    document.only(&["type", "status", "headers", "body"], &[])?;
    let place = &document.place;
    let status =
        document.value("status").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok());
    let status = status
        .filter(|status| (200..600).contains(status))
        .and_then(|status| StatusCode::from_u16(status).ok());
    let status = status.ok_or_else(|| format!("{place}.status is not a number from 200 to 599"))?;
    let mut headers = HeaderMap::new();
    for header in document.list_or_none("headers")? {
        header.only(&["name", "value"], &[])?;
        let (name, value) = (header.text("name")?, header.text("value")?);
        let name = HeaderName::try_from(name).ok();
        let name = name.filter(|name| ![CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING].contains(name));
        let value = HeaderValue::from_str(value).ok();
        let (Some(name), Some(value)) = (name, value) else {
            return Err(format!("{} is not a header that a response can have", header.place));
        };
        headers.append(name, value);
    }
    let body = match document.value("body") {
        Some(_) => document.text("body")?.to_owned(),
        None => String::new(),
    };
    Ok(Backend::StockResponse { status, headers, body })
}

fn rate_limiting(policies: &Object<'_>) -> Result<Option<RateLimiting>, String> {
    let absent = ["authentication", "cors", "mutualTls", "usagePlans", "dynamicAuthentication"];
    policies.only(&["rateLimiting"], &absent)?;
    let Some(limit) = policies.get("rateLimiting")? else { return Ok(None) };
    limit.only(&["rateInRequestsPerSecond", "rateKey"], &[])?;
    let rate = limit.value("rateInRequestsPerSecond").and_then(Value::as_u64).filter(|rate| *rate > 0);
    let requests_per_second =
        rate.ok_or_else(|| format!("{}.rateInRequestsPerSecond is not a number above 0", limit.place))?;
    let by_client = match limit.text("rateKey")? {
        "CLIENT_IP" => true,
        "TOTAL" => false,
        other => return Err(format!("{}.rateKey is {other}, but must be CLIENT_IP or TOTAL", limit.place)),
    };
    Ok(Some(RateLimiting { requests_per_second, by_client }))
}

/// Accepts logging policies without effect: they affect no response, and the emulator logs every request.
fn check_logging(policies: Option<Object<'_>>) -> Result<(), String> {
    policies.map_or(Ok(()), |policies| policies.only(&["accessLog", "executionLog"], &[]))
}

/// Rejects two routes that match the same requests, since it would be a matter of chance which one applies.
fn check_twins(routes: &[Route]) -> Result<(), String> {
    for (place, route) in routes.iter().enumerate() {
        for other in &routes[place + 1..] {
            let shared = route.methods.iter().find(|method| other.takes(method) || route.takes(ANY));
            if let (true, Some(method)) = (route.path.is_same(&other.path), shared) {
                let (one, other) = (route.path.text(), other.path.text());
                return Err(format!(
                    "specification.routes has {method} for {one:?} and {other:?}, which are equivalent"
                ));
            }
        }
    }
    Ok(())
}

/// A JSON object with its path in the specification. Null values count as absent.
struct Object<'a> {
    place: String,
    fields: &'a Map<String, Value>,
}

impl<'a> Object<'a> {
    fn new(place: impl Into<String>, value: &'a Value) -> Result<Self, String> {
        let place = place.into();
        match value.as_object() {
            Some(fields) => Ok(Self { place, fields }),
            None => Err(format!("{place} is not an object")),
        }
    }

    /// Rejects unknown fields, and fields of the service that the emulator does not support.
    fn only(&self, known: &[&str], absent: &[&str]) -> Result<(), String> {
        let mut given = self.fields.iter().filter(|(_, value)| !value.is_null()).map(|(key, _)| key.as_str());
        let place = &self.place;
        match given.find(|key| !known.contains(key)) {
            None => Ok(()),
            Some(key) if absent.contains(&key) => {
                Err(format!("{place}.{key} is not supported by the emulator"))
            }
            Some(key) => Err(format!("{place}.{key} is unknown")),
        }
    }

    fn value(&self, key: &str) -> Option<&'a Value> {
        self.fields.get(key).filter(|value| !value.is_null())
    }

    fn get(&self, key: &str) -> Result<Option<Object<'a>>, String> {
        self.value(key).map(|value| Object::new(format!("{}.{key}", self.place), value)).transpose()
    }

    fn text(&self, key: &str) -> Result<&'a str, String> {
        let value = self.value(key).ok_or_else(|| format!("{}.{key} is missing", self.place))?;
        value.as_str().ok_or_else(|| format!("{}.{key} is not a string", self.place))
    }

    fn list(&self, key: &str) -> Result<Vec<Object<'a>>, String> {
        match self.value(key) {
            Some(_) => self.list_or_none(key),
            None => Err(format!("{}.{key} is missing", self.place)),
        }
    }

    fn list_or_none(&self, key: &str) -> Result<Vec<Object<'a>>, String> {
        let Some(value) = self.value(key) else { return Ok(Vec::new()) };
        let list = value.as_array().ok_or_else(|| format!("{}.{key} is not a list", self.place))?;
        let object = |(number, value)| Object::new(format!("{}.{key}[{number}]", self.place), value);
        list.iter().enumerate().map(object).collect()
    }
}

#[cfg(test)]
#[path = "specification_tests.rs"]
mod tests;
