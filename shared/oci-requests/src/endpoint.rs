use crate::region::Region;
use cloud_transport::ConfigError;
use http::uri::{Authority, Scheme, Uri};
use std::fmt;
use std::str::FromStr;

/// The address of a service: scheme, host and port, without a path.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    scheme: Scheme,
    authority: Authority,
}

impl Endpoint {
    /// Returns the endpoint of a service in a region, from Oracle's template for the service:
    /// `https://objectstorage.{region}.{secondLevelDomain}`, where the second-level domain is that of the region's realm.
    pub fn of_region(template: &str, region: &Region) -> Result<Self, ConfigError> {
        template
            .replace("{region}", region.identifier())
            .replace("{secondLevelDomain}", region.domain())
            .parse()
    }

    /// Returns the host, with the port unless it is the scheme's default. This is the value of the `host` header, which is signed.
    pub fn authority(&self) -> &str {
        let text = self.authority.as_str();
        let default = if self.scheme == Scheme::HTTPS { ":443" } else { ":80" };
        text.strip_suffix(default).unwrap_or(text)
    }

    /// Returns the URL of a target, which is the path and query as they are sent.
    pub(crate) fn uri(&self, target: &str) -> String {
        format!("{self}{target}")
    }
}

impl FromStr for Endpoint {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        Self::read(text).map_err(ConfigError::new)
    }
}

impl Endpoint {
    fn read(text: &str) -> Result<Self, String> {
        if text.contains('@') {
            // The message leaves out the text, which may contain a password.
            return Err("an endpoint cannot have a user or password".into());
        }
        let uri: Uri = text.trim().parse().map_err(|error| format!("'{text}' is not a URL: {error}"))?;
        let parts = uri.into_parts();
        let scheme = parts.scheme.filter(|scheme| *scheme == Scheme::HTTPS || *scheme == Scheme::HTTP);
        let scheme = scheme.ok_or_else(|| format!("'{text}' does not begin with https:// or http://"))?;
        let authority = parts.authority.ok_or_else(|| format!("'{text}' names no host"))?;
        if authority.as_str().rsplit_once(':').is_some_and(|(_, port)| !port.ends_with(']'))
            && authority.port_u16().is_none()
        {
            return Err(format!("'{text}' has an invalid port"));
        }
        match parts.path_and_query {
            Some(path) if path != "/" => {
                Err(format!("'{text}' has a path; an endpoint has the form https://host"))
            }
            _ => Ok(Endpoint { scheme, authority }),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.authority())
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
