"""Fixtures of the notifier's tests."""

import pytest

from tests.notify.fakes import FakeGateways
from tests.notify.slack_server import slack

__all__ = ["gateways", "slack"]


@pytest.fixture
def gateways() -> FakeGateways:
    return FakeGateways()


@pytest.fixture
def bot(gateways: FakeGateways) -> FakeGateways:
    """Like `gateways`, with a Slack that has threads."""
    gateways.slack.has_threads = True
    return gateways
