//! The query of a request.

use percent_encoding::percent_decode_str;

use crate::wire::service_error::{ServiceError, missing};

/// The decoded query parameters, in order.
#[derive(Debug, Default, Clone)]
pub(crate) struct Query {
    parameters: Vec<(String, String)>,
}

impl Query {
    /// Parses the text after `?`. A plus is a space here, as HTTP libraries write it; in a path it is a plus.
    pub(crate) fn new(query: &str) -> Self {
        let decode =
            |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
        let parameters = query
            .split('&')
            .filter(|parameter| !parameter.is_empty())
            .map(|parameter| {
                let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
                (decode(name), decode(value))
            })
            .collect();
        Self { parameters }
    }

    /// Returns the first value of a required parameter.
    pub(crate) fn required(&self, name: &str) -> Result<&str, ServiceError> {
        self.get(name).ok_or_else(|| missing(name))
    }

    /// Returns the first value of a parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}
