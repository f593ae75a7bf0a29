use crate::function_peers::{id, peer};
use crate::gateway_client::{Response, call};
use emulator::{ApplicationDefinition, Emulator, FunctionDefinition, GatewayRequest, GatewayRoute, Options};
use serde_json::Value;

/// Starts a cloud whose deployment `producers` routes `/v1/NAME/...` to the function with that name.
pub(crate) async fn cloud_with(functions: Vec<FunctionDefinition>, options: Options) -> Emulator {
    let names: Vec<String> = functions.iter().map(|function| function.name.clone()).collect();
    let functions = vec![ApplicationDefinition::new("books", functions)];
    let cloud = Emulator::start(Options { functions, ..options }).await.unwrap();
    let route = |name: &String| GatewayRoute::any(format!("/{name}/{{rest*}}"), id(&cloud, name));
    let routes: Vec<GatewayRoute> = names.iter().map(route).collect();
    cloud.ensure_deployment("producers", "/v1", &routes).unwrap();
    cloud
}

pub(crate) async fn cloud() -> Emulator {
    cloud_with(vec![peer("link")], Options::default()).await
}

/// Sends instructions to the function through the gateway.
pub(crate) fn tell(cloud: &Emulator, name: &str, told: &Value) -> Response {
    call(&cloud.gateway_url(), "POST", &format!("/v1/{name}/a"), &[], told.to_string().as_bytes())
}

pub(crate) fn last_request(cloud: &Emulator) -> GatewayRequest {
    cloud.gateway_status().requests.pop().unwrap()
}

/// Returns the lines of the head that the function received, in lowercase.
pub(crate) fn head(response: &Response) -> Vec<String> {
    let told = response.document();
    let line = |line: &Value| line.as_str().unwrap().to_lowercase();
    told["head"].as_array().unwrap().iter().map(line).collect()
}
