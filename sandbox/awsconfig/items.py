"""Configuration items, in the three encodings that AWS Config has for them.

A notification (and a file of delivered history) holds objects; GetResourceConfigHistory and BatchGetResourceConfig hold
JSON texts, under partly other names.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sandbox.awsconfig.clock import milliseconds, optional_timestamp, timestamp
from sandbox.awsconfig.resource import Account, Json, Resource

Status = Literal["OK", "ResourceDiscovered", "ResourceDeleted"]
VERSION = "1.3"


@dataclass(frozen=True)
class Item:
    """What AWS Config recorded of a resource at one moment.

    Attributes
    ----------
    daily : bool
        Recorded once a day (the item then says so), not at the change.
    """

    account: Account
    resource: Resource
    status: Status
    captured: datetime
    daily: bool = False

    @property
    def is_deleted(self) -> bool:
        return self.status == "ResourceDeleted"

    def for_notification(self) -> Json:
        """The item in a change notification, in a rule's invoking event, and in delivered history."""
        resource = self.resource
        return {
            "relatedEvents": [],
            "relationships": [relationship.for_notification() for relationship in resource.relationships],
            "configuration": resource.configuration,
            "supplementaryConfiguration": resource.supplementary_configuration,
            "tags": dict(resource.tags),
            "configurationItemVersion": VERSION,
            **self._common(),
            "configurationStateId": milliseconds(self.captured),
            "awsAccountId": self.account.account_id,
            "ARN": resource.arn,
            "configurationStateMd5Hash": "",
            **self._frequency(optional_timestamp(self.captured)),
        }

    def summary(self, change_type: str) -> Json:
        """The summary that stands in for an item whose notification would be too large."""
        return {
            "changeType": change_type,
            "configurationItemVersion": VERSION,
            **self._common(),
            "configurationStateId": milliseconds(self.captured),
            "awsAccountId": self.account.account_id,
            "ARN": self.resource.arn,
            "configurationStateMd5Hash": "",
        }

    def for_history(self) -> Json:
        """``ConfigurationItem``: what GetResourceConfigHistory answers."""
        return {
            **self.for_batch(),
            "configurationItemMD5Hash": "",
            "tags": dict(self.resource.tags),
            "relatedEvents": [],
            "relationships": [relationship.for_history() for relationship in self.resource.relationships],
            "supplementaryConfiguration": _texts(self.resource.supplementary_configuration),
        }

    def for_batch(self) -> Json:
        """``BaseConfigurationItem``: what BatchGetResourceConfig answers, which leaves out all tags."""
        resource = self.resource
        supplementary = {name: value for name, value in resource.supplementary_configuration.items() if not _tags(name)}
        return {
            **self._common(),
            "version": VERSION,
            "accountId": self.account.account_id,
            "configurationItemCaptureTime": self.captured,
            "configurationStateId": str(milliseconds(self.captured)),
            "arn": resource.arn,
            "resourceCreationTime": resource.creation_time,
            "configuration": json.dumps(resource.configuration, separators=(",", ":")),
            "supplementaryConfiguration": _texts(supplementary),
            **self._frequency(self.captured),
        }

    def _common(self) -> Json:
        resource = self.resource
        return {
            "configurationItemCaptureTime": timestamp(self.captured),
            "configurationItemStatus": self.status,
            "resourceType": resource.resource_type,
            "resourceId": resource.resource_id,
            "resourceName": resource.resource_name,
            "awsRegion": self.account.region,
            "availabilityZone": resource.availability_zone,
            "resourceCreationTime": optional_timestamp(resource.creation_time),
        }

    def _frequency(self, delivered: Any) -> Json:
        return {"recordingFrequency": "DAILY", "configurationItemDeliveryTime": delivered} if self.daily else {}


def _tags(name: str) -> bool:
    return name in ("BucketTaggingConfiguration", "Tags")


def _texts(supplementary: Json) -> dict[str, str]:
    """Every value as a JSON text; so a value that is JSON in a text already (a bucket's ACL) is encoded twice."""
    return {name: json.dumps(value, separators=(",", ":")) for name, value in supplementary.items()}
