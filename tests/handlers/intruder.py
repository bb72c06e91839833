"""Somebody else, who changes a resource during a fix."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from chalicelib.aws.clients import client

from .conftest import ACCOUNT, REGION


@contextmanager
def once(moment: str, change: Callable[[], Any]) -> Iterator[None]:
    """Make `change` at the first `moment`, a botocore event such as ``before-call.ec2.DescribeSecurityGroups``."""
    events = client(moment.split(".")[1], ACCOUNT, REGION).meta.events

    def intrude(**_: Any) -> None:
        events.unregister(moment, intrude)
        change()

    events.register(moment, intrude)
    yield
    events.unregister(moment, intrude)
