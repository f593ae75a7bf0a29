use super::{Rule, RuleError};
use crate::faults::catalog::Fault;
use crate::faults::operation_class::{Class, operations};
use crate::faults::subject::Subject;

#[test]
fn a_fault_that_cannot_hit_the_operation_is_rejected_with_what_would_work() {
    let error = Rule::new("GetNamespace", Fault::Lose).check().unwrap_err().to_string();
    let (fault, operation) = error.split_once("; ").unwrap();
    assert_eq!(fault, "the fault lose can never hit GetNamespace: it hits DeliverEvent");
    assert!(operation.starts_with("GetNamespace can be hit by throttle, internal_error, "), "{error}");
    assert!(!operation.contains("throttle_entries") && !operation.contains("lose"), "{error}");
    let error = Rule::new("CallFunction", Fault::InternalError).check().unwrap_err().to_string();
    assert!(
        error.contains(
            "it hits requests with a response body, requests without a response body, PutMessages, "
        ),
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
        (rule("GetBucket").bucket("lake").object("a"), "object"),
        (rule("CopyObject").object("a"), "object"),
        (rule("GetStreamPool").stream("ledger"), "stream"),
        (rule("ListStreams").stream("ledger"), "stream"),
        (rule("GetWorkRequest").bucket("lake"), "bucket"),
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

#[test]
fn conditions_that_exclude_each_other_are_rejected() {
    let rule = || Rule::new("PutObject", Fault::InternalError);
    for (rule, conditions) in [
        (rule().first(1).nth([5]), "first 1 and nth [5]"),
        (rule().first(2).every(10), "first 2 and every 10"),
        (rule().nth([3, 5]).every(2), "nth [3, 5] and every 2"),
        (rule().first(3).nth([2, 6]).every(3), "first 3 and nth [2, 6] and every 3"),
    ] {
        let error = rule.check().unwrap_err().to_string();
        let expected = format!("the rule for PutObject can never fire: no occurrence meets {conditions}");
        assert_eq!(error, expected);
    }
    for rule in [rule().first(10).every(10), rule().nth([3, 4]).every(2), rule().first(3).nth([9, 3])] {
        assert_eq!(rule.check(), Ok(()), "{rule:?}");
    }
}

#[test]
fn conditions_of_a_rule_for_all_operations_that_none_of_them_meets_are_rejected() {
    for rule in [
        Rule::new("*", Fault::Lose).stream("ledger"),
        Rule::new("*", Fault::ShortAnswer).bucket("lake"),
        Rule::new("*", Fault::GarbageAnswer).object("a").stream("ledger"),
    ] {
        let error = rule.check().unwrap_err();
        assert!(matches!(error, RuleError::WrongConditions { .. }), "{error}");
    }
    for rule in [
        Rule::new("*", Fault::Forget).bucket("lake").object("*").stream("ledger"),
        Rule::new("*", Fault::Lose).object("a"),
        Rule::new("*", Fault::ShortAnswer).stream("ledger"),
    ] {
        assert_eq!(rule.check(), Ok(()), "{rule:?}");
    }
}

#[test]
fn a_body_fault_is_rejected_where_the_response_has_no_body() {
    for operation in ["PutObject", "DeleteObject", "HeadObject", "UploadPart", "DeleteStream"] {
        for fault in [Fault::Stall { after_bytes: 0 }, Fault::GarbageAnswer] {
            let error = Rule::new(operation, fault).check().unwrap_err();
            assert!(matches!(error, RuleError::WrongOperation { .. }), "{error}");
        }
        assert!(!Rule::new("*", Fault::GarbageAnswer).matches(operation, Subject::default()), "{operation}");
    }
    assert_eq!(Rule::new("GetObject", Fault::GarbageAnswer).check(), Ok(()));
}

#[test]
fn a_fault_without_an_effect_is_rejected() {
    for (operation, fault, problem) in [
        ("GetObject", Fault::ClockSkew { seconds: 0 }, "seconds must not be 0"),
        ("PutMessages", Fault::FailEntries { every: 0 }, "every must be at least 1"),
        (
            "PutMessages",
            Fault::ThrottleEntries { every: 0, wait_milliseconds: 1 },
            "every must be at least 1",
        ),
        ("WriteBatch", Fault::Rewind { messages: 0 }, "messages must be at least 1"),
        ("DeliverEvent", Fault::Redeliver { times: 0 }, "times must be at least 1"),
        ("DeliverEvent", Fault::Delay { milliseconds: 0 }, "milliseconds must be at least 1"),
    ] {
        let name = fault.name();
        let error = Rule::new(operation, fault).check().unwrap_err();
        assert_eq!(error, RuleError::NoEffect { fault: name, problem });
    }
}
