"""The messages of one resource and rule, and their threads."""

import json
import re
from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Any

from chalicelib.json_values import CLOCK_SKEW
from chalicelib.notify import Actor, Certainty, Decided, Decision, Flapping, Held, Status, to_json
from chalicelib.slack.notify import notify
from tests.notify.fakes import FakeGateways
from tests.notify.samples import compliance_change, outcome, sns_event

FAILED = outcome(Status.FAILED, reason="AccessDenied", removed=())
WHERE = {"resourceId": FAILED.target_resource_id, "configRuleName": FAILED.raised_by_rule}

NUMBERS = count()
"""Of messages."""

ABOUT: dict[str, Any] = {
    "raised_by_rule": FAILED.raised_by_rule,
    "aws_account_id": FAILED.aws_account_id,
    "aws_region": FAILED.aws_region,
    "target_resource_type": FAILED.target_resource_type,
    "target_resource_id": FAILED.target_resource_id,
    "violations": FAILED.violations,
}


def change(new: str, at: str) -> dict[str, Any]:
    """AWS Config's notification about the resource and rule of `outcome`."""
    old = "NON_COMPLIANT" if new != "NON_COMPLIANT" else "COMPLIANT"
    result = {"complianceType": new, "annotation": None, "resultRecordedTime": at}
    return compliance_change(new, old, newEvaluationResult=result, **WHERE)


NON_COMPLIANT = change("NON_COMPLIANT", "2026-11-05T03:12:09.123Z")
CLEARED = change("COMPLIANT", "2026-11-05T03:12:40.000Z")
NON_COMPLIANT_AGAIN = change("NON_COMPLIANT", "2026-11-05T09:00:00.000Z")
FIXED = outcome()
UNDONE = outcome(Status.UNDONE, finished_at="2026-11-05T08:00:00+00:00")
FIXED_AGAIN = outcome(detected_at="2026-11-05T08:59:58+00:00", finished_at="2026-11-05T09:00:20+00:00")
FLAPPING = Flapping(stage="dev", fixed_at=("2026-11-05T03:12:33+00:00",), left_until="", **ABOUT)
WAITING = Held(
    stage="dev", hold_id="w-0123456789ab", detected_at=FIXED.detected_at, due_at="", calls=(), notes=(), **ABOUT
)
ANNOUNCED = replace(WAITING, hold_id="w-23456789abcd", due_at="2026-11-05T04:12:07+00:00")
WHO = Actor(
    certainty=Certainty.OPENED,
    remediation_id=FAILED.remediation_id,
    detected_at=FAILED.detected_at,
    who="arn:aws:iam::123456789012:user/bob",
    described="user bob",
    source="203.0.113.42",
    user_agent="aws-cli/2.31",
    event_name="AuthorizeSecurityGroupIngress",
    event_id="7c1f0f4a-7a1b-4f61-8f57-1ad3e0b6f0aa",
    event_time="2026-11-05T03:10:00+00:00",
    reason="",
    **ABOUT,
)
APPROVED = Decided(
    decision=Decision.APPROVED,
    hold_id="w-0123456789ab",
    who="alice",
    reason="",
    what_now="It is fixed.",
    at="2026-11-05T03:12:20+00:00",
    **ABOUT,
)


TIME = re.compile(r"2026-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|\+00:00)")


def hear(gateways: FakeGateways, *messages: Any, timestamp: str = "2026-11-05T03:12:10.000Z") -> None:
    """Deliver messages, each with its own ID, after the time of its news."""
    for message in messages:
        body = message if isinstance(message, dict) else to_json(message)
        times = [datetime.fromisoformat(each) for each in TIME.findall(f"{json.dumps(body)} {timestamp}")]
        gateways.time = max([gateways.time, *(at - CLOCK_SKEW for at in times)])
        notify(sns_event(body, timestamp=timestamp, message_id=f"m-{next(NUMBERS)}"), gateways)


def kinds(gateways: FakeGateways) -> list[list[str]]:
    """The kinds of messages of each thread."""
    return [[text.split(": ")[0].split(" ", 1)[1] for text in thread] for thread in gateways.slack.threads.values()]
