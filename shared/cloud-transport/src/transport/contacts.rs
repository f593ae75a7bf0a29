use crate::error::Error;
use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::sync::{Mutex, PoisonError};

/// Which hosts were reached, and which failures at first contact were logged.
#[derive(Debug, Default)]
pub(crate) struct Contacts(Mutex<BTreeMap<String, Contact>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Contact {
    Reached,
    Reported,
}

impl Contacts {
    /// Notes that there is a connection to a host.
    pub(crate) fn reached(&self, authority: &str) {
        self.note(authority, Contact::Reached);
    }

    /// Logs that there is no connection to a host, unless there was one before or this was logged already.
    pub(crate) fn report(&self, authority: &str, error: &Error) {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(authority);
        if !known {
            self.note(authority, Contact::Reported);
            tracing::warn!(host = authority, error = error as &dyn StdError, "cannot reach the host");
        }
    }

    fn note(&self, authority: &str, contact: Contact) {
        let mut contacts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Connections are made all the time, and to the same few hosts.
        if contacts.get(authority) != Some(&contact) {
            contacts.insert(authority.to_owned(), contact);
        }
    }
}
