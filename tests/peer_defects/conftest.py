"""Each test has its own account and container. Waits are skipped, because moto is consistent at once."""

from functools import cache

import pytest

import app
from chalicelib.wiring import RemediatorGateways, Wiring
from tests.handlers.conftest import SETTINGS, account, clients
from tests.notify.slack_server import slack

__all__ = ["account", "clients", "slack"]


class Unhurried(RemediatorGateways):
    """Real gateways without waits."""

    def pause(self, seconds: float) -> None:
        """Do not wait."""


@pytest.fixture(autouse=True)
def container(monkeypatch: pytest.MonkeyPatch) -> Wiring:
    """The functions' gateways, as in a container that has just started."""
    wiring = Wiring(SETTINGS)
    wiring.remediator = cache(lambda name: Unhurried(SETTINGS, name))
    monkeypatch.setattr(app, "wiring", wiring)
    return wiring
