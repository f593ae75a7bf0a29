//! Assembles all services of a cloud.

use std::sync::Arc;

use crate::access::identity::Identity;
use crate::access::names::Names;
use crate::api_gateway::{self, ApiGateway};
use crate::connector_hub::{self, ConnectorHub};
use crate::events::{self, Events};
use crate::faults::in_force::Faults;
use crate::functions::{self, Functions};
use crate::object_storage::{self, ObjectStorage};
use crate::options::Options;
use crate::pipeline::Pipeline;
use crate::preflight;
use crate::request_log::RequestLog;
use crate::services::Services;
use crate::state_folder::{StateError, StateFolder};
use crate::streaming::{self, Streaming};

/// The addresses at which clients reach the cloud.
#[derive(Debug)]
pub(crate) struct Addresses {
    pub(crate) url: String,
    /// The URL for programs on this machine, such as functions.
    pub(crate) url_for_functions: String,
    /// Host and port of the deployments in API Gateway.
    pub(crate) gateway_authority: String,
}

/// What the services need to be opened.
struct Assembly {
    options: Options,
    addresses: Addresses,
    folder: StateFolder,
    identity: Identity,
    faults: Arc<Faults>,
    log: Arc<RequestLog>,
}

/// Opens the cloud in the state folder, or an empty cloud in memory. It does not yet serve, deliver or move anything.
pub(crate) fn assemble(
    options: Options,
    addresses: Addresses,
) -> Result<(Arc<Services>, StateFolder), StateError> {
    preflight::check(&options)?;
    let assembly = Assembly::new(options, addresses)?;
    // Before it creates anything, Streaming checks its options against the streams that exist.
    let streaming = assembly.streaming()?;
    let events = events::State::open(assembly.folder.service("events").as_deref())?;
    // Object Storage does not repeat events that Events already has.
    let object_storage = assembly.object_storage(events.taken())?;
    let functions = assembly.functions(&streaming)?;
    let connector_hub = assembly.connector_hub(&object_storage, &streaming)?;
    let events = assembly.events(events, &object_storage, &streaming, &functions);
    let api_gateway = assembly.api_gateway(&functions)?;
    let Assembly { options, folder, identity, faults, log, .. } = assembly;
    let services = Services {
        identity,
        faults,
        log,
        object_storage,
        streaming,
        functions,
        connector_hub,
        events,
        api_gateway,
        refuse_rotated_tokens: options.refuse_rotated_tokens,
    };
    Ok((Arc::new(services), folder))
}

impl Assembly {
    fn new(options: Options, addresses: Addresses) -> Result<Self, StateError> {
        let folder = match &options.state {
            Some(path) => StateFolder::open(path, options.fresh)?,
            None => StateFolder::temporary()?,
        };
        let identity = Identity::open(&folder.credentials()?, &options.region, options.token_lifetime)?;
        let faults = Arc::new(Faults::new(options.seed, options.faults.clone()));
        Ok(Self { options, addresses, folder, identity, faults, log: Arc::default() })
    }

    fn object_storage(&self, taken: u64) -> Result<Arc<ObjectStorage>, StateError> {
        let Names { region, tenancy, user, .. } = self.identity.names();
        let settings = object_storage::Settings {
            namespace: self.options.namespace.clone(),
            region: region.clone(),
            tenancy: tenancy.clone(),
            user: user.clone(),
            copy_delay: self.options.copy_delay,
        };
        let of_pipeline = self.options.pipeline.iter().flat_map(Pipeline::buckets);
        let buckets: Vec<String> = self.options.buckets.iter().cloned().chain(of_pipeline).collect();
        ObjectStorage::open(settings, self.folder.service("object-storage").as_deref(), &buckets, taken)
    }

    fn streaming(&self) -> Result<Arc<Streaming>, StateError> {
        let Names { region, tenancy, .. } = self.identity.names();
        let context = streaming::StreamingContext {
            folder: self.folder.service("streaming"),
            region: region.clone(),
            tenancy: tenancy.clone(),
            url: self.addresses.url.clone(),
            seed: self.options.seed,
        };
        Streaming::open(self.options.streaming.clone(), context)
    }

    fn functions(&self, streaming: &Arc<Streaming>) -> Result<Arc<Functions>, StateError> {
        let url = &self.addresses.url_for_functions;
        let own = self.options.pipeline.as_ref().map(|pipeline| {
            let stream = streaming.readers().into_iter().find(|stream| stream.name() == pipeline.stream);
            let stream_id = stream.map(|stream| stream.id()).unwrap_or_default();
            pipeline.application(&self.options.namespace, &stream_id, url)
        });
        let Names { region, tenancy, .. } = self.identity.names();
        let settings = functions::Settings {
            region: region.clone(),
            compartment: tenancy.clone(),
            url: url.clone(),
            credentials: self.identity.folder().to_owned(),
            concurrency_mb: self.options.concurrency_mb,
            programs: self.options.programs.clone(),
        };
        let (definitions, folder) = (self.options.functions.clone(), self.folder.service("functions"));
        Functions::open(settings, definitions, own, Arc::clone(&self.faults), folder.as_deref())
    }

    fn connector_hub(
        &self,
        object_storage: &Arc<ObjectStorage>,
        streaming: &Arc<Streaming>,
    ) -> Result<Arc<ConnectorHub>, StateError> {
        let context = connector_hub::HubContext {
            folder: self.folder.service("connector-hub"),
            tenancy: self.identity.names().tenancy.clone(),
        };
        let (object_storage, streaming) = (Arc::clone(object_storage), Arc::clone(streaming));
        ConnectorHub::open(context, object_storage, streaming, Arc::clone(&self.faults))
    }

    fn events(
        &self,
        state: events::State,
        object_storage: &Arc<ObjectStorage>,
        streaming: &Arc<Streaming>,
        functions: &Arc<Functions>,
    ) -> Arc<Events> {
        let Names { region, tenancy, .. } = self.identity.names();
        let context = events::EventsContext::new(region, tenancy, &self.options.namespace);
        let neighbours = events::Neighbours {
            object_storage: Arc::clone(object_storage),
            functions: Arc::clone(functions),
            streaming: Arc::clone(streaming),
            faults: Arc::clone(&self.faults),
        };
        Events::new(self.options.events.clone(), context, state, neighbours)
    }

    fn api_gateway(&self, functions: &Arc<Functions>) -> Result<Arc<ApiGateway>, StateError> {
        let Names { region, tenancy, .. } = self.identity.names();
        let context = api_gateway::GatewayContext {
            folder: self.folder.service("api-gateway"),
            region: region.clone(),
            tenancy: tenancy.clone(),
            authority: self.addresses.gateway_authority.clone(),
        };
        let (functions, faults) = (Arc::clone(functions), Arc::clone(&self.faults));
        ApiGateway::open(self.options.gateway.clone(), context, functions, faults, Arc::clone(&self.log))
    }
}
