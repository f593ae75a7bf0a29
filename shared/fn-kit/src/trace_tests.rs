#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;

fn trace(enabled: &str, headers: &[(&'static str, &str)]) -> Trace {
    let headers = headers
        .iter()
        .map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap()))
        .collect();
    Trace::of(&headers, &Tracing::new(Some(enabled), None, Some("App"), None))
}

#[test]
fn ids_are_the_callers_or_generated_if_tracing_is_enabled() {
    let given = trace(
        "1",
        &[
            ("x-b3-traceid", "463ac35c9f6413ad48485a3953bb6124"),
            ("x-b3-spanid", "a2fb4a1d1a96d312"),
            ("x-b3-flags", "1"),
        ],
    );
    assert_eq!(given.trace_id.as_deref(), Some("463ac35c9f6413ad48485a3953bb6124"));
    assert_eq!((given.span_id.as_deref(), given.parent_span_id.as_deref()), (Some("a2fb4a1d1a96d312"), None));
    assert_eq!((given.sampled, given.flags.as_deref()), (true, Some("1")));
    let made = trace("true", &[]);
    assert!(made.trace_id.unwrap().len() == 16 && made.span_id.is_some() && made.sampled);
}

#[test]
fn without_tracing_nothing_is_generated_or_sampled() {
    assert_eq!(trace("0", &[]), Trace::default());
    let off = trace("maybe", &[("x-b3-traceid", "abc"), ("x-b3-sampled", "1")]);
    assert_eq!((off.trace_id.as_deref(), off.span_id, off.sampled), (Some("abc"), None, false));
}

#[test]
fn callers_can_refuse_to_be_sampled_and_cannot_fill_the_log() {
    for (value, sampled) in [("0", false), ("False", false), ("1", true), ("True", true), ("?", true)] {
        assert_eq!(trace("1", &[("x-b3-sampled", value)]).sampled, sampled, "{value}");
    }
    let long = "a".repeat(65);
    assert_ne!(trace("1", &[("x-b3-traceid", &long)]).trace_id, Some(long));
}

#[test]
fn a_child_is_a_span_below_the_platforms() {
    let trace = trace("1", &[]);
    let child = trace.child();
    assert_eq!((&child.trace_id, &child.parent_span_id), (&trace.trace_id, &trace.span_id));
    assert_ne!(child.span_id, trace.span_id);
}

#[test]
fn names_that_the_platform_does_not_set_are_empty_in_the_service_name() {
    assert_eq!(Tracing::new(None, None, Some("App"), None).service_name(), "app::");
    assert_eq!(Tracing::new(None, None, Some("App"), Some("FN")).service_name(), "app::fn");
}
