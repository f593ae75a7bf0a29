use crate::error::Error;
use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::sync::{Mutex, PoisonError};

/// Remembers which hosts have been reached, and for which a failed first contact has been logged.
#[derive(Debug, Default)]
pub(crate) struct Contacts(Mutex<BTreeMap<String, Contact>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Contact {
    Reached,
    Reported,
}

impl Contacts {
    /// Notes that a host has been reached.
    pub(crate) fn reached(&self, authority: &str) {
        self.note(authority, Contact::Reached);
    }

    /// Logs that a host cannot be reached, unless it has been reached before or this has already been logged.
    pub(crate) fn report(&self, authority: &str, error: &Error) {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(authority);
        if !known {
            self.note(authority, Contact::Reported);
            tracing::warn!(host = authority, error = error as &dyn StdError, "cannot reach the host");
        }
    }

    fn note(&self, authority: &str, contact: Contact) {
        let mut contacts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Connections are made frequently, but to the same few hosts, so this avoids most allocations.
        if contacts.get(authority) != Some(&contact) {
            contacts.insert(authority.to_owned(), contact);
        }
    }
}
