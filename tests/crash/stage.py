"""The account in which the chain runs."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from tests.answers import policy_status
from tests.handlers.conftest import SETTINGS, Account, stage_of
from tests.noted import POINTS
from tests.notify.slack_server import SlackServer
from tests.tables import create_table

from .points import Point

TABLES = (SETTINGS.trust_table, SETTINGS.journal_table, SETTINGS.rate_table, SETTINGS.incidents_table)

type Recorder = Callable[[str, object], None]


@contextmanager
def stage(clients: Account, slack: SlackServer) -> Iterator[Account]:
    """An account with all empty resources that the chain needs."""
    slack.received.clear()
    with stage_of(clients) as account, policy_status(is_public=True):
        for table in TABLES:
            create_table(account.dynamodb, table, SETTINGS.stage)
        account.sqs.create_queue(QueueName=SETTINGS.investigation_queue)
        account.ssm.put_parameter(Name=SETTINGS.webhook_parameter, Type="SecureString", Value=slack.url)
        yield account


def note_points(story: str, points: Sequence[Point], record: Recorder) -> None:
    """Print after the tests at how many points a process died."""
    of = ", ".join(f"{number} of {function}" for function, number in Counter(each.function for each in points).items())
    record(POINTS, f"{story}: died at {len(points)} points ({of}), fixed and undone from each")
