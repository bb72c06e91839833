"""The delivery channel: where AWS Config delivers what it has recorded."""

from collections import Counter
from dataclasses import dataclass, field

from sandbox.awsconfig.resource import Json


@dataclass
class DeliveryChannel:
    """The delivery channel.

    Attributes
    ----------
    definition : dict
        ``DeliveryChannel`` as DescribeDeliveryChannels answers it.
    stream_status, history_status : dict
        The outcome of the last notification and the last file, in the form of ``DeliveryChannelStatus``.
    delivered : Counter
        History files by name, to number files of the same second.
    """

    definition: Json
    stream_status: Json
    history_status: Json
    delivered: Counter[str] = field(default_factory=Counter)

    @property
    def name(self) -> str:
        return str(self.definition["name"])

    @property
    def topic_arn(self) -> str | None:
        return self.definition.get("snsTopicARN")

    @property
    def bucket(self) -> str:
        return str(self.definition["s3BucketName"])

    @property
    def prefix(self) -> str:
        """What comes before ``AWSLogs/`` in the keys."""
        prefix = self.definition.get("s3KeyPrefix")
        return f"{prefix}/" if prefix else ""
