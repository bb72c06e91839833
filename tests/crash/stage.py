"""What the chain runs in."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from tests.answers import policy_status
from tests.handlers.conftest import SETTINGS, Account, stage_of
from tests.notify.slack_server import SlackServer
from tests.tables import create_table

from .points import Point

TABLES = (SETTINGS.trust_table, SETTINGS.journal_table, SETTINGS.rate_table, SETTINGS.incidents_table)


@contextmanager
def stage(clients: Account, slack: SlackServer) -> Iterator[Account]:
    """An account with all that the chain needs, and nothing in it."""
    slack.received.clear()
    with stage_of(clients) as account, policy_status(is_public=True):
        for table in TABLES:
            create_table(account.dynamodb, table, SETTINGS.stage)
        account.sqs.create_queue(QueueName=SETTINGS.investigation_queue)
        account.ssm.put_parameter(Name=SETTINGS.webhook_parameter, Type="SecureString", Value=slack.url)
        yield account


def print_points(story: str, points: Sequence[Point], capsys: pytest.CaptureFixture[str]) -> None:
    """Tell whoever runs the tests at how many points a process has died."""
    of = ", ".join(f"{number} of {function}" for function, number in Counter(each.function for each in points).items())
    with capsys.disabled():
        print(f"\n{story}: died at {len(points)} points ({of}), fixed and undone from each")
