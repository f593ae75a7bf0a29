//! Rules, and to which events they apply.

use crate::cloud::{Cloud, RULES, text};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_applies_to_its_compartment_while_it_is_enabled() {
    let cloud = Cloud::start("").await;
    let compartment = "ocid1.compartment.oc1..another";
    let bucket = json!({ "name": "other", "compartmentId": compartment, "objectEventsEnabled": true });
    assert_eq!(cloud.client.json("POST", "/n/bronzeworks/b/", &bucket).status, 200);
    let put_other = |name: &str| {
        let target = format!("/n/bronzeworks/b/other/o/{name}");
        assert_eq!(cloud.client.call("PUT", &target, &[], b"").status, 200);
    };
    let mut details = cloud.details();
    details["compartmentId"] = json!(compartment);
    let made = cloud.post(&details);
    let rule = format!("{RULES}/{}", text(&made.document()["id"]));
    cloud.put("elsewhere");
    put_other("1");
    assert_eq!(cloud.called().await, ["1"]);
    // The rules of the root compartment also apply to its children.
    let moved = json!({ "compartmentId": cloud.cloud.tenancy() });
    let response = cloud.client.json("POST", &format!("{rule}/actions/changeCompartment"), &moved);
    assert_eq!(response.status, 204);
    put_other("2");
    cloud.put("3");
    assert_eq!(cloud.called().await, ["1", "2", "3"]);
    let updated = cloud.send("PUT", &rule, &[], &json!({ "isEnabled": false }));
    assert_eq!((updated.status, &updated.document()["lifecycleState"]), (200, &json!("INACTIVE")));
    cloud.put("4");
    assert_eq!(cloud.called().await, ["1", "2", "3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_created_listed_changed_and_deleted() {
    let cloud = Cloud::start("").await;
    let details = cloud.details();
    let made = cloud.send("POST", RULES, &[("opc-retry-token", "once")], &details);
    let document = made.document();
    assert_eq!(made.status, 200, "{document}");
    let again = cloud.send("POST", RULES, &[("opc-retry-token", "once")], &details);
    assert_eq!(again.document(), document, "an answer that was lost is no second rule");
    let mut other = details.clone();
    other["displayName"] = json!("another");
    let conflict = cloud.send("POST", RULES, &[("opc-retry-token", "once")], &other);
    assert_eq!((conflict.status, conflict.code().as_str()), (409, "InvalidatedRetryToken"));
    assert_eq!(document["condition"], "{}");
    assert_eq!(document["actions"]["actions"][0]["functionId"], cloud.function());
    assert_eq!(document["actions"]["actions"][0]["lifecycleState"], "ACTIVE");
    let rule = format!("{RULES}/{}", text(&document["id"]));
    let got = cloud.client.call("GET", &rule, &[], b"");
    assert_eq!((got.document(), &got.headers["etag"]), (document, &made.headers["etag"]));
    let stale = [("if-match", "stale")];
    let change = json!({ "condition": r#"{"eventType":"x"}"# });
    assert_eq!(cloud.send("PUT", &rule, &stale, &change).status, 412);
    assert_eq!(cloud.client.call("DELETE", &rule, &stale, b"").status, 412);
    let fresh = [("if-match", made.headers["etag"].as_str())];
    let changed = cloud.send("PUT", &rule, &fresh, &change);
    assert_eq!((changed.status, &changed.document()["condition"]), (200, &change["condition"]));
    let wrong = cloud.send("PUT", &rule, &[], &json!({ "condition": "nothing" }));
    assert_eq!((wrong.status, wrong.code().as_str()), (400, "InvalidParameter"));
    let mut topic = details.clone();
    topic["actions"] = json!({ "actions": [{ "actionType": "ONS", "isEnabled": true, "topicId": "t" }] });
    let refused = cloud.post(&topic);
    assert_eq!((refused.status, refused.code().as_str()), (400, "InvalidParameter"));
    assert!(text(&refused.document()["message"]).contains("does not support Notifications"));
    assert_eq!(cloud.client.call("DELETE", &rule, &[], b"").status, 204);
    let gone = cloud.client.call("GET", &rule, &[], b"");
    assert_eq!((gone.status, gone.code().as_str()), (404, "NotAuthorizedOrNotFound"));
    let unsigned = cloud.client.request("GET", RULES, &[], b"");
    assert_eq!(cloud.client.exchange(&unsigned).unwrap().status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn at_most_fifty_rules_exist_and_they_are_listed_in_pages() {
    let cloud = Cloud::start("").await;
    for number in 0..50 {
        let mut details = cloud.details();
        details["displayName"] = json!(format!("rule {number:02}"));
        details["isEnabled"] = json!(number % 2 == 0);
        assert_eq!(cloud.post(&details).status, 200);
    }
    let refused = cloud.post(&cloud.details());
    assert_eq!((refused.status, refused.code().as_str()), (400, "LimitExceeded"));
    let list = |more: &str| {
        let target = format!("{RULES}?compartmentId={}{more}", cloud.cloud.tenancy());
        let response = cloud.client.call("GET", &target, &[], b"");
        let names: Vec<String> =
            response.document().as_array().unwrap().iter().map(|rule| text(&rule["displayName"])).collect();
        (names, response.headers.get("opc-next-page").cloned())
    };
    assert_eq!(list("").0.len(), 10);
    let (mut names, mut page) = list("&sortBy=DISPLAY_NAME&limit=20");
    while let Some(next) = page {
        let (more, next) = list(&format!("&sortBy=DISPLAY_NAME&limit=20&page={next}"));
        names.extend(more);
        page = next;
    }
    assert_eq!(names, (0..50).map(|number| format!("rule {number:02}")).collect::<Vec<_>>());
    assert_eq!(list("&sortBy=DISPLAY_NAME&sortOrder=DESC&limit=1").0, ["rule 49"]);
    assert_eq!(list("&displayName=rule%2007").0, ["rule 07"]);
    assert_eq!(list("&lifecycleState=INACTIVE&limit=50").0.len(), 25);
    let elsewhere = cloud.client.call("GET", &format!("{RULES}?compartmentId=other"), &[], b"");
    assert_eq!(elsewhere.document(), json!([]));
    for wrong in ["", "?compartmentId=c&limit=51", "?compartmentId=c&sortBy=SIZE", "?compartmentId=c&page=x"]
    {
        assert_eq!(cloud.client.call("GET", &format!("{RULES}{wrong}"), &[], b"").status, 400, "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ensured_rule_is_created_once_and_updated() {
    let cloud = Cloud::start("").await;
    let events = cloud.cloud.events();
    let function = cloud.function();
    let ensure = |condition: &str| events.ensure_rule("pipeline", condition, &function);
    let first = ensure("{}").unwrap();
    let etag = || cloud.client.call("GET", &format!("{RULES}/{first}"), &[], b"").headers["etag"].clone();
    let before = etag();
    assert_eq!((ensure("{}").unwrap(), etag()), (first.clone(), before.clone()), "nothing has changed");
    assert_eq!(ensure(r#"{"source":"none"}"#).unwrap(), first);
    assert_ne!(etag(), before);
    cloud.put("a");
    assert!(cloud.called().await.is_empty(), "the new condition holds");
    let error = ensure("[]").unwrap_err();
    assert_eq!(
        (error.rule.as_str(), error.problem.as_str()),
        ("pipeline", "The condition is not a JSON object.")
    );
}
