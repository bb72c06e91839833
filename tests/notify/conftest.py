"""What the notifier's tests share."""

import pytest

from tests.notify.fakes import FakeGateways
from tests.notify.slack_server import slack

__all__ = ["gateways", "slack"]


@pytest.fixture
def gateways() -> FakeGateways:
    return FakeGateways()
