//! `opc-request-id`: support asks for it, so every response must have it.

use http::HeaderMap;

use crate::random;

/// The maximum length of the part that comes from the client, as the platform documents it.
const CLIENT_PART: usize = 32;

/// The ID of a response. It starts with the client's part if there is one; otherwise it has the form of the storage service.
pub(crate) fn request_id(headers: &HeaderMap, region_key: &str) -> String {
    let client = headers.get("opc-request-id").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let client: String = client.split('/').next().unwrap_or_default().chars().take(CLIENT_PART).collect();
    if client.is_empty() {
        return format!("{region_key}-1:{}", random::letters::<48>());
    }
    format!("{client}/{}/{}", random::request_part(), random::request_part())
}
