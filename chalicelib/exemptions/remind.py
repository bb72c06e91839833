"""Tell people of exemptions that end: at least a week and at least a day ahead, and once they have ended.

A scheduled evaluation does, since it comes once a day whether or not auto-response is on; in the same run it judges
what is exempt no more, so an end takes effect without anybody's help.
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
"""From one scheduled evaluation to the next, at most."""
AHEAD = {DAY: timedelta(days=1) + RUN, WEEK: timedelta(days=7) + RUN}


class Due(Protocol):
    """An exemption, and what people were told of its end."""

    @property
    def exemption(self) -> Exemption: ...

    @property
    def told(self) -> str: ...


class Ends(Protocol):
    """Where exemptions are found by their end."""

    def due(self, until: datetime) -> tuple[Due, ...]: ...

    def note(self, exemption: Exemption, told: str) -> None: ...


class RemindGateways(Protocol):
    """What `remind` needs of the outside."""

    @property
    def exemptions(self) -> Ends: ...

    def publish(self, notification: Notification) -> None: ...

    def timestamp(self) -> str: ...


def remind(resource_type: str, gateways: RemindGateways) -> list[Failure]:
    """Tell of a type's exemptions that end soon or have ended, each once; told twice rather than never.

    Returns
    -------
    list of Failure
        What people could not be told of; a stage without a table for exemptions has none.
    """
    now = instant(gateways.timestamp(), "timestamp")
    failures: list[Failure] = []
    try:
        found = gateways.exemptions.due(now + AHEAD[WEEK])
    except NotDeployed as error:
        logger.warning("this stage has no exemptions: %s", error)
        return []
    except Exception as error:
        logger.exception("nobody is reminded of exemptions that end")
        return [Failure("reminders of exemptions that end", error)]
    for due in found:
        try:
            moment = _moment(due.exemption, now)
            if due.told != moment and due.exemption.resource.split("/")[2] == resource_type:
                event = ExemptionEvent.ENDED if moment == ExemptionEvent.ENDED else ExemptionEvent.ENDS_SOON
                gateways.publish(news(due.exemption, event))
                gateways.exemptions.note(due.exemption, moment)
        except Exception as error:
            logger.exception("nobody is reminded of %s", due)
            failures.append(Failure(f"reminder of exemption {due.exemption.exemption_id}", error))
    return failures


def news(exemption: Exemption, event: ExemptionEvent, who: str = "") -> ExemptionNews:
    """What people read about an exemption; `who`, an ARN, has granted or removed it."""
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
