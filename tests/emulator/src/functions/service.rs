//! The service: its deployed functions, and the invocation that all callers use.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::capacity::{Capacity, Share};
use super::connection::Reply;
use super::definition::{self, ApplicationDefinition, DefinitionError};
use super::environment;
use super::failure::{Failure, InvokeError};
use super::function::Function;
use super::function_log::{FunctionLog, LogLine};
use super::gunzip::gunzip;
use super::host::Host;
use super::invocation::{Invocation, InvocationType, InvokeResponse};
use super::ocid;
use super::program::{self, Program};
use super::recent::{RecentInvocation, RecentInvocations, Underway};
use super::request_head::{RequestHead, without_hop_by_hop};
use super::settings::Settings;
use crate::clock;
use crate::faults::effects::InvocationFault;
use crate::faults::in_force::Faults;
use crate::faults::subject::Subject;
use crate::random;
use crate::state_folder::{StateError, read_text, write_text};

/// The functions of one region. They are deployed when the emulator starts, and invoked through the API or with [`Functions::invoke`].
#[derive(Debug)]
pub struct Functions {
    pub(crate) settings: Settings,
    pub(crate) applications: Vec<Application>,
    pub(crate) functions: BTreeMap<String, Arc<Function>>,
    /// `None` if there are no functions, so that the machine does not have to support any.
    host: Option<Arc<Host>>,
    capacity: Arc<Capacity>,
    recent: RecentInvocations,
    faults: Arc<Faults>,
}

/// A deployed application.
#[derive(Debug)]
pub(crate) struct Application {
    pub(crate) id: String,
    pub(crate) definition: ApplicationDefinition,
    pub(crate) created: i64,
}

/// Maximum size of a request body in OCI Functions: 6 MB.
pub(crate) const REQUEST_CEILING: usize = 6 << 20;

/// Name of the file in the state folder that contains the applications.
const FILE: &str = "functions.json";

impl Functions {
    /// Deploys these applications and writes them to the state folder; if there are none, deploys those in the folder. The emulator's own
    /// application is deployed, too, but not written, unless another application has its name.
    pub(crate) fn open(
        settings: Settings,
        given: Vec<ApplicationDefinition>,
        own: Option<ApplicationDefinition>,
        faults: Arc<Faults>,
        folder: Option<&Path>,
    ) -> Result<Arc<Self>, StateError> {
        let text = serde_json::to_string_pretty(&given).expect("structs of text and numbers");
        let writes = folder.filter(|_| !given.is_empty());
        let applications = to_deploy(given, own, folder)?;
        let host = match has_functions(&applications) {
            true => Some(Host::open().map_err(DefinitionError::Machine)?),
            false => None,
        };
        let capacity = Capacity::new(settings.concurrency_mb);
        let (recent, functions) = (RecentInvocations::default(), BTreeMap::new());
        let mut service =
            Self { settings, applications: Vec::new(), functions, host, capacity, recent, faults };
        for application in applications {
            service.deploy(application)?;
        }
        if let Some(folder) = writes {
            std::fs::create_dir_all(folder).map_err(|error| StateError::io(folder, error))?;
            write_text(&folder.join(FILE), &text)?;
        }
        Ok(Arc::new(service))
    }

    /// Returns the error of [`Functions::open`] for these applications and programs, and changes nothing.
    pub(crate) fn check(
        programs: Option<&Path>,
        given: Vec<ApplicationDefinition>,
        own: Option<ApplicationDefinition>,
        folder: Option<&Path>,
    ) -> Result<(), StateError> {
        let applications = to_deploy(given, own, folder)?;
        for function in applications.iter().flat_map(|application| &application.functions) {
            program::find(function, programs)?;
        }
        if has_functions(&applications) {
            Host::check().map_err(DefinitionError::Machine)?;
        }
        Ok(())
    }

    fn deploy(&mut self, application: ApplicationDefinition) -> Result<(), DefinitionError> {
        let region = &self.settings.region;
        let application_id = ocid::application(region, &application.name);
        for function in &application.functions {
            let Some(host) = &self.host else { break };
            let id = ocid::function(region, &application.name, &function.name);
            let ids = (application_id.as_str(), id.as_str());
            let environment = environment::of_function(&self.settings, &application, function, ids);
            let program = Program::new(function, environment, &self.settings)?;
            let log = FunctionLog::new(&function.name);
            let ids = (id.clone(), application_id.clone());
            let function =
                Function::new(ids, &application.name, function.clone(), program, log, Arc::clone(host));
            self.functions.insert(id, function);
        }
        let created = clock::milliseconds();
        self.applications.push(Application { id: application_id, definition: application, created });
        Ok(())
    }

    /// Returns the OCID of a function.
    pub fn id_of(&self, application: &str, function: &str) -> Option<&str> {
        let fits = |one: &&Arc<Function>| one.application == application && one.definition.name == function;
        self.functions.values().find(fits).map(|function| function.id.as_str())
    }

    /// Returns every function as `application/function` followed by its OCID.
    pub fn names(&self) -> Vec<String> {
        let name = |one: &Arc<Function>| format!("{}/{} {}", one.application, one.definition.name, one.id);
        self.functions.values().map(name).collect()
    }

    /// Invokes a function. A synchronous invocation returns the response; a detached one returns as soon as it has started.
    ///
    /// Dropping the future has the same effect as a client that disconnects: the process is killed.
    pub async fn invoke(
        self: &Arc<Self>,
        id: &str,
        invocation: Invocation,
    ) -> Result<InvokeResponse, InvokeError> {
        let none = |failure| InvokeError { failure, call_id: String::new() };
        let function = self.functions.get(id).ok_or(none(Failure::NotFound))?;
        if invocation.body.len() > REQUEST_CEILING {
            return Err(none(Failure::RequestTooLarge));
        }
        let call_id = random::call_id();
        let kind = invocation.kind;
        let share = self.capacity.share(function.definition.memory).ok_or_else(|| {
            let mut underway = self.begin(function, kind, &call_id);
            fail(&mut underway, Failure::TooManyRequests)
        })?;
        match kind {
            InvocationType::Sync => {
                let underway = self.begin(function, kind, &call_id);
                run(function, invocation, underway, share, &self.faults).await
            }
            InvocationType::Detached => {
                let (service, function) = (Arc::clone(self), Arc::clone(function));
                let response = InvokeResponse { call_id: call_id.clone(), ..InvokeResponse::default() };
                tokio::spawn(async move {
                    let underway = service.begin(&function, kind, &call_id);
                    // The invocation is recorded, and nobody else waits for its result.
                    let _ = run(&function, invocation, underway, share, &service.faults).await;
                });
                Ok(response)
            }
        }
    }

    /// Returns the latest invocations, most recent last.
    pub fn recent(&self) -> Vec<RecentInvocation> {
        self.recent.all()
    }

    /// Returns the latest output of a function's processes; empty for an unknown function.
    pub fn log(&self, id: &str) -> Vec<LogLine> {
        self.functions.get(id).map(|function| function.log.lines()).unwrap_or_default()
    }

    /// Returns the number of idle processes of a function.
    pub fn warm(&self, id: &str) -> usize {
        self.functions.get(id).map_or(0, |function| function.resting())
    }

    /// Describes how this machine limits the memory of processes.
    pub fn memory_limit(&self) -> &'static str {
        self.host.as_ref().map_or("no function, no limit", |host| host.memory.description())
    }

    /// Returns the status of the service for the control API.
    pub(crate) fn status(&self) -> Value {
        let functions = self.functions.values().map(|function| {
            json!({
                "id": function.id,
                "application": function.application,
                "function": function.definition.name,
                "warm": function.resting(),
            })
        });
        json!({
            "functions": functions.collect::<Vec<_>>(),
            "memory_limit": self.memory_limit(),
            "invocations": self.recent(),
        })
    }

    /// Kills all processes. Invocations in progress and all later ones fail.
    pub(crate) fn stop(&self) {
        if let Some(host) = &self.host {
            host.guard.stop();
        }
        for function in self.functions.values() {
            function.clear();
        }
    }

    fn begin(&self, function: &Function, kind: InvocationType, call_id: &str) -> Underway<'_> {
        self.recent.begin(&function.application, &function.definition.name, call_id, kind.name())
    }
}

/// Returns the valid applications to deploy: the given ones, or if there are none, those in the folder. The emulator's own application is
/// among them, unless another one has its name.
fn to_deploy(
    given: Vec<ApplicationDefinition>,
    own: Option<ApplicationDefinition>,
    folder: Option<&Path>,
) -> Result<Vec<ApplicationDefinition>, StateError> {
    let mut applications = given;
    if let Some(folder) = folder.filter(|_| applications.is_empty()) {
        let path = folder.join(FILE);
        if let Some(text) = read_text(&path)? {
            applications = serde_json::from_str(&text)
                .map_err(|error| DefinitionError::File { path, problem: error.to_string() })?;
        }
    }
    applications.extend(own.filter(|own| !applications.iter().any(|other| other.name == own.name)));
    definition::check(&applications)?;
    Ok(applications)
}

fn has_functions(applications: &[ApplicationDefinition]) -> bool {
    applications.iter().any(|application| !application.functions.is_empty())
}

/// Performs one invocation, on an idle process or on a new one.
async fn run(
    function: &Arc<Function>,
    invocation: Invocation,
    mut underway: Underway<'_>,
    _share: Share,
    faults: &Faults,
) -> Result<InvokeResponse, InvokeError> {
    let mut container = match function.take() {
        Some(container) => container,
        None => {
            underway.invocation.cold = true;
            function.start().await.map_err(|failure| fail(&mut underway, failure))?
        }
    };
    let call_id = underway.invocation.call_id.clone();
    let definition = &function.definition;
    let seconds = match invocation.kind {
        InvocationType::Sync => definition.timeout,
        InvocationType::Detached => definition.detached_timeout.unwrap_or(definition.timeout),
    };
    // A cold start does not count toward the timeout.
    let told = clock::seconds().saturating_add(i64::try_from(seconds).unwrap_or(i64::MAX));
    let deadline = Instant::now() + Duration::from_secs(seconds);
    let opc_request_id = invocation
        .opc_request_id
        .clone()
        .unwrap_or_else(|| format!("{}/{}", random::request_part(), random::request_part()));
    let head = RequestHead::new(&invocation, &call_id, &opc_request_id, told);
    let subject =
        Subject { bucket: Some(&function.application), object: Some(&definition.name), ..Subject::default() };
    let fault = faults.strike::<InvocationFault>("CallFunction", subject);
    let _doom = fault.map(|struck| match struck.effect {
        InvocationFault::Kill { after_milliseconds } => {
            container.doom(Duration::from_millis(after_milliseconds))
        }
    });
    let verdict = container.call(head.headers, invocation.body, deadline).await;
    underway.invocation.kept = Some(verdict.kept);
    if verdict.kept {
        function.rest(container);
    } else {
        let reason = verdict.response.as_ref().err().map(ToString::to_string);
        container.end(&reason.unwrap_or_default());
    }
    let response = verdict.response.and_then(|reply| answer(reply, head.unzips, call_id));
    underway.invocation.status = 200;
    response.map_err(|failure| fail(&mut underway, failure))
}

/// Converts a function's reply to the response for the caller.
fn answer(reply: Reply, unzips: bool, call_id: String) -> Result<InvokeResponse, Failure> {
    let mut headers = without_hop_by_hop(reply.headers);
    headers.remove(CONTENT_LENGTH);
    let mut body = reply.body;
    if unzips && headers.get(CONTENT_ENCODING).is_some_and(|encoding| encoding == "gzip") {
        headers.remove(CONTENT_ENCODING);
        body = gunzip(&body)?;
    }
    Ok(InvokeResponse { headers, body, call_id })
}

fn fail(underway: &mut Underway<'_>, failure: Failure) -> InvokeError {
    underway.invocation.status = failure.status().as_u16();
    underway.invocation.code = Some(failure.code());
    InvokeError { failure, call_id: underway.invocation.call_id.clone() }
}
