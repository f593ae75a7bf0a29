//! A running emulator.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::api_gateway::{self, DeploymentError, GatewayRoute, GatewayStatus};
use crate::assembly::{Addresses, assemble};
use crate::connector_hub::{ConnectorDetails, ConnectorError, ConnectorStatus, FlushError};
use crate::events::Events;
use crate::faults::in_force::Faults;
use crate::functions::Functions;
use crate::options::Options;
use crate::pipeline_setup::{PipelineError, set_up};
use crate::request_log::LoggedRequest;
use crate::services::Services;
use crate::state_folder::{StateError, StateFolder};
use crate::streaming::{StreamReader, Streaming};
use crate::wire::connection;

/// The cloud, as long as this value lives. Dropping it cuts every connection; [`Emulator::stop`] lets requests finish.
#[derive(Debug)]
pub struct Emulator {
    url: String,
    services: Arc<Services>,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
    serving_gateways: JoinHandle<()>,
    sweeping: JoinHandle<()>,
    delivering: JoinHandle<()>,
    /// Last, since a temporary folder goes with it.
    _folder: StateFolder,
}

/// Between two looks for messages that are out of retention in streams that nobody uses. Retention is a day at least.
const SWEEP_INTERVAL: Duration = Duration::from_secs(60);

/// The emulator cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The options are not as they may be.
    #[error("{}", problems.join("; "))]
    Options {
        /// All that is wrong with them.
        problems: Vec<String>,
    },
    /// The state folder cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// The address is taken, or is not one of this machine.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// Making the keys did not come to an end.
    #[error("cannot make the credentials: {0}")]
    Credentials(String),
    /// The pipeline cannot be set up.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
}

impl Emulator {
    /// Starts an emulator inside the present tokio runtime. When it returns, requests are served.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let problems = options.problems();
        if !problems.is_empty() {
            return Err(StartError::Options { problems });
        }
        let (listener, bound) = listen(options.listen).await?;
        let (gateway_listener, gateway_bound) = listen(options.gateway_listen).await?;
        let url = format!("http://{bound}");
        let (pipeline, head_timeout) = (options.pipeline.clone(), options.head_timeout);
        let addresses = Addresses {
            url: url.clone(),
            url_for_functions: format!("http://{}", reachable(bound)),
            gateway_authority: reachable(gateway_bound).to_string(),
        };
        // Making RSA keys takes a good part of a second.
        let (services, folder) = tokio::task::spawn_blocking(move || assemble(options, addresses))
            .await
            .map_err(|error| StartError::Credentials(error.to_string()))??;
        let (stop, stopping) = watch::channel(false);
        let gateways = Arc::clone(&services.api_gateway);
        let serving_gateways =
            tokio::spawn(api_gateway::listen(gateway_listener, gateways, stopping.clone()));
        let serving = {
            let services = Arc::clone(&services);
            let answer = move |request, wire| Arc::clone(&services).serve(request, wire);
            tokio::spawn(connection::serve(listener, answer, head_timeout, stopping))
        };
        services.connector_hub.start();
        let sweeping = tokio::spawn(sweep(Arc::downgrade(&services.streaming)));
        let delivering = tokio::spawn(Arc::clone(&services.events).run());
        let emulator =
            Self { url, services, stop, serving, serving_gateways, sweeping, delivering, _folder: folder };
        if let Some(pipeline) = pipeline {
            set_up(&pipeline, &emulator.services)?;
        }
        Ok(emulator)
    }

    /// Where all services are: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The folder with `config`, the keys it names, and `resource-principal/rpst` and `private.pem`. Without a state folder
    /// it is temporary, and gone with this value.
    pub fn folder(&self) -> &Path {
        self.services.identity.folder()
    }

    /// The tenancy's OCID, which is also the compartment of the buckets that exist from the start.
    pub fn tenancy(&self) -> &str {
        &self.services.identity.names().tenancy
    }

    /// The faults, to be changed at any time.
    pub fn faults(&self) -> &Faults {
        &self.services.faults
    }

    /// The functions, to be invoked from inside.
    pub fn functions(&self) -> &Arc<Functions> {
        &self.services.functions
    }

    /// The events and what becomes of them, to be watched and waited for, and the rules.
    pub fn events(&self) -> &Arc<Events> {
        &self.services.events
    }

    /// Lets a bucket emit events of its objects, as its setting `objectEventsEnabled` does. False when there is no bucket of the
    /// name.
    pub fn emit_object_events(&self, bucket: &str) -> io::Result<bool> {
        self.services.object_storage.emit_events(bucket).map_err(io::Error::other)
    }

    /// Where API Gateway's deployments are called: `http://127.0.0.1:PORT`, before their prefixes.
    pub fn gateway_url(&self) -> String {
        self.services.api_gateway.url()
    }

    /// Sees to it that requests below a path prefix reach functions: makes a deployment of this name on the emulator's own gateway, or
    /// changes the one that is there to be as described. Gives its URL. Done again, it changes nothing.
    pub fn ensure_deployment(
        &self,
        name: &str,
        path_prefix: &str,
        routes: &[GatewayRoute],
    ) -> Result<String, DeploymentError> {
        self.services.api_gateway.ensure_deployment(name, path_prefix, routes)
    }

    /// API Gateway's deployments with what went through them, and the last requests.
    pub fn gateway_status(&self) -> GatewayStatus {
        self.services.api_gateway.status()
    }

    /// Every request so far, in the order in which they came.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.services.log.all()
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        self.services.log.clear();
    }

    /// The streams that are there, in the order of their names: read, waited for and watched in this process.
    pub fn streams(&self) -> Vec<StreamReader> {
        self.services.streaming.readers()
    }

    /// The stream of a name, the first one if several pools have it.
    pub fn stream(&self, name: &str) -> Option<StreamReader> {
        self.streams().into_iter().find(|stream| stream.name() == name)
    }

    /// Moves the Streaming service's clock ahead: cursors expire, members of groups time out, messages leave retention, and
    /// limits have room again. It can be 100 years ahead in all; what would be more changes nothing, and gives false.
    pub fn advance_streaming_clock(&self, by: Duration) -> bool {
        self.services.streaming.clock.advance(by)
    }

    /// The connectors that are there, in the order of their names: how far each is with every partition.
    pub fn connectors(&self) -> Vec<ConnectorStatus> {
        self.services.connector_hub.statuses()
    }

    /// Lets every active connector write all that is in its stream now, whatever the size and age of its objects, and returns when it
    /// is in the buckets. Single failures are retried; an error means that the bucket did not take a partition's object several times
    /// in a row, which is tried further all the same, or that a connector's stream is gone.
    pub async fn flush_connectors(&self) -> Result<(), FlushError> {
        self.services.connector_hub.flush().await
    }

    /// Makes an active connector from a stream to a bucket, both by their names, unless there is one of its name. Gives its OCID. One
    /// that is there gets the sizes and times that end its objects, and the stream if its own was deleted; otherwise it stays as it is.
    pub fn ensure_connector(
        &self,
        name: &str,
        stream: &str,
        bucket: &str,
        details: ConnectorDetails,
    ) -> Result<String, ConnectorError> {
        self.services.connector_hub.ensure_connector(name, stream, bucket, details)
    }

    /// Puts a new resource principal token, good for `lifetime`, and its key into the files. What becomes of the old token
    /// is said by [`Options::refuse_rotated_tokens`].
    pub fn rotate_resource_principal(&self, lifetime: Duration) -> Result<(), StateError> {
        self.services.identity.rotate(lifetime, self.services.refuse_rotated_tokens)
    }

    /// Refuses the resource principal's present token from now on: 401 until it is rotated.
    pub fn refuse_token(&self) {
        self.services.identity.refuse_current();
    }

    /// Stops listening, lets requests that are being served finish, and closes the connections.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        // Serving panics never and is aborted only by the drop below.
        let _ = tokio::join!(&mut self.serving, &mut self.serving_gateways);
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.serving.abort();
        self.serving_gateways.abort();
        self.sweeping.abort();
        self.services.connector_hub.stop();
        self.delivering.abort();
        self.services.functions.stop();
    }
}

/// Deletes what is out of retention, now and then.
async fn sweep(streaming: Weak<Streaming>) {
    loop {
        tokio::time::sleep(SWEEP_INTERVAL).await;
        match streaming.upgrade() {
            Some(streaming) => streaming.sweep(),
            None => return,
        }
    }
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

/// Where an emulator that listens here is found on this machine: one that listens everywhere is also on the loopback.
fn reachable(mut bound: SocketAddr) -> SocketAddr {
    if bound.ip().is_unspecified() {
        bound.set_ip(if bound.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() });
    }
    bound
}
