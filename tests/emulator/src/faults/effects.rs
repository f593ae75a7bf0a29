//! The effects of faults, with one type for each kind of operation. An operation can be hit by exactly those faults that have a variant
//! in its type, and its code handles all of them.

use super::catalog::Fault;

/// The effects that faults can have on one kind of operation.
pub(crate) trait Effect: Sized {
    /// Returns the effect of a fault; `None` if the fault cannot hit this kind of operation.
    fn of(fault: &Fault) -> Option<Self>;
}

/// A response in place of the service's own. Nothing is carried out.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Refusal {
    Throttle { retry_after_seconds: Option<u64> },
    InternalError,
    BadGateway,
    Unavailable { retry_after_seconds: Option<u64> },
    ExpiredToken,
    FalseNotFound,
}

/// A fault in the body of a response.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum BodyFault {
    Slow { bytes_per_second: u64 },
    Stall { after_bytes: u64 },
    Truncate { after_bytes: u64 },
    Garbage,
}

/// A fault in individual messages of a PutMessages request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum EntryFault {
    Throttle { every: u64, wait_milliseconds: u64 },
    Fail { every: u64 },
    LeaveOutLast,
}

/// A fault in a request to a service; `Entries` applies only to PutMessages.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum RequestFault {
    Refuse(Refusal),
    ResetBefore,
    ResetAfter,
    Body(BodyFault),
    ClockSkew { seconds: i64 },
    Entries(EntryFault),
}

/// A fault in a request to a gateway's deployment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum GatewayFault {
    Refuse(Refusal),
    ResetBefore,
    ResetAfter,
    Body(BodyFault),
}

/// A fault in a function's process during an invocation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum InvocationFault {
    Kill { after_milliseconds: u64 },
}

/// A fault in a connector's attempt to write an object.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum BatchFault {
    /// The object is not written.
    Fail,
    ResetAfter,
    Rewind {
        messages: u64,
    },
    Forget,
}

/// A fault in an attempt to deliver an event.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum DeliveryFault {
    Refuse(Refusal),
    ResetBefore,
    ResetAfter,
    Redeliver { times: u64 },
    Delay { milliseconds: u64 },
    Lose,
}

impl Effect for Refusal {
    fn of(fault: &Fault) -> Option<Self> {
        Some(match *fault {
            Fault::Throttle { retry_after_seconds } => Self::Throttle { retry_after_seconds },
            Fault::InternalError => Self::InternalError,
            Fault::BadGateway => Self::BadGateway,
            Fault::Unavailable { retry_after_seconds } => Self::Unavailable { retry_after_seconds },
            Fault::ExpiredToken => Self::ExpiredToken,
            Fault::FalseNotFound => Self::FalseNotFound,
            _ => return None,
        })
    }
}

impl Effect for BodyFault {
    fn of(fault: &Fault) -> Option<Self> {
        Some(match *fault {
            Fault::SlowBody { bytes_per_second } => Self::Slow { bytes_per_second },
            Fault::Stall { after_bytes } => Self::Stall { after_bytes },
            Fault::TruncatedBody { after_bytes } => Self::Truncate { after_bytes },
            Fault::GarbageAnswer => Self::Garbage,
            _ => return None,
        })
    }
}

impl Effect for EntryFault {
    fn of(fault: &Fault) -> Option<Self> {
        Some(match *fault {
            Fault::ThrottleEntries { every, wait_milliseconds } => {
                Self::Throttle { every, wait_milliseconds }
            }
            Fault::FailEntries { every } => Self::Fail { every },
            Fault::ShortAnswer => Self::LeaveOutLast,
            _ => return None,
        })
    }
}

impl Effect for RequestFault {
    fn of(fault: &Fault) -> Option<Self> {
        Some(match *fault {
            Fault::ResetBefore => Self::ResetBefore,
            Fault::ResetAfter => Self::ResetAfter,
            Fault::ClockSkew { seconds } => Self::ClockSkew { seconds },
            _ => {
                let refusal = Refusal::of(fault).map(Self::Refuse);
                let body = || BodyFault::of(fault).map(Self::Body);
                return refusal.or_else(body).or_else(|| EntryFault::of(fault).map(Self::Entries));
            }
        })
    }
}

impl Effect for GatewayFault {
    fn of(fault: &Fault) -> Option<Self> {
        match fault {
            Fault::ResetBefore => Some(Self::ResetBefore),
            Fault::ResetAfter => Some(Self::ResetAfter),
            _ => Refusal::of(fault).map(Self::Refuse).or_else(|| BodyFault::of(fault).map(Self::Body)),
        }
    }
}

impl Effect for InvocationFault {
    fn of(fault: &Fault) -> Option<Self> {
        match *fault {
            Fault::KillFunction { after_milliseconds } => Some(Self::Kill { after_milliseconds }),
            _ => None,
        }
    }
}

impl Effect for BatchFault {
    fn of(fault: &Fault) -> Option<Self> {
        match *fault {
            Fault::ResetBefore => Some(Self::Fail),
            Fault::ResetAfter => Some(Self::ResetAfter),
            Fault::Rewind { messages } => Some(Self::Rewind { messages }),
            Fault::Forget => Some(Self::Forget),
            _ => Refusal::of(fault).map(|_| Self::Fail),
        }
    }
}

impl Effect for DeliveryFault {
    fn of(fault: &Fault) -> Option<Self> {
        match *fault {
            Fault::ResetBefore => Some(Self::ResetBefore),
            Fault::ResetAfter => Some(Self::ResetAfter),
            Fault::Redeliver { times } => Some(Self::Redeliver { times }),
            Fault::Delay { milliseconds } => Some(Self::Delay { milliseconds }),
            Fault::Lose => Some(Self::Lose),
            _ => Refusal::of(fault).map(Self::Refuse),
        }
    }
}
