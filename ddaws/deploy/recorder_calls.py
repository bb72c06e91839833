"""The calls that change our recorder or delivery channel; a channel cannot be deleted while its recorder records."""

from collections.abc import Mapping
from typing import Any

from chalicelib.findings import AwsCall
from ddaws.plan import Call, Verb, call

SETTLES = ("InvalidRoleException", "InsufficientDeliveryPolicyException", "NoSuchBucketException")
"""AWS Config may not yet know the role, the bucket or its policy."""

CHANNEL_SETTLES = ("NoAvailableDeliveryChannelException",)
RECORDING_SETTLES = ("LastDeliveryChannelDeleteFailedException",)
"""AWS Config may not yet know that the recorder was stopped."""


def put_recorder(verb: Verb, recorder: Mapping[str, Any]) -> Call:
    put = AwsCall("config", "PutConfigurationRecorder", {"ConfigurationRecorder": recorder})
    return Call(verb, f"recorder {recorder['name']}", put, SETTLES)


def put_channel(verb: Verb, channel: Mapping[str, Any]) -> Call:
    put = AwsCall("config", "PutDeliveryChannel", {"DeliveryChannel": channel})
    return Call(verb, f"delivery channel {channel['name']}", put, SETTLES)


def start(name: str) -> Call:
    start_it = AwsCall("config", "StartConfigurationRecorder", {"ConfigurationRecorderName": name})
    return Call("create", f"recording by {name}", start_it, CHANNEL_SETTLES)


def stop(name: str) -> Call:
    what = f"recording by {name}"
    return call("delete", what, "config", "StopConfigurationRecorder", ConfigurationRecorderName=name)


def delete_recorder(name: str) -> Call:
    what = f"recorder {name}"
    return call("delete", what, "config", "DeleteConfigurationRecorder", ConfigurationRecorderName=name)


def delete_channel(name: str) -> Call:
    delete_it = AwsCall("config", "DeleteDeliveryChannel", {"DeliveryChannelName": name})
    return Call("delete", f"delivery channel {name}", delete_it, RECORDING_SETTLES)
