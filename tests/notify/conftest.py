"""What the notifier's tests share."""

import pytest

from tests.notify.fakes import FakeGateways


@pytest.fixture
def gateways() -> FakeGateways:
    return FakeGateways()
