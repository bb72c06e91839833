"""In any order, and wherever a process dies, each incident has its thread, and no message is lost."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.notify import to_json
from chalicelib.slack.notify import notify
from tests.notify.fakes import FakeGateways
from tests.notify.incident import (
    ANNOUNCED,
    APPROVED,
    CLEARED,
    FAILED,
    FIXED,
    FIXED_AGAIN,
    NON_COMPLIANT,
    NON_COMPLIANT_AGAIN,
    UNDONE,
    WAITING,
    WHO,
    change,
    hear,
)
from tests.notify.samples import sns_event

FIRST = (NON_COMPLIANT, WAITING, ANNOUNCED, APPROVED, FIXED, FAILED, WHO, CLEARED, UNDONE)
SECOND = (
    NON_COMPLIANT_AGAIN,
    FIXED_AGAIN,
    replace(WHO, detected_at=FIXED_AGAIN.detected_at),
    change("NOT_APPLICABLE", "2026-11-05T09:30:00.000Z"),
)
LATE = (NON_COMPLIANT, WAITING, ANNOUNCED, FIXED, WHO, UNDONE, CLEARED)
"""Without decisions, which have no time of detection and belong to the latest incident."""
MOST_CRASHES = 4

tried = settings(max_examples=100, deadline=None)


def slack_with_threads() -> FakeGateways:
    gateways = FakeGateways()
    gateways.slack.has_threads = True
    return gateways


def threads(gateways: FakeGateways) -> list[set[str]]:
    """The texts of each thread."""
    return [set(texts) for texts in gateways.slack.threads.values()]


def texts_of(messages: Sequence[Any]) -> set[str]:
    """The text of each message by itself."""
    told: set[str] = set()
    for message in messages:
        gateways = FakeGateways()
        hear(gateways, message)
        told |= set(gateways.slack.texts)
    return told


def news_in(texts: Iterable[str]) -> set[str]:
    """Without AWS Config's compliance changes, which the report of a fix may replace."""
    return {text for text in texts if not text.startswith(("🔴 Non-compliant", "🟢 Compliant again"))}


@tried
@given(st.permutations(FIRST), st.lists(st.sampled_from(FIRST), max_size=3))
def test_any_order_of_an_incidents_messages_makes_one_thread(messages: list[Any], twice: list[Any]) -> None:
    gateways = slack_with_threads()
    hear(gateways, *messages, *twice)
    [thread] = threads(gateways)
    assert news_in(thread) == news_in(texts_of(FIRST))
    assert thread <= texts_of(FIRST)


@tried
@given(st.permutations(FIRST), st.permutations(SECOND), st.data())
def test_each_of_two_incidents_has_its_thread_though_news_of_the_first_come_late(
    first: list[Any], second: list[Any], data: st.DataObject
) -> None:
    late = data.draw(st.lists(st.sampled_from(LATE), max_size=3))
    mixed = data.draw(st.permutations([*((1, each) for each in late), *((2, each) for each in second)]))
    gateways = slack_with_threads()
    hear(gateways, *first, *(message for _, message in mixed))
    told = [sorted(news_in(thread)) for thread in threads(gateways)]
    assert sorted(told) == sorted(sorted(news_in(texts_of(messages))) for messages in (first, second))


class Died(BaseException):
    """The process died: nothing is caught or cleaned up."""


class Mortal:
    """Dies before or after the numbers of calls in `lives`, one after another, and then no more."""

    def __init__(self, lives: Sequence[int]) -> None:
        self.lives = list(lives)
        self.deaths = 0

    def __call__[**P, R](self, call: Callable[P, R]) -> Callable[P, R]:
        def mortal(*args: P.args, **kwargs: P.kwargs) -> R:
            self._step()
            answer = call(*args, **kwargs)
            self._step()
            return answer

        return mortal

    def _step(self) -> None:
        if self.lives:
            self.lives[0] -= 1
            if self.lives[0] < 0:
                self.lives.pop(0)
                self.deaths += 1
                raise Died


@tried
@given(st.permutations(FIRST), st.lists(st.integers(0, 9), max_size=MOST_CRASHES))
def test_wherever_a_process_dies_everything_is_told_and_hardly_anything_twice(
    messages: list[Any], lives: list[int]
) -> None:
    gateways = slack_with_threads()
    mortal = Mortal(lives)
    gateways.slack.post = mortal(gateways.slack.post)  # type: ignore[method-assign]
    gateways.incidents.write = mortal(gateways.incidents.write)  # type: ignore[method-assign]
    gateways.incidents.read = mortal(gateways.incidents.read)  # type: ignore[method-assign]
    for number, message in enumerate(messages):
        body = message if isinstance(message, dict) else to_json(message)
        event = sns_event(body, message_id=f"m-{number}")
        for _ in range(MOST_CRASHES + 1):
            try:
                notify(event, gateways)
            except Died:
                continue
            break
    told = set(gateways.slack.texts).union(*threads(gateways))
    assert news_in(told) == news_in(texts_of(FIRST))
    assert len(gateways.slack.posted) <= len(FIRST) + mortal.deaths
    assert len(threads(gateways)) <= 1 + mortal.deaths
