"""SNS: the topic to which the functions publish."""

from functools import cached_property
from typing import Any

from chalicelib.aws.errors import queue_errors
from chalicelib.notify import Notification, message_type, to_json


@queue_errors
class Topic:
    """The stage's topic, by name.

    Parameters
    ----------
    sns, sts
        boto3 clients. STS returns the partition and account of the topic's ARN (GetCallerIdentity needs no permission).
    region, name : str
        The topic's region and name.
    """

    def __init__(self, sns: Any, sts: Any, region: str, name: str) -> None:
        self._sns = sns
        self._sts = sts
        self._region = region
        self._name = name

    @cached_property
    @queue_errors
    def arn(self) -> str:
        _, partition, *_, account_id = self._sts.get_caller_identity()["Arn"].split(":")[:5]
        return f"arn:{partition}:sns:{self._region}:{account_id}:{self._name}"

    def publish(self, notification: Notification) -> None:
        """Publish a notification. Subject and attributes are always set, because Chalice's SNSEvent needs both keys."""
        kind = message_type(notification)
        self._sns.publish(
            TopicArn=self.arn,
            Subject=f"{self._name}: {kind}"[:100],
            Message=to_json(notification),
            MessageAttributes={"messageType": {"DataType": "String", "StringValue": kind}},
        )
