//! The steps that every request passes through: the log, the faults and the signature, then its service.

use std::convert::Infallible;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::Method;
use hyper::body::Incoming;
use ring::digest::{self, SHA256};

use crate::access::signature::{self, Accepted, Presented, Refusal};
use crate::call::Call;
use crate::clock;
use crate::control;
use crate::faults::effects::RequestFault;
use crate::faults::subject::Subject;
use crate::interference::{refusal, spoil};
use crate::region::region_key;
use crate::services::Services;
use crate::status_page;
use crate::wire::body::ResponseBody;
use crate::wire::connection::Wire;
use crate::wire::query::Query;
use crate::wire::request::{Request, Upload};
use crate::wire::request_id::request_id;
use crate::wire::response::Response;
use crate::wire::service_error::ServiceError;

impl Services {
    /// Responds to a request, or resets its connection.
    pub(crate) async fn serve(
        self: Arc<Self>,
        request: http::Request<Incoming>,
        wire: Wire,
    ) -> Result<http::Response<ResponseBody>, Infallible> {
        let (parts, body) = request.into_parts();
        // Path and query exactly as on the wire, because the client signed them.
        let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut request = Request {
            upload: Upload::new(body, &parts.headers),
            headers: parts.headers,
            query: Query::new(query),
            content: bytes::Bytes::new(),
            content_sha256: None,
            key_id: String::new(),
            fault: None,
        };
        if path.starts_with(control::PREFIX) {
            let response = control::answer(&self, &parts.method, path, &mut request).await;
            return Ok(response.into_response(clock::now(0)));
        }
        if path == "/" && parts.method == Method::GET {
            return Ok(status_page::answer(&self).into_response(clock::now(0)));
        }
        let call = Call::new(&parts.method, path);
        let number = self.log.began(call.operation(), parts.method.as_str(), target, &request.headers);
        let stream_name = call.stream().and_then(|stream| self.streaming.stream_name(stream));
        let subject = Subject {
            bucket: call.bucket(),
            object: call.object(),
            stream: call.stream(),
            stream_name: stream_name.as_deref(),
            ..Subject::default()
        };
        let fault = self.faults.strike::<RequestFault>(call.operation(), subject).map(|struck| {
            self.log.struck(number, struck.name);
            struck.effect
        });
        let mut skew = 0;
        let mut refused = None;
        match &fault {
            Some(RequestFault::ResetBefore) => wire.reset().await,
            Some(RequestFault::Refuse(fault)) => refused = Some(refusal(fault, &call, &self.object_storage)),
            Some(RequestFault::ClockSkew { seconds }) => skew = *seconds,
            Some(RequestFault::Entries(fault)) => request.fault = Some(fault.clone()),
            // These take effect after the work, or on the way to the client.
            Some(RequestFault::ResetAfter | RequestFault::Body(_)) | None => {}
        }
        let response = match refused {
            Some(response) => response,
            None => self.carry_out(&call, &parts.method, target, &mut request, skew, number).await,
        };
        if fault == Some(RequestFault::ResetAfter) {
            wire.reset().await;
        }
        let response = response
            .header(
                "opc-request-id",
                &request_id(&request.headers, region_key(&self.identity.names().region)),
            )
            .header("x-api-id", "native")
            .header_if("opc-client-request-id", request.header("opc-client-request-id"));
        let Request { upload, .. } = request;
        // A client that held back its body might still send it on this connection, so the connection is closed.
        let close = (!response.status.is_success() && upload.is_held_back()).then_some("close");
        let response = response.header_if("connection", close);
        if !response.status.is_success() {
            upload.drain().await;
        }
        let response = match &fault {
            _ if parts.method == Method::HEAD => response.for_head(),
            Some(RequestFault::Body(fault)) => spoil(response, fault),
            _ => response,
        };
        tracing::debug!("{} {target}: {}", call.operation(), response.status);
        self.log.answered(number, response.status.as_u16());
        Ok(response.into_response(clock::now(skew)))
    }

    /// Checks the signature, then lets the service perform the operation.
    async fn carry_out(
        &self,
        call: &Call,
        method: &Method,
        target: &str,
        request: &mut Request,
        skew: i64,
        number: u64,
    ) -> Response {
        if let Call::Functions(_) = call
            && let Err(refused) = self.functions.admit(request)
        {
            return refused.into();
        }
        if let Err(refused) = self.authenticate(call, method, target, request, skew, number).await {
            return refused.into();
        }
        let answered = match call {
            Call::ObjectStorage(call) => self.object_storage.answer(call, request).await,
            Call::Streaming(call) => self.streaming.answer(call, request).await,
            Call::Functions(call) => {
                let subject = self.identity.subject_of(&request.key_id);
                self.functions.answer(call, request, subject).await
            }
            Call::ConnectorHub(call) => self.connector_hub.answer(call, request),
            Call::Events(call) => self.events.answer(call, request),
            Call::ApiGateway(call) => self.api_gateway.answer(call, request),
            Call::Instance(call) => {
                let token = |key: &_, lifetime| self.identity.instance_token(key, lifetime);
                self.identity.instance().answer(call, request, token)
            }
            Call::Unknown => {
                Err(ServiceError::not_found("NotFound", "The emulator has no service at this path."))
            }
        };
        answered.unwrap_or_else(Into::into)
    }

    async fn authenticate(
        &self,
        call: &Call,
        method: &Method,
        target: &str,
        request: &mut Request,
        skew: i64,
        number: u64,
    ) -> Result<(), ServiceError> {
        let Some(required) = call.required(method) else { return Ok(()) };
        let refused = |refusal: Refusal| {
            self.log.refused(number, &refusal.to_string());
            ServiceError::not_authenticated()
        };
        let presented = Presented { method, target, headers: &request.headers };
        let key_of = |key_id: &str| self.identity.key_of(key_id);
        let Accepted { content_sha256, key_id } =
            signature::check(&presented, required, clock::now(skew), key_of).map_err(refused)?;
        request.key_id = key_id;
        if required.content {
            request.content = request.upload.whole().await?;
            let found = BASE64_STANDARD.encode(digest::digest(&SHA256, &request.content));
            if content_sha256.as_ref() != Some(&found) {
                return Err(refused(Refusal::WrongContent));
            }
        } else {
            request.content_sha256 = content_sha256;
        }
        Ok(())
    }
}
