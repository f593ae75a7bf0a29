//! Serves a request to a deployment, from the head of the request to the head of the response.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_LENGTH, HOST};
use http::{HeaderMap, Method, StatusCode, Uri};
use hyper::body::Incoming;

use super::body_budget::Share;
use super::deployed::Deployed;
use super::failure::Refusal;
use super::held_body::HeldBody;
use super::patient_stream::Busy;
use super::receive::{let_go_by, receive};
use super::recent::Underway;
use super::service::ApiGateway;
use super::settings::{BODY_CEILING, HEAD_CEILING};
use super::specification::{Backend, Routed};
use super::{from_function, to_function};
use crate::clock;
use crate::faults::effects::GatewayFault;
use crate::faults::subject::Subject;
use crate::functions::{self, Invocation, InvocationType, REQUEST_CEILING};
use crate::interference::spoil;
use crate::region::region_key;
use crate::wire::body::ResponseBody;
use crate::wire::connection::Wire;
use crate::wire::request::Upload;
use crate::wire::request_id::request_id;
use crate::wire::response::Response;

/// The sender of a request, and the connection that it uses.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    pub(crate) address: IpAddr,
    pub(crate) wire: Wire,
    pub(crate) busy: Busy,
}

/// The head of a request, and the deployment that it is for.
struct Received<'a> {
    method: &'a Method,
    target: &'a str,
    headers: &'a HeaderMap,
    address: IpAddr,
    /// The deployment, and the path after its prefix.
    found: Option<(Arc<Deployed>, &'a str)>,
}

/// The operation name of every request to a deployment, for fault rules and the log.
pub(crate) const OPERATION: &str = "GatewayRequest";

impl ApiGateway {
    /// Responds to a request, or resets its connection.
    pub(crate) async fn serve(
        self: Arc<Self>,
        request: http::Request<Incoming>,
        client: Client,
    ) -> Result<http::Response<HeldBody>, Infallible> {
        let serving = client.busy.serve();
        let mut share = self.budget.share();
        let (parts, body) = request.into_parts();
        let mut upload = Upload::new(body, &parts.headers);
        let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
        let path = target.split_once('?').map_or(target, |(path, _)| path);
        let id = request_id(&parts.headers, region_key(&self.context.region));
        let found = self.registry().find(host(&parts.uri, &parts.headers), path, clock::milliseconds());
        let number = self.log.began(OPERATION, parts.method.as_str(), target, &parts.headers);
        let deployed = found.as_ref().map(|(deployed, _)| Arc::clone(deployed));
        let record = deployed.as_ref().map(|deployed| &deployed.record);
        let subject = Subject {
            bucket: record.map(|record| record.name.as_str()),
            path_prefix: record.map(|record| record.path_prefix.as_str()),
            object: Some(path),
            ..Subject::default()
        };
        let fault = self.faults.strike::<GatewayFault>(OPERATION, subject).map(|struck| {
            self.log.struck(number, struck.name);
            struck.effect
        });
        let mut underway = self.recent.begin(deployed.clone(), parts.method.as_str(), target, &id);
        // Where each fault hits: here, after the request is carried out, or in the body.
        let (mut refusal, mut reset_after, mut body_fault) = (None, false, None);
        match fault {
            None => {}
            Some(GatewayFault::Refuse(fault)) => refusal = Some(fault),
            Some(GatewayFault::ResetBefore) => client.wire.reset().await,
            Some(GatewayFault::ResetAfter) => reset_after = true,
            Some(GatewayFault::Body(fault)) => body_fault = Some(fault),
        }
        let (method, headers, address) = (&parts.method, &parts.headers, client.address);
        let received = Received { method, target, headers, address, found };
        let response = match &refusal {
            Some(fault) => Refusal::of_fault(fault),
            None => self
                .carry_out(&received, parts.version, &mut upload, &mut share, &mut underway)
                .await
                .unwrap_or_else(Response::from),
        };
        if reset_after {
            client.wire.reset().await;
        }
        // A client that was already silent for too long gets no second wait.
        let silent = response.status == StatusCode::REQUEST_TIMEOUT;
        let whole = !silent && let_go_by(upload, self.options.silence).await;
        let response = response.header("opc-request-id", &id);
        let response = response.header_if("connection", (!whole).then_some("close"));
        let response = match &body_fault {
            _ if parts.method == Method::HEAD => response.for_head(),
            Some(fault) => spoil(response, fault),
            None => response,
        };
        underway.request.status = Some(response.status.as_u16());
        self.log.answered(number, response.status.as_u16());
        let response = response.into_response(clock::now(0));
        Ok(response.map(|body| HeldBody::new(body, share, serving)))
    }

    /// Routes the request by its path.
    async fn carry_out(
        &self,
        received: &Received<'_>,
        version: http::Version,
        upload: &mut Upload,
        share: &mut Share,
        underway: &mut Underway<'_>,
    ) -> Result<Response, Refusal> {
        let refused = |status| Err(Refusal::new(status));
        if head_length(received, version) > HEAD_CEILING {
            return refused(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
        }
        let Some((deployed, rest)) = &received.found else { return refused(StatusCode::NOT_FOUND) };
        let Some(specification) = &deployed.specification else { return refused(StatusCode::NOT_FOUND) };
        let backend = match specification.route(received.method, rest) {
            Routed::Route(route) => &route.backend,
            Routed::Nowhere => return refused(StatusCode::NOT_FOUND),
            Routed::WrongMethod(methods) => {
                let response = Response::from(Refusal::new(StatusCode::METHOD_NOT_ALLOWED));
                return Ok(response.header(ALLOW.as_str(), &methods.join(", ")));
            }
        };
        if let Some(limiter) = &deployed.rate_limiter {
            let admitted = limiter.admit(received.address, clock::milliseconds());
            admitted.map_err(|wait| {
                Refusal::new(StatusCode::TOO_MANY_REQUESTS).retry_after(wait.div_ceil(1000))
            })?;
        }
        let announced = received.headers.get(CONTENT_LENGTH);
        let announced = announced.and_then(|length| length.to_str().ok()?.parse().ok());
        let silence = self.options.silence;
        match backend {
            Backend::StockResponse { status, headers, body } => {
                receive(upload, announced, BODY_CEILING, silence, share).await?;
                let mut response = Response::new(*status);
                response.headers = headers.clone();
                response.body = ResponseBody::whole(body.clone());
                share.take_up(body.len());
                Ok(if received.method == Method::HEAD { response.without_body() } else { response })
            }
            Backend::Function(function) => {
                let body = receive(upload, announced, REQUEST_CEILING, silence, share).await?;
                self.call(function, &deployed.record.gateway_id, received, body, share, underway).await
            }
        }
    }

    /// Invokes the function and turns its response into the client's.
    async fn call(
        &self,
        function: &str,
        gateway_id: &str,
        received: &Received<'_>,
        body: Bytes,
        share: &mut Share,
        underway: &mut Underway<'_>,
    ) -> Result<Response, Refusal> {
        let Received { method, target, headers, address, .. } = received;
        let headers = to_function::headers(headers, method, target, *address);
        let invocation = Invocation {
            headers: headers.ok_or(Refusal::new(StatusCode::BAD_REQUEST))?,
            body,
            intent: Some("httprequest".to_owned()),
            kind: InvocationType::Sync,
            subject: Some(functions::Subject {
                id: gateway_id.to_owned(),
                tenancy_id: self.context.tenancy.clone(),
                kind: "resource".to_owned(),
            }),
            opc_request_id: Some(underway.request.opc_request_id.clone()),
        };
        let response = self.functions.invoke(function, invocation).await.map_err(|error| {
            underway.request.failure = Some(error.failure.code());
            underway.request.call_id = Some(error.call_id).filter(|id| !id.is_empty());
            Refusal::from(error.failure)
        })?;
        underway.request.call_id = Some(response.call_id.clone());
        share.take_up(response.body.len());
        from_function::answer(response, method).ok_or_else(|| {
            underway.request.failure = Some("InvalidStatus");
            Refusal::new(StatusCode::BAD_GATEWAY)
        })
    }
}

/// Returns the host that the client means. A host in the request target takes precedence over the header.
fn host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> &'a str {
    let header = || headers.get(HOST).and_then(|host| host.to_str().ok());
    uri.authority().map(http::uri::Authority::as_str).or_else(header).unwrap_or_default()
}

/// Returns the length of request line and headers in bytes, as almost every client writes them: with one space after each colon.
fn head_length(received: &Received<'_>, version: http::Version) -> usize {
    let line = format!("{} {} {version:?}\r\n", received.method, received.target).len();
    let headers = received.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4);
    line + headers.sum::<usize>() + 2
}
