"""What was recorded, in the encoding of the API: JSON in texts."""

import json
from typing import Any

import pytest

from sandbox.awsconfig import ConfigError
from sandbox.awsconfig.resource import Relationship, Resource
from tests.sandbox.awsconfig.world import THING, World


@pytest.fixture
def recorded(recording: World) -> World:
    """A resource with three states, one that is gone, and one that only is."""
    recording.put_thing("gone")
    for size in (1, 2, 3):
        recording.put_thing("one", size=size, tags={"team": "red"})
        recording.tick()
    del recording.things["gone"]
    recording.put_thing("two")
    recording.tick()
    return recording


def history(world: World, resource_id: str = "one", **request: Any) -> list[dict[str, Any]]:
    answer = world.call("GetResourceConfigHistory", resourceType=THING, resourceId=resource_id, **request)
    items: list[dict[str, Any]] = answer["configurationItems"]
    return items


def sizes(items: list[dict[str, Any]]) -> list[int]:
    return [json.loads(item["configuration"])["size"] for item in items]


def ids(world: World, **request: Any) -> list[str]:
    found = world.call("ListDiscoveredResources", resourceType=THING, **request)["resourceIdentifiers"]
    return [identifier["resourceId"] for identifier in found]


def test_history_has_the_latest_first(recorded: World) -> None:
    assert sizes(history(recorded)) == [3, 2, 1]
    assert sizes(history(recorded, chronologicalOrder="Forward")) == [1, 2, 3]


def test_an_item_of_the_history_has_its_configuration_in_a_text(recorded: World) -> None:
    item = history(recorded)[0]
    captured = recorded.now.timestamp() - 1
    assert item == {
        "version": "1.3",
        "accountId": "123456789012",
        "configurationItemCaptureTime": captured,
        "configurationItemStatus": "OK",
        "configurationStateId": str(round(captured * 1000)),
        "configurationItemMD5Hash": "",
        "arn": "arn:aws:s3:::one",
        "resourceType": THING,
        "resourceId": "one",
        "resourceName": "name of one",
        "awsRegion": "eu-west-1",
        "availabilityZone": "Regional",
        "tags": {"team": "red"},
        "relatedEvents": [],
        "relationships": [],
        "configuration": '{"size":3}',
        "supplementaryConfiguration": {},
    }


def test_history_can_be_cut_by_time_and_comes_in_pages(recorded: World) -> None:
    newest, middle, oldest = history(recorded)
    times = {"laterTime": middle["configurationItemCaptureTime"]}
    assert sizes(history(recorded, **times)) == [2, 1]
    times |= {"earlierTime": middle["configurationItemCaptureTime"]}
    assert sizes(history(recorded, **times)) == [2]
    first = recorded.call("GetResourceConfigHistory", resourceType=THING, resourceId="one", limit=2)
    assert first["configurationItems"] == [newest, middle]
    assert history(recorded, limit=2, nextToken=first["nextToken"]) == [oldest]
    with pytest.raises(ConfigError, match="InvalidTimeRangeException"):
        history(recorded, laterTime=1, earlierTime=2)


def test_a_deleted_resource_keeps_its_history(recorded: World) -> None:
    statuses = [item["configurationItemStatus"] for item in history(recorded, "gone")]
    assert statuses == ["ResourceDeleted", "ResourceDiscovered"]


def test_an_unknown_resource_has_not_been_discovered(recorded: World) -> None:
    with pytest.raises(ConfigError, match=r"ResourceNotDiscoveredException.*nobody"):
        history(recorded, "nobody")


def test_a_batch_has_what_is_there_and_skips_the_rest(recorded: World) -> None:
    keys = [{"resourceType": THING, "resourceId": name} for name in ("one", "gone", "nobody", "two")]
    answer = recorded.call("BatchGetResourceConfig", resourceKeys=keys)
    assert [item["resourceId"] for item in answer["baseConfigurationItems"]] == ["one", "two"]
    assert answer["unprocessedResourceKeys"] == []
    assert "tags" not in answer["baseConfigurationItems"][0]


def test_supplementary_values_are_texts_and_a_batch_leaves_out_tags(recording: World) -> None:
    recording.things["bucket"] = Resource(
        resource_type=THING,
        resource_id="bucket",
        arn="arn:aws:s3:::bucket",
        configuration={},
        supplementary_configuration={
            "AccessControlList": '{"grantSet":null}',
            "BucketPolicy": {"policyText": None},
            "BucketTaggingConfiguration": {"tagSets": [{"tags": {"team": "red"}}]},
        },
        relationships=(Relationship("Is contained in Vpc", "AWS::EC2::VPC", "vpc-1"),),
    )
    recording.tick()
    keys = [{"resourceType": THING, "resourceId": "bucket"}]
    (item,) = recording.call("BatchGetResourceConfig", resourceKeys=keys)["baseConfigurationItems"]
    assert item["supplementaryConfiguration"] == {
        "AccessControlList": '"{\\"grantSet\\":null}"',
        "BucketPolicy": '{"policyText":null}',
    }
    (item,) = history(recording, "bucket")
    assert item["supplementaryConfiguration"].keys() >= {"BucketTaggingConfiguration"}
    assert item["relationships"] == [
        {"resourceType": "AWS::EC2::VPC", "resourceId": "vpc-1", "relationshipName": "Is contained in Vpc"}
    ]


def test_resources_are_listed_with_or_without_the_deleted(recorded: World) -> None:
    assert ids(recorded) == ["one", "two"]
    found = recorded.call("ListDiscoveredResources", resourceType=THING, includeDeletedResources=True)
    assert {
        identifier["resourceId"]: identifier.get("resourceDeletionTime") for identifier in found["resourceIdentifiers"]
    } == {"gone": recorded.now.timestamp(), "one": None, "two": None}


def test_resources_can_be_chosen_and_come_in_pages(recorded: World) -> None:
    assert ids(recorded, resourceIds=["two", "nobody"]) == ["two"]
    assert ids(recorded, resourceName="name of one") == ["one"]
    first = recorded.call("ListDiscoveredResources", resourceType=THING, limit=1)
    assert ids(recorded, limit=1, nextToken=first["nextToken"]) == ["two"]
    with pytest.raises(ConfigError, match="ValidationException"):
        ids(recorded, resourceIds=["two"], resourceName="name of one")


def test_a_page_that_ends_with_the_last_entry_is_the_last_page(recorded: World) -> None:
    answer = recorded.call("ListDiscoveredResources", resourceType=THING, limit=2)
    assert len(answer["resourceIdentifiers"]) == 2
    assert "nextToken" not in answer


@pytest.mark.parametrize("limit", [True, "2", [2]])
def test_a_limit_that_is_no_number_is_refused(recorded: World, limit: object) -> None:
    with pytest.raises(ConfigError, match=r"SerializationException.*limit is not of the type integer"):
        ids(recorded, limit=limit)


def test_other_types_are_not_listed(recorded: World) -> None:
    answer = recorded.call("ListDiscoveredResources", resourceType="AWS::S3::Bucket")
    assert answer == {"resourceIdentifiers": []}


def test_without_a_recorder_there_is_nothing_to_ask(recorded: World) -> None:
    recorded.call("DeleteConfigurationRecorder", ConfigurationRecorderName="default")
    with pytest.raises(ConfigError, match="NoAvailableConfigurationRecorderException"):
        ids(recorded)
