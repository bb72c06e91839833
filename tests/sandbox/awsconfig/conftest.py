"""What the tests of the emulated AWS Config share."""

import pytest

from tests.sandbox.awsconfig.world import World


@pytest.fixture
def world() -> World:
    """An account where nothing is set up yet."""
    return World()


@pytest.fixture
def recording() -> World:
    """An account whose recorder runs and delivers; nothing was recorded yet."""
    world = World()
    world.start_recording()
    return world


@pytest.fixture
def waiting(recording: World) -> World:
    """One resource, one rule, and an event that waits for its verdict."""
    recording.put_rule()
    recording.put_thing("one", size=1)
    recording.tick()
    return recording
