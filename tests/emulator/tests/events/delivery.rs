//! How events reach functions and streams.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::cloud::{Cloud, RULES, at_once, event, only, recorded, text};
use crate::function_peers::until;
use emulator::{DeliveryState, EventsOptions, Fault, Rule};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_delivery_is_retried_with_the_same_event() {
    let cloud = Cloud::start("502 504 500").await;
    cloud.rule(&json!({}));
    cloud.put("a");
    let calls = cloud.calls().await;
    let ids: BTreeSet<String> = calls.iter().map(|call| text(&call["body"])).collect();
    assert_eq!((calls.len(), ids.len()), (4, 1), "it is the same to the letter");
    let recent = cloud.cloud.events().recent();
    let delivery = only(&recent[0]);
    assert_eq!((delivery.state, delivery.attempts, delivery.succeeded), (DeliveryState::Succeeded, 4, 1));
    let metrics = cloud.cloud.events().metrics();
    assert_eq!((metrics.delivery_succeed_events, metrics.delivery_failed_events), (1, 3));
    let statuses: Vec<u16> = cloud.cloud.functions().recent().iter().map(|call| call.status).collect();
    assert_eq!(statuses, [502, 504, 502, 200]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_delivery_is_abandoned_unless_the_function_is_too_busy() {
    let options = EventsOptions { retry_for: Duration::ZERO, ..at_once() };
    let cloud = Cloud::with("", options).await;
    cloud.rule(&json!({}));
    cloud.cloud.faults().add(
        Rule::new("DeliverEvent", Fault::Unavailable { retry_after_seconds: None }).object("busy").first(5),
    );
    cloud.cloud.faults().add(Rule::new("DeliverEvent", Fault::BadGateway).object("broken"));
    cloud.put("busy");
    cloud.put("broken");
    assert_eq!(cloud.called().await, ["busy"]);
    let recent = cloud.cloud.events().recent();
    assert_eq!((only(&recent[0]).state, only(&recent[0]).attempts), (DeliveryState::Succeeded, 6));
    let broken = only(&recent[1]);
    assert_eq!(
        (broken.state, broken.status, broken.fault),
        (DeliveryState::Failed, Some(502), Some("bad_gateway"))
    );
    // An attempt in the same millisecond as the event still counts as in time, so there may be several.
    assert!(broken.attempts >= 1 && broken.succeeded == 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_function_is_retried_until_the_rule_is_deleted() {
    let options =
        EventsOptions { retry_delay: Duration::from_secs(3600), retry_ceiling: Duration::MAX, ..at_once() };
    let cloud = Cloud::with("", options).await;
    let rule = cloud.cloud.events().ensure_rule("wrong", "{}", "ocid1.fnfunc.oc1..absent").unwrap();
    cloud.put("a");
    let delivery = || cloud.cloud.events().recent().first().map(|event| only(event).clone());
    until(|| delivery().is_some_and(|delivery| delivery.status.is_some())).await;
    let failed = delivery().unwrap();
    assert_eq!((failed.state, failed.status), (DeliveryState::Pending, Some(404)));
    assert_eq!(failed.code.as_deref(), Some("NotAuthorizedOrNotFound"));
    assert_eq!((cloud.cloud.events().pending(), failed.call_id), (1, None));
    let status = cloud.client.call("GET", "/_emulator/events", &[], b"").document();
    assert_eq!(status["pending"], 1);
    assert_eq!(status["metrics"]["DeliveryFailedEvents"], 1);
    assert_eq!(status["events"][0]["deliveries"][0]["target"], "ocid1.fnfunc.oc1..absent");
    assert_eq!(status["events"][0]["deliveries"][0]["state"], "pending");
    assert_eq!(cloud.client.call("DELETE", &format!("{RULES}/{rule}"), &[], b"").status, 204);
    cloud.cloud.events().settled().await;
    assert_eq!(delivery().unwrap().state, DeliveryState::Dropped);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_can_be_delivered_to_a_stream() {
    let cloud = Cloud::start("").await;
    let stream = cloud.cloud.stream("ledger").unwrap();
    let mut details = cloud.details();
    details["actions"]["actions"].as_array_mut().unwrap().extend([
        json!({ "actionType": "OSS", "isEnabled": true, "streamId": stream.id() }),
        json!({ "actionType": "OSS", "isEnabled": false, "streamId": "ocid1.stream.disabled" }),
    ]);
    assert_eq!(cloud.post(&details).status, 200);
    cloud.put("a");
    let calls = cloud.calls().await;
    let messages: Vec<_> = (0..stream.partitions())
        .flat_map(|partition| stream.read(partition, 0, 10, 1 << 20).unwrap())
        .collect();
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].value, text(&calls[0]["body"]));
    assert_eq!(messages[0].key, None);
    let recent = cloud.cloud.events().recent();
    let kinds: Vec<&str> = recent[0].deliveries.iter().map(|delivery| delivery.action_type).collect();
    assert_eq!(kinds, ["FAAS", "OSS"], "a disabled action does not fire");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_delivered_in_their_order_unless_one_is_delayed() {
    let cloud = Cloud::start("").await;
    cloud.rule(&json!({}));
    let names: Vec<String> = (0..20).map(|number| number.to_string()).collect();
    // Nothing is delivered before all events have arrived.
    cloud
        .cloud
        .faults()
        .add(Rule::new("DeliverEvent", Fault::Delay { milliseconds: 100_000_000 }).object("late"));
    cloud.put("late");
    names.iter().for_each(|name| drop(cloud.put(name)));
    let recent = || cloud.cloud.events().recent();
    until(|| recent().iter().filter(|event| only(event).state == DeliveryState::Succeeded).count() == 20)
        .await;
    let calls = recorded(cloud.folder.path());
    let called: Vec<String> = calls.iter().map(|call| text(&event(call)["data"]["resourceName"])).collect();
    assert_eq!(called, names, "the first was overtaken, and no other");
    let late = &recent()[0];
    assert_eq!(
        (only(late).state, only(late).fault, only(late).attempts),
        (DeliveryState::Pending, Some("delay"), 0)
    );
}
