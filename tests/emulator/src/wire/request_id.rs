//! `opc-request-id`: what support asks for, so clients must find it on every answer.

use http::HeaderMap;

use crate::random;

/// The longest part that is taken over from a client, as the platform documents it.
const CLIENT_PART: usize = 32;

/// The id of one answer: the client's part first when it sent one, else in the form of the storage service.
pub(crate) fn request_id(headers: &HeaderMap, region_key: &str) -> String {
    let client = headers.get("opc-request-id").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let client: String = client.split('/').next().unwrap_or_default().chars().take(CLIENT_PART).collect();
    if client.is_empty() {
        return format!("{region_key}-1:{}", random::letters::<48>());
    }
    format!("{client}/{}/{}", random::request_part(), random::request_part())
}
