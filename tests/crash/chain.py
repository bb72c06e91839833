"""Our functions as AWS invokes them, one after another; and AWS's redeliveries after one has died."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

from moto.backends import get_backend

import app
from chalicelib.rules import RULES, live
from chalicelib.settings import MAX_RECEIVE_COUNT, Settings, dead_letter
from chalicelib.wiring import Wiring
from chalicelib.wiring.notifier import NotifierGateways
from tests.handlers.config_rules import put_rule
from tests.handlers.conftest import ACCOUNT, REGION, SETTINGS, Account
from tests.handlers.events import TICK

from .points import Processes

NOTIFICATIONS = "notifications"
"""The queue that represents SNS's deliveries to the notifier."""
WORK = {rule.remediator: SETTINGS.work_queue(rule.remediator) for rule in RULES}
QUEUES = (SETTINGS.remediation_queue, *WORK.values())

type Invocation = tuple[str, Mapping[str, Any]]


class Chain:
    """AWS Config, the schedule, SQS and SNS: each invokes a function of ours, and again if it has died.

    Parameters
    ----------
    is_late : bool
        Whether redeliveries come last, after everything else is done; else immediately.
    settings : Settings
        The stage's settings.
    """

    def __init__(
        self, account: Account, processes: Processes, is_late: bool = False, settings: Settings = SETTINGS
    ) -> None:
        self._account = account
        self._processes = processes
        self._is_late = is_late
        self._settings = settings
        self._deaths = 0
        self._asked: list[Invocation] = []
        self._asked_again: list[Invocation] = []

    def evaluate(self, function: str, event: Mapping[str, Any]) -> None:
        """Have AWS Config, which has the rule, invoke an evaluator in its turn."""
        put_rule(event, function)
        self._asked.append((function, event))

    def run(self) -> None:
        """Deliver and redeliver until all queues are empty."""
        while self.asks() or self.ticks() or self.works() or self.tells() or self.time_passes():
            pass

    def asks(self) -> bool:
        """AWS Config invokes the evaluators, and SNS the notifier: Lambda retries both if they die."""
        asked, self._asked = self._asked, []
        for each in asked:
            if not self._lives(*each):
                (self._asked_again if self._is_late else self._asked).append(each)
        return bool(asked)

    def ticks(self) -> bool:
        """A tick of the coordinator, if there is anything for it to receive."""
        if not _queue(SETTINGS.remediation_queue).messages:
            return False
        self.tick()
        return True

    def tick(self) -> None:
        """A tick of the coordinator."""
        if not self._lives("coordinator", TICK) and not self._is_late:
            self.sources_reappear()

    def sources_reappear(self) -> None:
        """Make the messages that the coordinator received visible again."""
        _reappears(SETTINGS.remediation_queue)

    def works(self) -> bool:
        """SQS invokes the remediators, once for each message; it deletes the messages that succeed."""
        worked = [self._works(remediator, queue) for remediator, queue in WORK.items()]
        return any(worked)

    def tells(self) -> bool:
        """SNS hands each notification to Lambda, which invokes the notifier."""
        told = self._account.messages(NOTIFICATIONS) if _queue(NOTIFICATIONS).messages else []
        for message in told:
            _queue(NOTIFICATIONS).delete_message(message["ReceiptHandle"])
            sns = {"Subject": None, "MessageAttributes": {}, **json.loads(message["Body"])}
            self._asked.append(("notifier", {"Records": [{"Sns": sns}]}))
        return bool(told)

    def time_passes(self) -> bool:
        """Make messages visible that were received and not deleted, and end Lambda's waits."""
        again, self._asked_again = self._asked_again, []
        self._asked += again
        reappeared = [_reappears(queue) for queue in QUEUES]
        return any(reappeared) or bool(again)

    def _works(self, remediator: str, queue: str) -> bool:
        messages = self._account.work(remediator)["Records"] if _queue(queue).messages else []
        for message in messages:
            assert int(message["attributes"]["ApproximateReceiveCount"]) < MAX_RECEIVE_COUNT
            if self._lives(remediator, {"Records": [message]}):
                _queue(queue).delete_message(message["receiptHandle"])
            elif not self._is_late:
                _reappears(queue)
        return bool(messages)

    def _lives(self, function: str, event: Mapping[str, Any]) -> bool:
        """Invoke a function in a new container, without caches; a minute later for each that has died."""
        live._account_block.cache_clear()
        live._prefix_list.cache_clear()
        now = datetime.now(UTC) + timedelta(minutes=self._deaths)
        with patch.object(app, "wiring", Wiring(self._settings)), patch.object(NotifierGateways, "now", lambda _: now):
            lives = self._processes.lives(function, lambda: getattr(app, function)(dict(event), None))
        self._deaths += not lives
        return lives


def left() -> dict[str, int]:
    """The number of messages by queue, visible or not; only of queues that have any."""
    every = (*QUEUES, NOTIFICATIONS, *map(dead_letter, QUEUES))
    return {name: len(_queue(name)._messages) for name in every if _queue(name)._messages}


def _queue(name: str) -> Any:
    """The emulator's queue, whose visibility timeouts we end."""
    return get_backend("sqs")[ACCOUNT][REGION].get_queue(name)


def _reappears(queue: str) -> bool:
    """Make messages visible that were received from a queue and not deleted; whether there were any."""
    hidden = [message for message in _queue(queue)._messages if not message.visible]
    for message in hidden:
        message.visible_at = 0.0
        _queue(queue).pending_messages.discard(message)
    return bool(hidden)
