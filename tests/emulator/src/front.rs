//! What every request goes through: the log, the faults, the signature; then the service it is for.

use std::convert::Infallible;
use std::sync::Arc;

use aws_lc_rs::digest::{self, SHA256};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::{Method, Response, StatusCode};
use hyper::body::Incoming;

use crate::answer::Answer;
use crate::api_gateway::{self, ApiGateway};
use crate::body::AnswerBody;
use crate::clock;
use crate::control;
use crate::faults::{Faults, Subject};
use crate::functions::{self, Functions};
use crate::identity::Identity;
use crate::instance;
use crate::object_storage::{self, ObjectStorage};
use crate::query::Query;
use crate::request::{Request, Upload};
use crate::request_id::request_id;
use crate::request_log::RequestLog;
use crate::rule::Fault;
use crate::service_error::ServiceError;
use crate::signature::{self, Accepted, Presented, Refusal, Required};
use crate::streaming::{self, Streaming};
use crate::wire::Wire;

/// The one door of all services.
#[derive(Debug)]
pub(crate) struct Front {
    pub(crate) identity: Identity,
    pub(crate) faults: Arc<Faults>,
    pub(crate) log: Arc<RequestLog>,
    pub(crate) object_storage: Arc<ObjectStorage>,
    pub(crate) streaming: Arc<Streaming>,
    pub(crate) functions: Arc<Functions>,
    pub(crate) api_gateway: Arc<ApiGateway>,
    pub(crate) refuse_rotated_tokens: bool,
}

/// A request with the service it is for. A further service is one more variant here.
#[derive(Debug)]
enum Call {
    ObjectStorage(object_storage::Call),
    Streaming(streaming::Call),
    Functions(functions::Call),
    ApiGateway(api_gateway::Call),
    /// The metadata service of an instance and the federation of its principal.
    Instance(instance::Call),
    /// A path that no service has.
    Unknown,
}

impl Front {
    /// Answers one request, or resets its connection.
    pub(crate) async fn serve(
        self: Arc<Self>,
        request: http::Request<Incoming>,
        wire: Wire,
    ) -> Result<Response<AnswerBody>, Infallible> {
        let (parts, body) = request.into_parts();
        // What came over the wire, byte for byte: it is what the client signed.
        let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut request = Request {
            upload: Upload::new(body, &parts.headers),
            headers: parts.headers,
            query: Query::new(query),
            content: bytes::Bytes::new(),
            content_sha256: None,
            key_id: String::new(),
        };
        if path.starts_with(control::PREFIX) {
            let answer = control::answer(&self, &parts.method, path, &mut request).await;
            return Ok(answer.into_response(clock::now(0)));
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
        let fault = self.faults.strike(call.operation(), subject);
        if let Some(fault) = &fault {
            self.log.struck(number, fault.name());
        }
        if fault == Some(Fault::ResetBefore) {
            wire.reset().await;
        }
        let skew = match fault {
            Some(Fault::ClockSkew { seconds }) => seconds,
            _ => 0,
        };
        let answer = match fault.as_ref().and_then(|fault| refusal(fault, &call, &self.object_storage)) {
            Some(answer) => answer,
            None => self.carry_out(&call, &parts.method, target, &mut request, skew, number).await,
        };
        if fault == Some(Fault::ResetAfter) {
            wire.reset().await;
        }
        let answer = answer
            .header(
                "opc-request-id",
                &request_id(&request.headers, region_key(&self.identity.names().region)),
            )
            .header("x-api-id", "native")
            .header_if("opc-client-request-id", request.header("opc-client-request-id"));
        let Request { upload, .. } = request;
        if !answer.status.is_success() {
            upload.drain().await;
        }
        let answer =
            if parts.method == Method::HEAD { answer.for_head() } else { paced(answer, fault.as_ref()) };
        self.log.answered(number, answer.status.as_u16());
        Ok(answer.into_response(clock::now(skew)))
    }

    /// Checks the signature and lets the service do its work.
    async fn carry_out(
        &self,
        call: &Call,
        method: &Method,
        target: &str,
        request: &mut Request,
        skew: i64,
        number: u64,
    ) -> Answer {
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
            Call::ApiGateway(call) => self.api_gateway.answer(call, request),
            Call::Instance(call) => self.identity.instance().answer(call, request, &self.identity),
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

impl Call {
    fn new(method: &Method, path: &str) -> Self {
        if let Some(call) = instance::Call::new(method, path) {
            return Self::Instance(call);
        }
        if let Some(call) = streaming::Call::new(method, path) {
            return Self::Streaming(call);
        }
        if let Some(call) = functions::Call::new(method, path) {
            return Self::Functions(call);
        }
        if let Some(call) = api_gateway::Call::new(method, path) {
            return Self::ApiGateway(call);
        }
        object_storage::Call::new(method, path).map_or(Self::Unknown, Self::ObjectStorage)
    }

    fn operation(&self) -> &'static str {
        match self {
            Self::ObjectStorage(call) => call.operation.name(),
            Self::Streaming(call) => call.operation.name(),
            Self::Functions(call) => call.operation.name(),
            Self::ApiGateway(call) => call.operation.name(),
            Self::Instance(call) => call.operation(),
            Self::Unknown => "Unknown",
        }
    }

    fn bucket(&self) -> Option<&str> {
        match self {
            Self::ObjectStorage(call) => Some(call.bucket.as_str()).filter(|bucket| !bucket.is_empty()),
            _ => None,
        }
    }

    fn object(&self) -> Option<&str> {
        match self {
            Self::ObjectStorage(call) => call.object.as_deref().filter(|object| !object.is_empty()),
            _ => None,
        }
    }

    fn stream(&self) -> Option<&str> {
        match self {
            Self::Streaming(call) => call.stream(),
            _ => None,
        }
    }

    /// What has to be signed; `None` for what takes no signature.
    fn required(&self, method: &Method) -> Option<Required> {
        match self {
            Self::ObjectStorage(call) => Some(Required { host: true, content: call.signs_content(method) }),
            Self::Streaming(call) => Some(Required { host: true, content: call.signs_content(method) }),
            Self::Functions(call) => Some(Required { host: true, content: call.signs_content() }),
            Self::ApiGateway(call) => Some(Required { host: true, content: call.signs_content(method) }),
            Self::Instance(instance::Call::Federation) => Some(Required { host: false, content: true }),
            Self::Instance(_) => None,
            Self::Unknown => Some(Required { host: true, content: false }),
        }
    }
}

/// The answer that a fault gives in the service's place, if it is one of that kind.
fn refusal(fault: &Fault, call: &Call, object_storage: &ObjectStorage) -> Option<Answer> {
    let retry = |answer: Answer, seconds: &Option<u64>| match seconds {
        Some(seconds) => answer.retry_after(*seconds),
        None => answer,
    };
    Some(match fault {
        Fault::Throttle { retry_after_seconds } => {
            let message = "User-rate limit exceeded.";
            retry(
                Answer::error(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", message),
                retry_after_seconds,
            )
        }
        Fault::InternalError => {
            let message = "An internal server error occurred.";
            Answer::error(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError", message)
        }
        Fault::Unavailable { retry_after_seconds } => {
            let message = "The service is currently unavailable.";
            let answer = Answer::error(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", message);
            retry(answer, retry_after_seconds)
        }
        Fault::BadGateway => bad_gateway(),
        Fault::ExpiredToken => ServiceError::not_authenticated().into(),
        Fault::FalseNotFound => match call {
            Call::Streaming(call) => streaming::stream_not_found(&call.id).into(),
            _ => {
                let namespace = &object_storage.settings.namespace;
                object_storage::bucket_not_found(namespace, call.bucket().unwrap_or_default()).into()
            }
        },
        Fault::ResetBefore
        | Fault::ResetAfter
        | Fault::SlowBody { .. }
        | Fault::Stall { .. }
        | Fault::TruncatedBody { .. }
        | Fault::ClockSkew { .. }
        | Fault::KillFunction { .. } => return None,
    })
}

/// What a proxy before the service answers.
pub(crate) fn bad_gateway() -> Answer {
    let page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n";
    Answer::text(StatusCode::BAD_GATEWAY, "text/html", page)
}

/// Slows or cuts an answer's body as the fault has it.
pub(crate) fn paced(mut answer: Answer, fault: Option<&Fault>) -> Answer {
    answer.body = match fault {
        Some(Fault::SlowBody { bytes_per_second }) => answer.body.slowed(*bytes_per_second),
        Some(Fault::Stall { after_bytes }) => answer.body.stalled(*after_bytes),
        Some(Fault::TruncatedBody { after_bytes }) => answer.body.truncated(*after_bytes),
        _ => answer.body,
    };
    answer
}

/// The airport in a region's request ids; of a region that is not listed, its city's first letters.
pub(crate) fn region_key(region: &str) -> &str {
    match region {
        "eu-frankfurt-1" => "fra",
        "us-ashburn-1" => "iad",
        "us-phoenix-1" => "phx",
        "uk-london-1" => "lhr",
        _ => region.split('-').nth(1).and_then(|city| city.get(..3)).unwrap_or("xyz"),
    }
}
