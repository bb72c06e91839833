"""The configuration recorder: one per account and region, and what it takes in."""

import pytest

from sandbox.awsconfig import ConfigError
from tests.sandbox.awsconfig.world import ROLE, THING, World

OTHER = "AWS::EC2::SecurityGroup"


def described(world: World) -> dict[str, object]:
    (recorder,) = world.call("DescribeConfigurationRecorders")["ConfigurationRecorders"]
    return dict(recorder)


def status(world: World) -> dict[str, object]:
    (status,) = world.call("DescribeConfigurationRecorderStatus")["ConfigurationRecordersStatus"]
    return dict(status)


def test_a_new_account_has_no_recorder(world: World) -> None:
    assert world.call("DescribeConfigurationRecorders") == {"ConfigurationRecorders": []}
    assert world.call("DescribeConfigurationRecorderStatus") == {"ConfigurationRecordersStatus": []}


def test_a_recorder_without_a_group_records_all_supported_types_continuously(world: World) -> None:
    world.put_recorder()
    assert described(world) == {
        "arn": "arn:aws:config:eu-west-1:123456789012:configuration-recorder/default",
        "name": "default",
        "roleARN": ROLE,
        "recordingGroup": {
            "allSupported": True,
            "includeGlobalResourceTypes": False,
            "resourceTypes": [],
            "exclusionByResourceTypes": {"resourceTypes": []},
            "recordingStrategy": {"useOnly": "ALL_SUPPORTED_RESOURCE_TYPES"},
        },
        "recordingMode": {"recordingFrequency": "CONTINUOUS", "recordingModeOverrides": []},
        "recordingScope": "PAID",
    }


def test_a_second_recorder_is_one_too_many(world: World) -> None:
    world.put_recorder()
    with pytest.raises(ConfigError, match="MaxNumberOfConfigurationRecordersExceededException"):
        world.put_recorder(name="another")


def test_a_recorder_needs_a_role(world: World) -> None:
    with pytest.raises(ConfigError, match="InvalidRoleException"):
        world.put_recorder(roleARN="")


@pytest.mark.parametrize(
    "group",
    [
        {},
        {"allSupported": True, "resourceTypes": [THING]},
        {"allSupported": True, "exclusionByResourceTypes": {"resourceTypes": [THING]}},
        {"resourceTypes": [THING], "includeGlobalResourceTypes": True},
        {"resourceTypes": [THING], "recordingStrategy": {"useOnly": "EXCLUSION_BY_RESOURCE_TYPES"}},
        {"resourceTypes": [THING], "exclusionByResourceTypes": {"resourceTypes": [OTHER]}},
    ],
)
def test_a_group_that_contradicts_itself_is_refused(world: World, group: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match="InvalidRecordingGroupException"):
        world.put_recorder(recordingGroup=group)


def test_a_type_that_aws_config_does_not_know_is_refused(world: World) -> None:
    with pytest.raises(ConfigError, match=r"ValidationException.*recordingGroup\.resourceTypes\.1\.member.*enum"):
        world.put_recorder(recordingGroup={"resourceTypes": ["AWS::EC2::Sofa"]})


def test_a_recorder_does_not_start_without_a_delivery_channel(world: World) -> None:
    world.put_recorder()
    with pytest.raises(ConfigError, match="NoAvailableDeliveryChannelException"):
        world.call("StartConfigurationRecorder", ConfigurationRecorderName="default")
    assert status(world)["recording"] is False
    assert status(world)["lastStatus"] == "Pending"


def test_starting_and_stopping_show_in_the_status(world: World) -> None:
    world.start_recording()
    started = world.now.timestamp()
    assert status(world) == {
        "arn": "arn:aws:config:eu-west-1:123456789012:configuration-recorder/default",
        "name": "default",
        "recording": True,
        "lastStatus": "Success",
        "lastStartTime": started,
        "lastStatusChangeTime": started,
    }
    world.pass_time(minutes=5)
    world.call("StopConfigurationRecorder", ConfigurationRecorderName="default")
    assert status(world)["recording"] is False
    assert status(world)["lastStopTime"] == started + 300


@pytest.mark.parametrize("action", ["Start", "Stop", "Delete"])
def test_an_unknown_recorder_cannot_be_changed(world: World, action: str) -> None:
    with pytest.raises(ConfigError, match=r"NoSuchConfigurationRecorderException.*'nobody'"):
        world.call(f"{action}ConfigurationRecorder", ConfigurationRecorderName="nobody")


def test_an_unknown_recorder_cannot_be_described(recording: World) -> None:
    with pytest.raises(ConfigError, match="NoSuchConfigurationRecorderException"):
        recording.call("DescribeConfigurationRecorders", ConfigurationRecorderNames=["nobody"])


def test_a_deleted_recorder_is_gone(recording: World) -> None:
    recording.call("DeleteConfigurationRecorder", ConfigurationRecorderName="default")
    assert recording.call("DescribeConfigurationRecorders") == {"ConfigurationRecorders": []}


def test_changing_a_recorder_does_not_stop_it(recording: World) -> None:
    recording.put_recorder(recordingGroup={"resourceTypes": [THING]})
    assert status(recording)["recording"] is True


@pytest.mark.parametrize(
    ("group", "is_recorded"),
    [
        ({"allSupported": True}, True),
        ({"resourceTypes": [THING]}, True),
        ({"resourceTypes": [OTHER]}, False),
        ({"exclusionByResourceTypes": {"resourceTypes": [OTHER]}}, True),
        ({"exclusionByResourceTypes": {"resourceTypes": [THING]}}, False),
    ],
)
def test_only_types_of_the_group_are_recorded(world: World, group: dict[str, object], is_recorded: bool) -> None:
    world.start_recording(recordingGroup=group)
    world.put_thing("one")
    world.tick()
    assert len(world.messages("ConfigurationItemChangeNotification")) == is_recorded


@pytest.mark.parametrize("includes_global", [True, False])
def test_the_types_of_iam_are_recorded_only_where_they_are_asked_for(includes_global: bool) -> None:
    world = World(resource_type="AWS::IAM::Role")
    world.start_recording(recordingGroup={"allSupported": True, "includeGlobalResourceTypes": includes_global})
    world.tick()
    assert world.polls == includes_global
