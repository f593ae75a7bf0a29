//! Events that are late, lost or delivered twice.

use std::collections::BTreeSet;

use crate::cloud::{Cloud, at_once, event, only, text};
use crate::function_peers::until;
use emulator::{DeliveryState, EventsOptions, Fault, Rule};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_delay_ends_and_hits_once() {
    let cloud = Cloud::start("").await;
    cloud.rule(&json!({}));
    cloud.cloud.faults().add(Rule::new("DeliverEvent", Fault::Delay { milliseconds: 20 }).object("late"));
    cloud.put("late");
    assert_eq!(cloud.called().await, ["late"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_redeliver_and_lose_events_and_responses() {
    let cloud = Cloud::start("").await;
    cloud.rule(&json!({}));
    for (object, fault) in [
        ("thrice", Fault::Redeliver { times: 2 }),
        ("lost", Fault::Lose),
        ("unheard", Fault::ResetAfter),
        ("unsaid", Fault::ResetBefore),
    ] {
        cloud.cloud.faults().add(Rule::new("DeliverEvent", fault).bucket("bronze").object(object).first(1));
    }
    for object in ["thrice", "lost", "unheard", "unsaid"] {
        cloud.put(object);
        cloud.cloud.events().settled().await;
    }
    let called = cloud.called().await;
    assert_eq!(called, ["thrice", "thrice", "thrice", "unheard", "unheard", "unsaid"]);
    let ids: BTreeSet<String> =
        cloud.calls().await.iter().map(|call| text(&event(call)["eventID"])).collect();
    assert_eq!(ids.len(), 3);
    let recent = cloud.cloud.events().recent();
    let seen: Vec<_> = recent
        .iter()
        .map(|event| (only(event).state, only(event).attempts, only(event).succeeded, only(event).fault))
        .collect();
    assert_eq!(
        seen,
        [
            (DeliveryState::Succeeded, 3, 3, Some("redeliver")),
            (DeliveryState::Lost, 0, 0, Some("lose")),
            (DeliveryState::Succeeded, 2, 1, Some("reset_after")),
            (DeliveryState::Succeeded, 2, 1, Some("reset_before")),
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_function_is_invoked_again() {
    let cloud = Cloud::start("").await;
    cloud.rule(&json!({}));
    let kill = Fault::KillFunction { after_milliseconds: 0 };
    cloud.cloud.faults().add(Rule::new("CallFunction", kill).bucket("books").object("link").first(2));
    cloud.put("a");
    cloud.cloud.events().settled().await;
    let statuses: Vec<u16> = cloud.cloud.functions().recent().iter().map(|call| call.status).collect();
    assert_eq!(statuses.last(), Some(&200));
    let recent = cloud.cloud.events().recent();
    assert_eq!(only(&recent[0]).state, DeliveryState::Succeeded);
    assert_eq!(only(&recent[0]).attempts, statuses.len() as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_without_room_in_the_queue_wait_in_object_storage() {
    let cloud = Cloud::with("", EventsOptions { queue: 1, ..at_once() }).await;
    cloud.rule(&json!({}));
    let names: Vec<String> = (0..250).map(|number| number.to_string()).collect();
    cloud.cloud.faults().add(Rule::new("DeliverEvent", Fault::Delay { milliseconds: 100_000_000 }).nth([1]));
    names.iter().for_each(|name| drop(cloud.put(name)));
    let events = cloud.cloud.events();
    until(|| !events.recent().is_empty()).await;
    let taken_over = events.recent().len();
    assert!(taken_over <= 100, "{taken_over} were taken over at once");
    assert_eq!(events.pending(), names.len());
    // When a rule changes, its deliveries are reconsidered.
    cloud.rule(&json!({ "source": "*" }));
    let mut called = cloud.called().await;
    called.sort_by_key(|name| name.parse::<u32>().unwrap());
    assert_eq!(called, names);
    assert_eq!(events.pending(), 0);
}
