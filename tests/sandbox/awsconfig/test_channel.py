"""The delivery channel: set up, checked at once, and honest about how its deliveries fare."""

import gzip
import json
from datetime import UTC, datetime

import pytest
from botocore.exceptions import EndpointConnectionError

from sandbox.awsconfig import ConfigError
from tests.sandbox.awsconfig.world import BUCKET, TOPIC, World, client_error

CHANGE = "ConfigurationItemChangeNotification"


def status(world: World) -> dict[str, dict[str, object]]:
    (status,) = world.call("DescribeDeliveryChannelStatus")["DeliveryChannelsStatus"]
    return dict(status)


def test_a_channel_needs_a_recorder_first(world: World) -> None:
    with pytest.raises(ConfigError, match="NoAvailableConfigurationRecorderException"):
        world.put_channel()


def test_a_channel_is_tried_with_an_empty_file(world: World) -> None:
    world.put_recorder()
    world.put_channel(s3KeyPrefix="audit")
    assert world.objects == {"audit/AWSLogs/123456789012/Config/ConfigWritabilityCheckFile": b""}


def test_a_channel_is_described_as_it_was_put(world: World) -> None:
    world.put_recorder()
    world.put_channel()
    channels = world.call("DescribeDeliveryChannels")["DeliveryChannels"]
    assert channels == [{"name": "default", "s3BucketName": BUCKET, "snsTopicARN": TOPIC}]


@pytest.mark.parametrize(
    ("code", "refusal"),
    [("NoSuchBucket", "NoSuchBucketException"), ("AccessDenied", "InsufficientDeliveryPolicyException")],
)
def test_a_bucket_that_cannot_be_written_is_refused(world: World, code: str, refusal: str) -> None:
    world.put_recorder()
    world.broken["put_object"] = client_error(code)
    with pytest.raises(ConfigError, match=refusal):
        world.put_channel()
    assert world.call("DescribeDeliveryChannels") == {"DeliveryChannels": []}


@pytest.mark.parametrize(
    ("definition", "refusal"),
    [
        ({"s3BucketName": ""}, "NoSuchBucketException"),
        ({"s3KeyPrefix": ""}, "InvalidS3KeyPrefixException"),
        ({"snsTopicARN": "notifications"}, "InvalidSNSTopicARNException"),
        ({"name": ""}, "ValidationException"),
    ],
)
def test_a_channel_that_leads_nowhere_is_refused(world: World, definition: dict[str, str], refusal: str) -> None:
    world.put_recorder()
    with pytest.raises(ConfigError, match=refusal):
        world.put_channel(**definition)


def test_a_second_channel_is_one_too_many(recording: World) -> None:
    with pytest.raises(ConfigError, match="MaxNumberOfDeliveryChannelsExceededException"):
        recording.put_channel(name="another")


def test_the_channel_of_a_running_recorder_cannot_be_deleted(recording: World) -> None:
    with pytest.raises(ConfigError, match="LastDeliveryChannelDeleteFailedException"):
        recording.call("DeleteDeliveryChannel", DeliveryChannelName="default")
    recording.call("StopConfigurationRecorder", ConfigurationRecorderName="default")
    recording.call("DeleteDeliveryChannel", DeliveryChannelName="default")
    assert recording.call("DescribeDeliveryChannels") == {"DeliveryChannels": []}


def test_an_unknown_channel_can_neither_be_described_nor_deleted(recording: World) -> None:
    with pytest.raises(ConfigError, match="NoSuchDeliveryChannelException"):
        recording.call("DescribeDeliveryChannels", DeliveryChannelNames=["nowhere"])
    with pytest.raises(ConfigError, match="NoSuchDeliveryChannelException"):
        recording.call("DeleteDeliveryChannel", DeliveryChannelName="nowhere")


def test_history_is_delivered_where_aws_puts_it(recording: World) -> None:
    recording.put_thing("one", size=1)
    recording.tick()
    key = (
        "AWSLogs/123456789012/Config/eu-west-1/2026/11/24/ConfigHistory/123456789012_Config_eu-west-1_ConfigHistory_"
        "AWS::S3::AccessPoint_20261124T093001Z_20261124T093001Z_1.json.gz"
    )
    delivered = json.loads(gzip.decompress(recording.objects[key]))
    assert delivered["fileVersion"] == "1.0"
    assert [item["resourceId"] for item in delivered["configurationItems"]] == ["one"]
    assert delivered["configurationItems"][0]["configuration"] == {"size": 1}


def test_the_folders_of_days_have_no_leading_zeros(recording: World) -> None:
    recording.now = datetime(2027, 1, 5, tzinfo=UTC)
    recording.put_thing("one")
    recording.tick()
    (key,) = [key for key in recording.objects if "ConfigHistory" in key]
    assert key.startswith("AWSLogs/123456789012/Config/eu-west-1/2027/1/5/ConfigHistory/")


def test_two_files_of_one_second_do_not_overwrite_each_other(recording: World) -> None:
    for size in (1, 2):
        recording.put_thing("one", size=size)
        recording.tick(milliseconds=100)
    assert len([key for key in recording.objects if "ConfigHistory" in key]) == 2


def test_the_status_tells_that_deliveries_succeed(recording: World) -> None:
    recording.put_thing("one")
    recording.tick()
    now = recording.now.timestamp()
    assert status(recording)["configStreamDeliveryInfo"] == {"lastStatus": "Success", "lastStatusChangeTime": now}
    assert status(recording)["configHistoryDeliveryInfo"] == {"lastStatus": "Success", "lastAttemptTime": now}


def test_the_status_tells_why_a_delivery_failed_and_recording_goes_on(recording: World) -> None:
    recording.broken["publish"] = client_error("AuthorizationError")
    recording.broken["put_object"] = EndpointConnectionError(endpoint_url="http://127.0.0.1:9")
    recording.put_thing("one")
    recording.tick()
    stream, history = status(recording)["configStreamDeliveryInfo"], status(recording)["configHistoryDeliveryInfo"]
    assert (stream["lastStatus"], stream["lastErrorCode"]) == ("Failure", "AuthorizationError")
    assert (history["lastStatus"], history["lastErrorCode"]) == ("Failure", "EndpointConnectionError")

    recording.broken.clear()
    recording.put_thing("two")
    recording.tick()
    assert [message["configurationItem"]["resourceId"] for message in recording.messages(CHANGE)] == ["two"]
    assert status(recording)["configStreamDeliveryInfo"]["lastStatus"] == "Success"
    assert "lastErrorCode" not in status(recording)["configStreamDeliveryInfo"]


def test_a_channel_without_a_topic_only_delivers_files(world: World) -> None:
    world.put_recorder()
    world.put_channel(snsTopicARN=None)
    world.call("StartConfigurationRecorder", ConfigurationRecorderName="default")
    world.put_thing("one")
    world.tick()
    assert world.published == []
    assert any("ConfigHistory" in key for key in world.objects)
    assert status(world)["configStreamDeliveryInfo"] == {"lastStatus": "Not_Applicable"}
