"""What a resource type plug-in is, and what it finds.

To teach the emulator another type, add a file to :mod:`sandbox.awsconfig.resource_types` that defines
``RESOURCE_TYPE``.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

type Json = dict[str, Any]


@dataclass(frozen=True)
class Relationship:
    """A resource's tie to another one, in AWS Config's words: ``Is contained in Vpc``."""

    name: str
    resource_type: str
    resource_id: str

    def for_notification(self) -> Json:
        """As notifications have it."""
        return {
            "resourceId": self.resource_id,
            "resourceName": None,
            "resourceType": self.resource_type,
            "name": self.name,
        }

    def for_history(self) -> Json:
        """As GetResourceConfigHistory has it."""
        return {
            "resourceType": self.resource_type,
            "resourceId": self.resource_id,
            "relationshipName": self.name,
        }


@dataclass(frozen=True)
class Resource:
    """A resource as its service describes it now. Two polls that find the same make equal objects.

    Attributes
    ----------
    availability_zone : str or None
        What AWS Config says there for this type: a zone, ``Regional`` or ``Not Applicable``.
    configuration : dict or None
        In AWS Config's shape of the type. None: the resource is gone.
    supplementary_configuration : dict
        Its values are as the change notification has them: objects, or texts where AWS sends a text there.
    creation_time : datetime or None
        Aware; None where the type does not tell.
    """

    resource_type: str
    resource_id: str
    arn: str
    configuration: Json | None
    resource_name: str | None = None
    availability_zone: str | None = None
    supplementary_configuration: Json = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    relationships: tuple[Relationship, ...] = ()
    creation_time: datetime | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.resource_type, self.resource_id

    def deleted(self) -> "Resource":
        """What AWS Config still says about this resource once it is gone."""
        return Resource(self.resource_type, self.resource_id, self.arn, configuration=None)


@dataclass(frozen=True)
class Account:
    """Where the emulated AWS Config stands: one account, one region."""

    account_id: str
    region: str

    def arn(self, resource: str) -> str:
        """The ARN of something of AWS Config's own: ``config-rule/config-rule-abc123``."""
        return f"arn:aws:config:{self.region}:{self.account_id}:{resource}"


@dataclass(frozen=True)
class ResourceType:
    """A plug-in.

    Attributes
    ----------
    name : str
        AWS Config's name of the type: ``AWS::EC2::SecurityGroup``.
    service : str
        boto3's name of the service whose client `poll` gets: ``ec2``.
    poll : callable
        (client, account) -> every resource of the type in the account and region; raises what boto3 raises.
    """

    name: str
    service: str
    poll: Callable[[Any, Account], Iterable[Resource]]
