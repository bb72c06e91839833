"""The configuration recorder's actions."""

from sandbox.awsconfig.errors import ConfigError
from sandbox.awsconfig.recorder import Recorder
from sandbox.awsconfig.resource import Json
from sandbox.awsconfig.state import State


def put(state: State, request: Json) -> Json:
    wanted = request["ConfigurationRecorder"]
    name = wanted.get("name", "default")
    if state.recorder and state.recorder.name != name:
        raise ConfigError(
            "MaxNumberOfConfigurationRecordersExceededException",
            f"Failed to put configuration recorder '{name}' because the maximum number of configuration recorders: 1 "
            "is reached.",
        )
    if not wanted.get("roleARN"):
        raise ConfigError("InvalidRoleException", "The role ARN of the configuration recorder is null or empty.")
    definition = {
        "arn": state.account.arn(f"configuration-recorder/{name}"),
        "name": name,
        "roleARN": wanted["roleARN"],
        "recordingGroup": _recording_group(wanted.get("recordingGroup", {"allSupported": True})),
        "recordingMode": {"recordingModeOverrides": [], **wanted.get("recordingMode", CONTINUOUS)},
        "recordingScope": "PAID",
    }
    if state.recorder:
        state.recorder.definition = definition
    else:
        state.recorder = Recorder(definition, {"lastStatus": "Pending"})
        state.tags[definition["arn"]] = {tag["Key"]: tag["Value"] for tag in request.get("Tags", [])}
    return {}


CONTINUOUS = {"recordingFrequency": "CONTINUOUS"}


def _recording_group(wanted: Json) -> Json:
    """The group, complete as DescribeConfigurationRecorders answers it."""
    every = wanted.get("allSupported", False)
    included = wanted.get("resourceTypes", [])
    excluded = wanted.get("exclusionByResourceTypes", {}).get("resourceTypes", [])
    group = {
        "allSupported": every,
        "includeGlobalResourceTypes": wanted.get("includeGlobalResourceTypes", False),
        "resourceTypes": included,
        "exclusionByResourceTypes": {"resourceTypes": excluded},
        "recordingStrategy": {"useOnly": _strategy(every, included, excluded)},
    }
    stated = wanted.get("recordingStrategy", group["recordingStrategy"])
    if stated.get("useOnly") != group["recordingStrategy"]["useOnly"] or (
        group["includeGlobalResourceTypes"] and not every
    ):
        raise _invalid_group()
    return group


def _strategy(every: bool, included: list[str], excluded: list[str]) -> str:
    match every, bool(included), bool(excluded):
        case True, False, False:
            return "ALL_SUPPORTED_RESOURCE_TYPES"
        case False, True, False:
            return "INCLUSION_BY_RESOURCE_TYPES"
        case False, False, True:
            return "EXCLUSION_BY_RESOURCE_TYPES"
    raise _invalid_group()


def _invalid_group() -> ConfigError:
    return ConfigError("InvalidRecordingGroupException", "The recording group provided is not valid")


def describe(state: State, request: Json) -> Json:
    return {"ConfigurationRecorders": [recorder.definition for recorder in _named(state, request)]}


def describe_status(state: State, request: Json) -> Json:
    return {
        "ConfigurationRecordersStatus": [
            {
                "arn": recorder.definition["arn"],
                "name": recorder.name,
                "recording": recorder.recording,
                **recorder.status,
            }
            for recorder in _named(state, request)
        ]
    }


def _named(state: State, request: Json) -> list[Recorder]:
    names = request.get("ConfigurationRecorderNames", [])
    for name in names:
        _recorder(state, name)
    return [state.recorder] if state.recorder else []


def start(state: State, request: Json) -> Json:
    recorder = _recorder(state, request["ConfigurationRecorderName"])
    if state.channel is None:
        raise ConfigError(
            "NoAvailableDeliveryChannelException",
            "Delivery channel is not available to start configuration recorder.",
        )
    if not recorder.recording:
        recorder.recording = True
        now = state.clock()
        recorder.status.update(lastStartTime=now, lastStatus="Success", lastStatusChangeTime=now)
    return {}


def stop(state: State, request: Json) -> Json:
    recorder = _recorder(state, request["ConfigurationRecorderName"])
    if recorder.recording:
        recorder.recording = False
        now = state.clock()
        recorder.status.update(lastStopTime=now, lastStatusChangeTime=now)
    return {}


def delete(state: State, request: Json) -> Json:
    recorder = _recorder(state, request["ConfigurationRecorderName"])
    state.recorder = None
    state.tags.pop(recorder.definition["arn"], None)
    return {}


def _recorder(state: State, name: str) -> Recorder:
    if state.recorder is None or state.recorder.name != name:
        raise ConfigError(
            "NoSuchConfigurationRecorderException",
            f"Cannot find configuration recorder with the specified name '{name}'.",
        )
    return state.recorder


ACTIONS = {
    "PutConfigurationRecorder": put,
    "DescribeConfigurationRecorders": describe,
    "DescribeConfigurationRecorderStatus": describe_status,
    "StartConfigurationRecorder": start,
    "StopConfigurationRecorder": stop,
    "DeleteConfigurationRecorder": delete,
}
