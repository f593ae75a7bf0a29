//! The header `opc-request-id`, which every response must have because support asks for it.

use http::HeaderMap;

use crate::random;

/// Maximum length of the part that comes from the client, as documented by the platform.
const CLIENT_PART: usize = 32;

/// Creates the request ID of a response. It starts with the client's part if there is one; otherwise it has the same form as Object
/// Storage's.
pub(crate) fn request_id(headers: &HeaderMap, region_key: &str) -> String {
    let client = headers.get("opc-request-id").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let client: String = client.split('/').next().unwrap_or_default().chars().take(CLIENT_PART).collect();
    if client.is_empty() {
        return format!("{region_key}-1:{}", random::letters::<48>());
    }
    format!("{client}/{}/{}", random::request_part(), random::request_part())
}
