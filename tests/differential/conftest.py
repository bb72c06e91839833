"""One sandbox for every comparison."""

from collections.abc import Iterator

import pytest

from sandbox import Sandbox
from tests.differential.account import Account
from tests.differential.requester import Requester
from tests.differential.trial import Trial


@pytest.fixture(scope="session")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    with Sandbox.start(tmp_path_factory.mktemp("differential")) as box:
        requester = Requester(box)
        yield Trial(Account(box), requester)
        requester.close()
