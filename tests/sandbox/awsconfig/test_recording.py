"""What changes becomes configuration items and notifications; what does not, does not."""

from datetime import datetime

import pytest

from sandbox.awsconfig.clock import milliseconds
from tests.sandbox.awsconfig.world import THING, TOPIC, World, client_error

CHANGE = "ConfigurationItemChangeNotification"


def items(world: World) -> list[dict[str, object]]:
    return [message["configurationItem"] for message in world.messages(CHANGE)]


def test_a_new_resource_is_discovered(recording: World) -> None:
    recording.put_thing("one", tags={"team": "red"}, size=1)
    recording.tick()
    (sent,) = recording.published
    assert sent.topic_arn == TOPIC
    assert sent.subject == f"[AWS Config:eu-west-1] {THING} one Created in Account 123456789012"
    assert sent.attributes == {"messageType": CHANGE}
    assert sent.message == {
        "configurationItemDiff": {"changedProperties": {}, "changeType": "CREATE"},
        "configurationItem": {
            "relatedEvents": [],
            "relationships": [],
            "configuration": {"size": 1},
            "supplementaryConfiguration": {},
            "tags": {"team": "red"},
            "configurationItemVersion": "1.3",
            "configurationItemCaptureTime": "2026-11-24T09:30:01.000Z",
            "configurationStateId": milliseconds(recording.now),
            "awsAccountId": "123456789012",
            "configurationItemStatus": "ResourceDiscovered",
            "resourceType": THING,
            "resourceId": "one",
            "resourceName": "name of one",
            "ARN": "arn:aws:s3:::one",
            "awsRegion": "eu-west-1",
            "availabilityZone": "Regional",
            "configurationStateMd5Hash": "",
            "resourceCreationTime": None,
        },
        "notificationCreationTime": "2026-11-24T09:30:01.000Z",
        "messageType": CHANGE,
        "recordVersion": "1.3",
    }


def test_a_resource_that_stays_as_it_is_makes_no_more_items(recording: World) -> None:
    recording.put_thing("one")
    for _ in range(3):
        recording.tick()
    assert len(items(recording)) == 1


def test_a_change_is_an_item_with_what_changed(recording: World) -> None:
    recording.put_thing("one", size=1)
    recording.tick()
    recording.put_thing("one", size=2)
    recording.tick()
    message = recording.messages(CHANGE)[-1]
    assert message["configurationItem"]["configurationItemStatus"] == "OK"
    assert message["configurationItemDiff"] == {
        "changedProperties": {"Configuration.Size": {"previousValue": 1, "updatedValue": 2, "changeType": "UPDATE"}},
        "changeType": "UPDATE",
    }


def test_a_deleted_resource_leaves_an_item_without_a_configuration(recording: World) -> None:
    recording.put_thing("one", size=1)
    recording.tick()
    del recording.things["one"]
    recording.tick()
    message = recording.messages(CHANGE)[-1]
    item = message["configurationItem"]
    assert (item["configurationItemStatus"], item["configuration"], item["tags"]) == ("ResourceDeleted", None, {})
    assert item["resourceName"] is None
    assert message["configurationItemDiff"]["changeType"] == "DELETE"
    assert recording.published[-1].subject.endswith(f"{THING} one Deleted in Account 123456789012")
    recording.tick()
    assert len(items(recording)) == 2


def test_a_resource_that_returns_is_discovered_again(recording: World) -> None:
    for present in (True, False, True):
        recording.things.clear()
        if present:
            recording.put_thing("one")
        recording.tick()
    statuses = [item["configurationItemStatus"] for item in items(recording)]
    assert statuses == ["ResourceDiscovered", "ResourceDeleted", "ResourceDiscovered"]


def test_nothing_is_recorded_before_the_recorder_starts(world: World) -> None:
    world.put_recorder()
    world.put_channel()
    world.put_thing("one")
    world.tick()
    assert world.published == []
    assert world.polls == 0


def test_what_changed_while_the_recorder_stood_still_is_found_when_it_runs_again(recording: World) -> None:
    recording.put_thing("stays", size=1)
    recording.put_thing("goes")
    recording.tick()
    recording.call("StopConfigurationRecorder", ConfigurationRecorderName="default")
    recording.forget()
    recording.put_thing("stays", size=2)
    del recording.things["goes"]
    recording.tick()
    assert items(recording) == []
    recording.call("StartConfigurationRecorder", ConfigurationRecorderName="default")
    recording.tick()
    assert {item["resourceId"]: item["configurationItemStatus"] for item in items(recording)} == {
        "stays": "OK",
        "goes": "ResourceDeleted",
    }


def test_a_service_that_does_not_answer_is_not_taken_for_an_empty_one(recording: World) -> None:
    recording.put_thing("one")
    recording.tick()
    recording.forget()
    recording.things.clear()
    recording.broken["poll"] = client_error("RequestLimitExceeded")
    recording.tick()
    assert items(recording) == []


def test_items_of_one_instant_still_have_an_order(recording: World) -> None:
    for size in (1, 2, 3):
        recording.put_thing("one", size=size)
        recording.tick(seconds=0)
    state_ids = [item["configurationStateId"] for item in items(recording)]
    assert state_ids == sorted(set(state_ids), key=lambda state_id: int(str(state_id)))


DAILY = {"recordingFrequency": "DAILY"}
CONTINUOUS = {"recordingFrequency": "CONTINUOUS"}
OVERRIDE = {"resourceTypes": [THING]}


@pytest.mark.parametrize("mode", [DAILY, {**CONTINUOUS, "recordingModeOverrides": [{**OVERRIDE, **DAILY}]}])
def test_daily_recording_takes_the_last_state_of_the_day(world: World, mode: dict[str, object]) -> None:
    world.start_recording(recordingMode=mode)
    world.put_thing("one", size=1)
    world.tick()
    for size in (2, 3):
        world.put_thing("one", size=size)
        world.tick(hours=11)
    assert [item["configuration"] for item in items(world)] == [{"size": 1}]
    world.tick(hours=2)
    last = items(world)[-1]
    assert last["configuration"] == {"size": 3}
    assert last["recordingFrequency"] == "DAILY"
    assert datetime.fromisoformat(str(last["configurationItemDeliveryTime"])) == world.now


def test_a_type_can_be_recorded_continuously_where_others_are_daily(world: World) -> None:
    world.start_recording(recordingMode={**DAILY, "recordingModeOverrides": [{**OVERRIDE, **CONTINUOUS}]})
    for size in (1, 2):
        world.put_thing("one", size=size)
        world.tick()
    assert len(items(world)) == 2
    assert "recordingFrequency" not in items(world)[0]
