"""The delivery channel's actions."""

import re

from botocore.exceptions import ClientError

from sandbox.awsconfig import delivery
from sandbox.awsconfig.channel import DeliveryChannel
from sandbox.awsconfig.errors import ConfigError
from sandbox.awsconfig.resource import Json
from sandbox.awsconfig.state import State

TOPIC_ARN = re.compile(r"arn:[\w-]+:sns:[\w-]+:\d{12}:[\w.-]{1,256}")


def put(state: State, request: Json) -> Json:
    wanted = {"name": "default", **request["DeliveryChannel"]}
    if state.recorder is None:
        raise ConfigError(
            "NoAvailableConfigurationRecorderException",
            "Configuration recorder is not available to put delivery channel.",
        )
    if state.channel and state.channel.name != wanted["name"]:
        raise ConfigError(
            "MaxNumberOfDeliveryChannelsExceededException",
            f"Failed to put delivery channel '{wanted['name']}' because the maximum number of delivery channels: 1 "
            "is reached.",
        )
    _check(wanted)
    stream = {"lastStatus": "Not_Applicable"} if "snsTopicARN" not in wanted else {}
    channel = DeliveryChannel(wanted, stream_status=stream, history_status={})
    _check_writable(state, channel)
    state.channel = channel
    return {}


def _check(wanted: Json) -> None:
    if not wanted.get("s3BucketName"):
        raise ConfigError("NoSuchBucketException", "Cannot find a S3 bucket with an empty bucket name.")
    if wanted.get("s3KeyPrefix") == "":
        raise ConfigError("InvalidS3KeyPrefixException", "The s3 key prefix '' is not valid, empty s3 key prefix.")
    topic_arn = wanted.get("snsTopicARN")
    if topic_arn is not None and not TOPIC_ARN.fullmatch(topic_arn):
        raise ConfigError("InvalidSNSTopicARNException", f"The sns topic arn '{topic_arn}' is not valid.")


def _check_writable(state: State, channel: DeliveryChannel) -> None:
    try:
        delivery.check_writable(state, channel)
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchBucket":
            message = f"Cannot find a S3 bucket with name '{channel.bucket}'."
            raise ConfigError("NoSuchBucketException", message) from error
        message = f"Insufficient delivery policy to s3 bucket: {channel.bucket}, unable to write to bucket."
        raise ConfigError("InsufficientDeliveryPolicyException", message) from error


def describe(state: State, request: Json) -> Json:
    return {"DeliveryChannels": [channel.definition for channel in _named(state, request)]}


def describe_status(state: State, request: Json) -> Json:
    return {
        "DeliveryChannelsStatus": [
            {
                "name": channel.name,
                "configStreamDeliveryInfo": channel.stream_status,
                "configHistoryDeliveryInfo": channel.history_status,
                "configSnapshotDeliveryInfo": {"lastStatus": "Not_Applicable"},
            }
            for channel in _named(state, request)
        ]
    }


def _named(state: State, request: Json) -> list[DeliveryChannel]:
    for name in request.get("DeliveryChannelNames", []):
        _channel(state, name)
    return [state.channel] if state.channel else []


def delete(state: State, request: Json) -> Json:
    name = request["DeliveryChannelName"]
    _channel(state, name)
    if state.recorder and state.recorder.recording:
        raise ConfigError(
            "LastDeliveryChannelDeleteFailedException",
            f"Failed to delete last specified delivery channel with name '{name}', because there is a running "
            "configuration recorder.",
        )
    state.channel = None
    return {}


def _channel(state: State, name: str) -> DeliveryChannel:
    if state.channel is None or state.channel.name != name:
        raise ConfigError(
            "NoSuchDeliveryChannelException", f"Cannot find delivery channel with specified name '{name}'."
        )
    return state.channel


ACTIONS = {
    "PutDeliveryChannel": put,
    "DescribeDeliveryChannels": describe,
    "DescribeDeliveryChannelStatus": describe_status,
    "DeleteDeliveryChannel": delete,
}
