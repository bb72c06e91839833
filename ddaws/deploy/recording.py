"""Whether an existing recorder of others records the types that our rules need; no AWS calls."""

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.errors import AwsRefused

HOW = "dd-aws never changes a recorder that it has not created"


def check(recorder: Mapping[str, Any], *, is_recording: bool, resource_types: Sequence[str]) -> None:
    """Raise AwsRefused with the next step if the recorder does not record the types that our rules need.

    Parameters
    ----------
    recorder : Mapping
        As DescribeConfigurationRecorders gives it.
    """
    name = recorder["name"]
    if not is_recording:
        raise AwsRefused(
            f"AWS Config's recorder {name} is stopped, so AWS Config would not detect changes.",
            f"aws configservice start-configuration-recorder --configuration-recorder-name {name} ({HOW}).",
        )
    missing = [kind for kind in resource_types if not records(recorder.get("recordingGroup") or {}, kind)]
    if missing:
        raise AwsRefused(
            f"AWS Config's recorder {name} leaves out {', '.join(missing)}.",
            f"add them to its recording group ({HOW}).",
        )
    daily = [kind for kind in resource_types if frequency(recorder.get("recordingMode") or {}, kind) != "CONTINUOUS"]
    if daily:
        raise AwsRefused(
            f"AWS Config's recorder {name} records {', '.join(daily)} daily: an exposure would stay open for a day.",
            f"override its recording mode with CONTINUOUS for them ({HOW}).",
        )


def records(group: Mapping[str, Any], resource_type: str) -> bool:
    """Whether a recording group includes a type; an empty group means every supported type, as on AWS.

    ``recordingStrategy`` decides where it is given; recorders from before it have ``allSupported`` or
    ``resourceTypes`` alone.
    """
    strategy = (group.get("recordingStrategy") or {}).get("useOnly")
    if strategy == "EXCLUSION_BY_RESOURCE_TYPES":
        return resource_type not in (group.get("exclusionByResourceTypes") or {}).get("resourceTypes", [])
    if strategy == "ALL_SUPPORTED_RESOURCE_TYPES" or group.get("allSupported"):
        return True
    return not group or resource_type in group.get("resourceTypes", [])


def frequency(mode: Mapping[str, Any], resource_type: str) -> str:
    """How often a type is recorded: ``CONTINUOUS`` or ``DAILY``."""
    for override in mode.get("recordingModeOverrides", []):
        if resource_type in override.get("resourceTypes", []):
            return str(override["recordingFrequency"])
    return str(mode.get("recordingFrequency", "CONTINUOUS"))
