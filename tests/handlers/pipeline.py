"""From the messages on the remediation queue to the outcome, through the handlers."""

from collections.abc import Mapping
from typing import Any

import app

from .config_rules import put_rule
from .conftest import Account
from .events import TICK


def evaluate_security_group(event: Mapping[str, Any], context: None) -> None:
    """AWS Config has the rule that the event is about, and invokes the evaluator."""
    put_rule(event, "evaluate_security_group")
    app.evaluate_security_group(event, context)


def evaluate_s3_bucket(event: Mapping[str, Any], context: None) -> None:
    """AWS Config has the rule that the event is about, and invokes the evaluator."""
    put_rule(event, "evaluate_s3_bucket")
    app.evaluate_s3_bucket(event, context)


def dispatched(account: Account, remediator: str) -> dict[str, Any]:
    """A tick of the coordinator; the SQS event for the remediator."""
    app.coordinator(TICK, None)
    return account.work(remediator)


def carried_out(account: Account, remediator: str, event: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The remediator on an SQS event; the notifications."""
    getattr(app, remediator)(event, None)
    return account.notifications()


def remediated(account: Account, remediator: str) -> list[dict[str, Any]]:
    """A tick of the coordinator, then the remediator on its orders; the notifications."""
    return carried_out(account, remediator, dispatched(account, remediator))
