"""Waiting for Slack to say who opened something: minutes after the fix, since CloudTrail lags."""

from functools import partial

from sandbox import Sandbox
from tests.e2e.account import telling, texts
from tests.e2e.waiting import eventually

UNTIL_TOLD = 600.0
"""Seconds: CloudTrail is asked after five minutes, and again after ten."""


def told_of_actors(box: Sandbox, resource_id: str) -> list[str]:
    """What Slack was told so far of who opened a resource."""
    return telling(texts(box), "Who opened it", resource_id)


def wait_until_the_actor_is_told(box: Sandbox, resource_id: str) -> list[str]:
    """The same, once there is something."""
    return eventually(f"told who opened {resource_id}", partial(told_of_actors, box, resource_id), UNTIL_TOLD)
