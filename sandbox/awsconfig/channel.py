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
        How the last notification and the last file fared, in the words of ``DeliveryChannelStatus``.
    delivered : Counter
        Files of history per name, which tells those of one second apart.
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
