from typing import Any

import pytest

from chalicelib.errors import AwsRefused
from ddaws.deploy.recording import check, frequency, records

GROUP, BUCKET = "AWS::EC2::SecurityGroup", "AWS::S3::Bucket"
EVERYTHING = {"allSupported": True, "resourceTypes": [], "includeGlobalResourceTypes": False}


@pytest.mark.parametrize(
    "recording_group",
    [
        {},
        EVERYTHING,
        {**EVERYTHING, "recordingStrategy": {"useOnly": "ALL_SUPPORTED_RESOURCE_TYPES"}},
        {"allSupported": False, "resourceTypes": [GROUP, BUCKET]},
        {
            "allSupported": False,
            "resourceTypes": [GROUP],
            "recordingStrategy": {"useOnly": "INCLUSION_BY_RESOURCE_TYPES"},
        },
        {
            "allSupported": False,
            "exclusionByResourceTypes": {"resourceTypes": [BUCKET]},
            "recordingStrategy": {"useOnly": "EXCLUSION_BY_RESOURCE_TYPES"},
        },
    ],
)
def test_a_group_that_takes_security_groups_in_records_them(recording_group: dict[str, Any]) -> None:
    assert records(recording_group, GROUP)


@pytest.mark.parametrize(
    "recording_group",
    [
        {"allSupported": False, "resourceTypes": [BUCKET]},
        {"allSupported": False, "resourceTypes": []},
        {
            "allSupported": False,
            "resourceTypes": [],
            "exclusionByResourceTypes": {"resourceTypes": [GROUP]},
            "recordingStrategy": {"useOnly": "EXCLUSION_BY_RESOURCE_TYPES"},
        },
    ],
)
def test_a_group_that_leaves_security_groups_out_does_not_record_them(recording_group: dict[str, Any]) -> None:
    assert not records(recording_group, GROUP)


def test_without_a_mode_everything_is_recorded_continuously() -> None:
    assert frequency({}, GROUP) == "CONTINUOUS"


def test_an_override_takes_precedence_over_the_mode() -> None:
    override = {"resourceTypes": [GROUP], "recordingFrequency": "CONTINUOUS"}
    mode = {"recordingFrequency": "DAILY", "recordingModeOverrides": [override]}

    assert frequency(mode, GROUP) == "CONTINUOUS"
    assert frequency(mode, BUCKET) == "DAILY"


def recorder(**fields: Any) -> dict[str, Any]:
    return {"name": "default", "recordingGroup": EVERYTHING, **fields}


def test_a_recorder_that_records_all_continuously_will_do() -> None:
    check(recorder(), is_recording=True, resource_types=[GROUP, BUCKET])


def test_a_stopped_recorder_is_refused_with_the_command_that_starts_it() -> None:
    with pytest.raises(
        AwsRefused, match=r"stopped.*start-configuration-recorder --configuration-recorder-name default"
    ):
        check(recorder(), is_recording=False, resource_types=[GROUP])


def test_a_recorder_that_leaves_out_a_type_is_refused_by_the_type_s_name() -> None:
    partial = recorder(recordingGroup={"allSupported": False, "resourceTypes": [GROUP]})

    with pytest.raises(AwsRefused, match="recorder default leaves out AWS::S3::Bucket"):
        check(partial, is_recording=True, resource_types=[GROUP, BUCKET])


def test_a_recorder_that_records_a_type_daily_is_refused() -> None:
    daily = recorder(recordingMode={"recordingFrequency": "DAILY"})

    with pytest.raises(AwsRefused, match=r"records AWS::EC2::SecurityGroup daily.*CONTINUOUS"):
        check(daily, is_recording=True, resource_types=[GROUP])
