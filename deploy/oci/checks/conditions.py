"""Checks that each rule's condition matches the events it is meant for, and none that curate's own output causes."""

import copy
import json
import re
from string import Template

# The events in tests/fixtures/events that report an object written by the connector to the bronze bucket. Only these invoke curate.
FOR_CURATE = {"object-created.json", "object-updated.json", "captured-shape.json", "percent-encoded-name.json"}

SOURCE = "oci/bronze@bronzeworks/ocid1.serviceconnector.oc1..example/0/20240628T082842Z_20240628T083550Z.0.data.gz"
QUARANTINE = f"journal/_quarantine/{SOURCE}.f48e1d3d56a8ee77141f25d40af148ff.jsonl.gz"
OWN = (
    "journal/period_code=202406/currency_code=EUR/20240628T082842Z_20240628T083550Z.0.data-f48e1d3d-00000.parquet",
    f"journal/_receipts/{SOURCE}.json",
    QUARANTINE,
)


def problems(configuration, fixtures):
    bronze, lake = configuration.default("bronze_bucket"), configuration.default("lake_bucket")
    curate = condition(configuration, "curate", bronze)
    quarantine = condition(configuration, "quarantine", lake)
    events = {path.name: json.loads(path.read_text()) for path in fixtures.glob("*.json") if path.name != "empty.json"}
    expected = [(name, curate, event, name in FOR_CURATE) for name, event in events.items()]
    expected += [(name, quarantine, event, False) for name, event in events.items()]
    for key in OWN:
        # In the bronze bucket, too, because it may also hold a lake.
        expected += [(key, curate, about(events["object-created.json"], bucket, key), False) for bucket in (bronze, lake)]
        expected.append((key, quarantine, about(events["object-created.json"], lake, key), key == QUARANTINE))
    found = [f"events/: fixture {name} does not exist" for name in sorted(FOR_CURATE - set(events))]
    for name, (rule, wanted), event, matching in expected:
        if matches(wanted, event) != matching:
            found.append(f"events/{rule}.json.tftpl: {'does not match' if matching else 'matches'} the event about {name}")
    return found


def condition(configuration, rule, bucket):
    text = (configuration.folder / f"events/{rule}.json.tftpl").read_text()
    return rule, json.loads(Template(text).substitute(bucket=bucket))


def about(event, bucket, key):
    event = copy.deepcopy(event)
    event["data"]["resourceName"] = key
    event["data"]["additionalDetails"]["bucketName"] = bucket
    return event


def matches(wanted, event):
    """Returns whether an event meets a condition (https://docs.oracle.com/en-us/iaas/Content/Events/Concepts/filterevents.htm)."""
    if isinstance(wanted, dict):
        return isinstance(event, dict) and all(name in event and matches(value, event[name]) for name, value in wanted.items())
    if isinstance(wanted, list):
        return any(matches(one, event) for one in wanted)
    if isinstance(wanted, str) and "*" in wanted:
        pattern = ".*".join(map(re.escape, wanted.split("*")))
        return isinstance(event, str) and re.fullmatch(pattern, event, re.DOTALL) is not None
    return wanted == event
