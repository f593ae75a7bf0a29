use super::{Rule, RuleError};
use crate::faults::catalog::Fault;
use crate::faults::operation_class::{Class, operations};

#[test]
fn a_fault_that_cannot_hit_the_operation_is_rejected_with_what_would_work() {
    let error = Rule::new("GetNamespace", Fault::Lose).check().unwrap_err().to_string();
    let (fault, operation) = error.split_once("; ").unwrap();
    assert_eq!(fault, "the fault lose can never hit GetNamespace: it hits DeliverEvent");
    assert!(operation.starts_with("GetNamespace can be hit by throttle, internal_error, "), "{error}");
    assert!(!operation.contains("throttle_entries") && !operation.contains("lose"), "{error}");
    let error = Rule::new("CallFunction", Fault::InternalError).check().unwrap_err().to_string();
    assert!(
        error.contains("it hits requests to services, HeadBucket and HeadObject, PutMessages, "),
        "{error}"
    );
    assert!(error.ends_with("CallFunction can be hit by kill_function"), "{error}");
}

#[test]
fn an_unknown_operation_is_rejected_with_a_similar_name() {
    for (operation, suggestion) in [
        ("GetNamspace", Some("GetNamespace")),
        ("putobject", Some("PutObject")),
        ("deliver_event", Some("DeliverEvent")),
        ("Unknown", None),
        ("", None),
    ] {
        let error = Rule::new(operation, Fault::InternalError).check().unwrap_err();
        assert_eq!(error, RuleError::UnknownOperation { operation: operation.to_owned(), suggestion });
    }
}

#[test]
fn every_fault_hits_something_and_every_operation_can_be_hit() {
    for fault in Fault::all() {
        assert_eq!(Rule::new("*", fault.clone()).check(), Ok(()));
        assert!(Class::ALL.iter().any(|class| class.can_be_hit_by(&fault)), "{fault:?}");
    }
    for operation in operations() {
        let accepted = |fault: &Fault| Rule::new(operation, fault.clone()).check().is_ok();
        assert!(Fault::all().iter().any(accepted), "{operation}");
    }
}

#[test]
fn a_condition_that_no_request_meets_is_rejected() {
    let rule = |operation: &str| Rule::new(operation, Fault::InternalError);
    for (rule, condition) in [
        (rule("PutMessages").bucket("lake"), "bucket"),
        (rule("PutObject").stream("ledger"), "stream"),
        (rule("GetNamespace").object("a"), "object"),
        (rule("ListRules").bucket("b"), "bucket"),
    ] {
        let error = rule.check().unwrap_err();
        assert!(matches!(&error, RuleError::WrongCondition { condition: found, .. } if *found == condition));
    }
    for rule in [
        rule("PutMessages").stream("ledger"),
        rule("PutObject").bucket("lake").object("*"),
        rule("WriteBatch").bucket("bronze").object("*").stream("ledger"),
        rule("GatewayRequest").bucket("/v1"),
        rule("*").bucket("lake"),
    ] {
        assert_eq!(rule.check(), Ok(()), "{rule:?}");
    }
}

#[test]
fn conditions_that_exclude_every_occurrence_are_rejected() {
    let rule = || Rule::new("PutObject", Fault::InternalError);
    for rule in [
        rule().first(0),
        rule().every(0),
        rule().nth([0]),
        rule().probability(0.0),
        rule().probability(1.1),
        rule().probability(f64::NAN),
    ] {
        assert!(matches!(rule.check(), Err(RuleError::NoOccurrence { .. })), "{rule:?}");
    }
    assert_eq!(rule().first(1).every(1).nth([1]).probability(1.0).check(), Ok(()));
}
