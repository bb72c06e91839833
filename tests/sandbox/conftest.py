"""A sandbox for the tests that need a running one, and functions deployed into it by hand."""

from collections.abc import Callable, Iterator

import pytest

from sandbox import Sandbox
from tests.sandbox.functions import Function, create_function


@pytest.fixture(scope="session")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox.start(tmp_path_factory.mktemp("sandbox")) as box:
        yield box


@pytest.fixture(scope="session")
def deploy(box: Sandbox) -> Callable[..., Function]:
    """Deploy a function of this name, whose role allows these actions on everything."""

    def deploy(name: str, *actions: str) -> Function:
        return create_function(box, name, actions)

    return deploy
