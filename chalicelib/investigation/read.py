"""CloudTrail: the events of a resource, most recent first."""

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
"""The maximum number of events in a response of LookupEvents."""

FEW_RETRIES = Config(retries={"mode": "standard", "total_max_attempts": 2}, connect_timeout=3, read_timeout=10)
"""The account's users share the limit of two lookups a second with us; SQS retries what fails."""


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
        """The resource's events until a time, and since a time if given; one call for each page.

        Events that cannot be read are logged and omitted.

        Raises
        ------
        AwsRefused
            The permission is missing.
        NotDone
            The call failed or was throttled; a retry may succeed.
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
