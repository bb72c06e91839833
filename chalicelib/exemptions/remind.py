"""Remind people of exemptions that end: at least a week and at least a day ahead, and after the end.

A scheduled evaluation sends the reminders, because it runs once a day whether or not auto-response is on. The same run
evaluates what is no longer exempt, so an end takes effect without any action.
"""

import logging
from datetime import datetime, timedelta
from typing import Protocol

from chalicelib.errors import Failure, NotDeployed
from chalicelib.exemptions.exemptions import Exemption, as_text, instant
from chalicelib.notify import ExemptionEvent, ExemptionNews, Notification

logger = logging.getLogger(__name__)

DAY, WEEK = "day", "week"
RUN = timedelta(days=1)
"""The longest time from one scheduled evaluation to the next."""
AHEAD = {DAY: timedelta(days=1) + RUN, WEEK: timedelta(days=7) + RUN}


class Due(Protocol):
    """An exemption, and which reminder of its end was sent."""

    @property
    def exemption(self) -> Exemption: ...

    @property
    def told(self) -> str: ...


class Ends(Protocol):
    """The exemptions by their end."""

    def due(self, until: datetime) -> tuple[Due, ...]: ...

    def note(self, exemption: Exemption, told: str) -> None: ...


class RemindGateways(Protocol):
    """The gateways that `remind` needs."""

    @property
    def exemptions(self) -> Ends: ...

    def publish(self, notification: Notification) -> None: ...

    def timestamp(self) -> str: ...


def remind(resource_type: str, gateways: RemindGateways) -> list[Failure]:
    """Send the reminders for a resource type's exemptions, each once. A reminder may be sent twice, but is never lost.

    Returns
    -------
    list of Failure
        The reminders that could not be sent. A stage without a table for exemptions has none.
    """
    now = instant(gateways.timestamp(), "timestamp")
    failures: list[Failure] = []
    try:
        found = gateways.exemptions.due(now + AHEAD[WEEK])
    except NotDeployed as error:
        logger.warning("this stage has no table for exemptions: %s", error)
        return []
    except Exception as error:
        logger.exception("no reminder of exemptions that end was sent")
        return [Failure("reminders of exemptions that end", error)]
    for due in found:
        try:
            moment = _moment(due.exemption, now)
            if due.told != moment and due.exemption.resource.split("/")[2] == resource_type:
                event = ExemptionEvent.ENDED if moment == ExemptionEvent.ENDED else ExemptionEvent.ENDS_SOON
                gateways.publish(news(due.exemption, event))
                gateways.exemptions.note(due.exemption, moment)
        except Exception as error:
            logger.exception("no reminder was sent of %s", due)
            failures.append(Failure(f"reminder of exemption {due.exemption.exemption_id}", error))
    return failures


def news(exemption: Exemption, event: ExemptionEvent, who: str = "") -> ExemptionNews:
    """The notification about an exemption; `who`, an ARN, granted or removed it."""
    account_id, region, resource_type, resource_id = exemption.resource.split("/", 3)
    return ExemptionNews(
        event=event,
        exemption_id=exemption.exemption_id,
        aws_account_id=account_id,
        aws_region=region,
        target_resource_type=resource_type,
        target_resource_id=resource_id,
        what=str(exemption.scope),
        owner=exemption.owner,
        reason=exemption.reason,
        until=as_text(exemption.until) if exemption.until else "",
        who=who,
    )


def _moment(exemption: Exemption, now: datetime) -> str:
    if not exemption.holds(now):
        return ExemptionEvent.ENDED
    return next((name for name, ahead in AHEAD.items() if not exemption.holds(now + ahead)), WEEK)
