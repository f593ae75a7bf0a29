//! The operations on rules.

use http::StatusCode;

use super::call::Call;
use super::event_rule::RuleRecord;
use super::rule_details::RuleDetails;
use super::service::Events;
use super::state::{Change, State};
use crate::control_plane::change_compartment::destination;
use crate::control_plane::retry_tokens;
use crate::random;
use crate::wire::request::Request;
use crate::wire::response::Response;
use crate::wire::service_error::{ServiceError, limit_exceeded, resource_not_found};

/// Maximum number of rules: "50 rules per tenancy" (Events documentation, "Service Limits").
const RULES: usize = 50;

impl Events {
    pub(crate) fn create_rule(&self, request: &Request) -> Result<Response, ServiceError> {
        let details: RuleDetails = request.json()?;
        let record = details.create(&self.context)?;
        let mut state = self.state();
        if let Some(id) = self.retry_tokens.before("CREATE_RULE", request)? {
            let made = state.rules.get(&id).ok_or_else(retry_tokens::invalidated)?;
            return Ok(describe(&made.record));
        }
        let record = state.put_rule(record)?;
        self.retry_tokens.remember("CREATE_RULE", request, &record.id);
        Ok(describe(&record))
    }

    pub(crate) fn get_rule(&self, call: &Call) -> Result<Response, ServiceError> {
        self.state().rule(&call.id).map(describe)
    }

    pub(crate) fn update_rule(&self, call: &Call, request: &Request) -> Result<Response, ServiceError> {
        let details: RuleDetails = request.json()?;
        let mut state = self.state();
        let record = state.changeable(call, request)?;
        let record = state.put_rule(details.apply(record, &self.context)?)?;
        self.due.notify_one();
        Ok(describe(&record))
    }

    pub(crate) fn delete_rule(&self, call: &Call, request: &Request) -> Result<Response, ServiceError> {
        let mut state = self.state();
        let id = state.changeable(call, request)?.id;
        state.commit(Change::DropRule { id })?;
        self.due.notify_one();
        Ok(Response::new(StatusCode::NO_CONTENT))
    }

    pub(crate) fn change_rule_compartment(
        &self,
        call: &Call,
        request: &Request,
    ) -> Result<Response, ServiceError> {
        let compartment_id = destination(request)?;
        let mut state = self.state();
        let record = state.changeable(call, request)?;
        let record = state.put_rule(RuleRecord { compartment_id, etag: random::uuid(), ..record })?;
        Ok(Response::new(StatusCode::NO_CONTENT).header("etag", &record.etag))
    }
}

impl State {
    /// Stores a new or changed rule.
    pub(crate) fn put_rule(&mut self, record: RuleRecord) -> Result<RuleRecord, ServiceError> {
        if !self.rules.contains_key(&record.id) && self.rules.len() >= RULES {
            let message = format!("There are {RULES} rules, which is the limit.");
            return Err(limit_exceeded(message));
        }
        self.commit(Change::Rule(record.clone()))?;
        Ok(record)
    }

    fn rule(&self, id: &str) -> Result<&RuleRecord, ServiceError> {
        self.rules.get(id).map(|rule| &rule.record).ok_or_else(|| resource_not_found(id))
    }

    /// Returns the rule to be changed, if it is still the version that the client knows.
    fn changeable(&self, call: &Call, request: &Request) -> Result<RuleRecord, ServiceError> {
        let record = self.rule(&call.id)?;
        request.check_match(&record.etag)?;
        Ok(record.clone())
    }
}

fn describe(record: &RuleRecord) -> Response {
    Response::json(&record.document()).header("etag", &record.etag)
}
