"""From what waits on the remediation queue to the outcome, through the handlers."""

from typing import Any

import app

from .conftest import Account
from .events import TICK


def remediated(account: Account, remediator: str) -> list[dict[str, Any]]:
    """A tick of the coordinator, then the remediator on what it was sent: the notifications that came of it."""
    app.coordinator(TICK, None)
    getattr(app, remediator)(account.work(remediator), None)
    return account.notifications()
