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

/// A running emulator. Dropping it closes all connections immediately; [`Emulator::stop`] lets requests finish first.
#[derive(Debug)]
pub struct Emulator {
    url: String,
    services: Arc<Services>,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
    serving_gateways: JoinHandle<()>,
    sweeping: JoinHandle<()>,
    delivering: JoinHandle<()>,
    /// Declared last because dropping it deletes a temporary folder.
    _folder: StateFolder,
}

/// How often all streams are searched for expired messages, even if no client uses them. Messages are retained for at least a day.
const SWEEP_INTERVAL: Duration = Duration::from_secs(60);

/// The reason why the emulator cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The options are invalid.
    #[error("{}", problems.join("; "))]
    Options {
        /// All errors in the options.
        problems: Vec<String>,
    },
    /// The state folder cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// The address is in use, or does not belong to this machine.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address that cannot be used.
        address: SocketAddr,
        /// The system's error.
        source: io::Error,
    },
    /// The task that opens the services ended early.
    #[error("cannot start the services: {0}")]
    Credentials(String),
    /// The pipeline cannot be set up.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
}

impl Emulator {
    /// Starts an emulator in the current Tokio runtime. Once this returns, the emulator serves requests.
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
        // Generating RSA keys takes the better part of a second.
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

    /// Returns the URL of all services: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the folder with `config`, the keys that it names, and `resource-principal/rpst` and `private.pem`. Without a state folder,
    /// it is a temporary folder, which is deleted with this value.
    pub fn folder(&self) -> &Path {
        self.services.identity.folder()
    }

    /// Returns the OCID of the tenancy, whose root compartment contains the initial buckets.
    pub fn tenancy(&self) -> &str {
        &self.services.identity.names().tenancy
    }

    /// Returns the fault rules, which can be changed at any time.
    pub fn faults(&self) -> &Faults {
        &self.services.faults
    }

    /// Returns the functions, which this process can invoke directly.
    pub fn functions(&self) -> &Arc<Functions> {
        &self.services.functions
    }

    /// Returns the Events service: its events, deliveries and rules.
    pub fn events(&self) -> &Arc<Events> {
        &self.services.events
    }

    /// Makes a bucket emit events about its objects, like its setting `objectEventsEnabled`. Returns false if the bucket does not exist.
    pub fn emit_object_events(&self, bucket: &str) -> io::Result<bool> {
        self.services.object_storage.emit_events(bucket).map_err(io::Error::other)
    }

    /// Returns the URL of API Gateway's deployments, without their path prefixes: `http://127.0.0.1:PORT`.
    pub fn gateway_url(&self) -> String {
        self.services.api_gateway.url()
    }

    /// Routes requests below a path prefix to functions, and returns the deployment's URL. Creates a deployment with this name on the
    /// emulator's own gateway, or changes the existing one to match. Repeating the call changes nothing.
    pub fn ensure_deployment(
        &self,
        name: &str,
        path_prefix: &str,
        routes: &[GatewayRoute],
    ) -> Result<String, DeploymentError> {
        self.services.api_gateway.ensure_deployment(name, path_prefix, routes)
    }

    /// Returns API Gateway's deployments with the counts of their responses, and the latest requests.
    pub fn gateway_status(&self) -> GatewayStatus {
        self.services.api_gateway.status()
    }

    /// Returns all requests so far, in order.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.services.log.all()
    }

    /// Forgets all requests so far.
    pub fn clear_requests(&self) {
        self.services.log.clear();
    }

    /// Returns the streams, sorted by name, so that this process can read and watch them.
    pub fn streams(&self) -> Vec<StreamReader> {
        self.services.streaming.readers()
    }

    /// Returns the stream with a name; the first one if several pools have such a stream.
    pub fn stream(&self, name: &str) -> Option<StreamReader> {
        self.streams().into_iter().find(|stream| stream.name() == name)
    }

    /// Moves the clock of the Streaming service ahead: cursors expire, group members time out, messages leave retention, and rate limits
    /// recover. The clock can be at most 100 years ahead; beyond that, nothing changes and the result is false.
    pub fn advance_streaming_clock(&self, by: Duration) -> bool {
        self.services.streaming.clock.advance(by)
    }

    /// Returns the connectors, sorted by name, with their progress in every partition.
    pub fn connectors(&self) -> Vec<ConnectorStatus> {
        self.services.connector_hub.statuses()
    }

    /// Makes every active connector write everything that is in its stream now, whatever the size and age of its objects. Returns once it
    /// is in the buckets. Individual failures are retried. An error means that a bucket rejected a partition's object several times in a
    /// row (the connector still keeps trying), or that a connector's stream was deleted.
    pub async fn flush_connectors(&self) -> Result<(), FlushError> {
        self.services.connector_hub.flush().await
    }

    /// Creates an active connector from a stream to a bucket, unless one with its name exists, and returns its OCID. An existing
    /// connector gets the rollover settings, and the given stream if its own was deleted; nothing else about it changes.
    pub fn ensure_connector(
        &self,
        name: &str,
        stream: &str,
        bucket: &str,
        details: ConnectorDetails,
    ) -> Result<String, ConnectorError> {
        self.services.connector_hub.ensure_connector(name, stream, bucket, details)
    }

    /// Writes a new resource principal token, valid for `lifetime`, and its key. [`Options::refuse_rotated_tokens`] decides what happens
    /// to the old token.
    pub fn rotate_resource_principal(&self, lifetime: Duration) -> Result<(), StateError> {
        self.services.identity.rotate(lifetime, self.services.refuse_rotated_tokens)
    }

    /// Rejects the resource principal's current token with a 401 until it is rotated.
    pub fn refuse_token(&self) {
        self.services.identity.refuse_current();
    }

    /// Stops listening, lets requests in progress finish, and closes the connections.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        // The tasks do not panic, and only dropping `self` aborts them.
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

/// Deletes expired messages at regular intervals.
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

/// Returns the address at which this machine reaches an emulator. One that listens on all interfaces is reached through the loopback.
fn reachable(mut bound: SocketAddr) -> SocketAddr {
    if bound.ip().is_unspecified() {
        bound.set_ip(if bound.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() });
    }
    bound
}
