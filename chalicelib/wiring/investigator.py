"""The gateways of the flow `investigate`."""

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property

from chalicelib.aws.clients import client
from chalicelib.exposure.trail_events import TrailEvent
from chalicelib.investigation.inquiry import Inquiry
from chalicelib.investigation.read import FEW_RETRIES, Trail
from chalicelib.wiring.shared import Gateways


class InvestigatorGateways(Gateways):
    """For the flow `investigate`."""

    @cached_property
    def account_id(self) -> str:
        """Our account's ID, from the URL of the investigator's queue."""
        return self.queues.url(self.settings.investigation_queue).rsplit("/", 2)[-2]

    def role(self, function: str) -> str:
        """The name of a function's role, which Chalice names after the function."""
        return self.settings.name(function)

    def events(self, inquiry: Inquiry) -> Iterator[tuple[TrailEvent, ...]]:
        trail = Trail(client("cloudtrail", inquiry.aws_account_id, inquiry.aws_region, FEW_RETRIES))
        return trail.pages(inquiry.target_resource_id, inquiry.asked)

    def events_between(self, inquiry: Inquiry, since: datetime, until: datetime) -> Iterator[tuple[TrailEvent, ...]]:
        trail = Trail(client("cloudtrail", inquiry.aws_account_id, inquiry.aws_region, FEW_RETRIES))
        return trail.pages(inquiry.target_resource_id, until, since)

    def reject(self, body: str, reason: str) -> str:
        return self.put_aside(self.settings.investigation_queue, body, reason)
