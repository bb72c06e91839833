"""CloudTrail: what it has of a resource, most recent first."""

import logging
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from botocore.config import Config

from chalicelib.aws.errors import AwsErrors
from chalicelib.errors import BadInput
from chalicelib.exposure.trail_events import TrailEvent
from chalicelib.json_values import parsed

logger = logging.getLogger(__name__)

PAGE = 50
"""Events that LookupEvents gives at most."""

SPARING = Config(retries={"mode": "standard", "total_max_attempts": 2}, connect_timeout=3, read_timeout=10)
"""The account's people share two lookups a second with us, and what fails is tried again by SQS."""


@AwsErrors(next_step="Allow the investigator cloudtrail:{action}.")
class Trail:
    """CloudTrail's event history of one account and region: 90 days of management events.

    Parameters
    ----------
    client
        boto3's CloudTrail client.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    def pages(
        self, resource_name: str, until: datetime, since: datetime | None = None
    ) -> Iterator[tuple[TrailEvent, ...]]:
        """Its events up to a time, and from one on where it is given, a call for each page.

        What cannot be read is logged and left out.

        Raises
        ------
        AwsRefused
            We may not look.
        NotDone
            It failed, or is throttled: to be tried again.
        """
        asked: dict[str, Any] = {
            "LookupAttributes": [{"AttributeKey": "ResourceName", "AttributeValue": resource_name}],
            "EndTime": until,
            "MaxResults": PAGE,
            **({"StartTime": since} if since else {}),
        }
        while True:
            answer: Mapping[str, Any] = self._client.lookup_events(**asked)
            yield tuple(event for raw in answer.get("Events", []) if (event := _event(raw)))
            if not answer.get("NextToken"):
                return
            asked["NextToken"] = answer["NextToken"]


def _event(raw: Mapping[str, Any]) -> TrailEvent | None:
    try:
        return TrailEvent.from_json(parsed(raw.get("CloudTrailEvent", ""), "event"))
    except BadInput as error:
        logger.warning("an event of CloudTrail cannot be read: %s", error)
        return None
