"""One incident is one thread, whatever comes first, comes twice, or dies on the way."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from chalicelib.errors import AwsRefused, NotDeployed, NotDone
from chalicelib.flows.notify import notify
from chalicelib.flows.notify_threads import CLAIM_HOLDS
from chalicelib.incidents import Claim, Incident, Place, Thread
from tests.notify.fakes import FakeGateways
from tests.notify.incident import (
    ANNOUNCED,
    APPROVED,
    CLEARED,
    CONDEMNED,
    CONDEMNED_AGAIN,
    FAILED,
    FIXED,
    FIXED_AGAIN,
    FLAPPING,
    UNDONE,
    WAITING,
    WHO,
    change,
    hear,
    kinds,
)
from tests.notify.samples import event, outcome, sns_event


def test_what_happens_to_an_incident_stands_in_its_thread_be_it_hours_later(bot: FakeGateways) -> None:
    hear(bot, CONDEMNED, FIXED, CLEARED)
    bot.time += timedelta(hours=5)
    hear(bot, UNDONE)
    assert kinds(bot) == [["Non-compliant", "Fixed", "Compliant again", "Undone"]]


def test_what_waits_and_who_decided_stand_in_the_thread(bot: FakeGateways) -> None:
    hear(bot, CONDEMNED, WAITING, APPROVED, FIXED, CLEARED)
    assert kinds(bot) == [["Non-compliant", "Waiting for approval", "Approved", "Fixed", "Compliant again"]]


def test_a_decision_stands_beneath_what_it_is_about_though_that_is_over(bot: FakeGateways) -> None:
    hear(bot, WAITING, CONDEMNED, CLEARED, APPROVED)
    assert len(kinds(bot)) == 1


def test_a_fix_that_is_told_first_begins_the_thread(bot: FakeGateways) -> None:
    hear(bot, FIXED, CONDEMNED, CLEARED)
    assert kinds(bot) == [["Fixed", "Non-compliant", "Compliant again"]]


def test_what_is_condemned_again_begins_another_thread(bot: FakeGateways) -> None:
    hear(bot, CONDEMNED, FIXED, CLEARED, CONDEMNED_AGAIN, FIXED_AGAIN)
    assert kinds(bot) == [["Non-compliant", "Fixed", "Compliant again"], ["Non-compliant", "Fixed"]]


def test_a_fix_that_was_detected_after_the_end_belongs_to_the_next_incident(bot: FakeGateways) -> None:
    hear(bot, CONDEMNED, CLEARED, FIXED_AGAIN, CONDEMNED_AGAIN)
    assert kinds(bot) == [["Non-compliant", "Compliant again"], ["Fixed", "Non-compliant"]]


def test_an_undo_joins_the_thread_of_what_it_undoes_though_there_was_another_incident_since(bot: FakeGateways) -> None:
    hear(bot, CONDEMNED, FIXED, CLEARED, CONDEMNED_AGAIN, UNDONE)
    assert kinds(bot) == [["Non-compliant", "Fixed", "Compliant again", "Undone"], ["Non-compliant"]]


def test_what_is_condemned_hours_after_an_undo_of_something_unknown_is_not_hidden_beneath_it(bot: FakeGateways) -> None:
    hear(bot, UNDONE, CONDEMNED_AGAIN)
    assert kinds(bot) == [["Undone"], ["Non-compliant"]]


@pytest.mark.parametrize("before", [FIXED, CONDEMNED])
def test_a_lost_end_hides_no_later_incident_in_an_old_thread(before: Any, bot: FakeGateways) -> None:
    hear(bot, before, CONDEMNED_AGAIN)
    assert [len(thread) for thread in kinds(bot)] == [1, 1]


def test_a_verdict_without_a_time_is_of_when_it_was_published(bot: FakeGateways) -> None:
    timeless = {**change("NON_COMPLIANT", ""), "notificationCreationTime": None}
    hear(bot, CONDEMNED, CLEARED)
    hear(bot, timeless, timestamp="2026-11-05T09:00:00.000Z")
    assert kinds(bot)[1:] == [["Non-compliant"]]


def test_what_comes_back_stands_in_the_thread_of_the_incident_that_is_going_on(bot: FakeGateways) -> None:
    hear(bot, CONDEMNED, CLEARED)
    hear(bot, FLAPPING, CONDEMNED_AGAIN, timestamp="2026-11-05T08:59:59.000Z")
    assert kinds(bot) == [["Non-compliant", "Compliant again"], ["Flapping", "Non-compliant"]]


@pytest.mark.parametrize(
    "changed", [{"raised_by_rule": "another"}, {"aws_account_id": "2" * 12}, {"aws_region": "us-east-1"}]
)
def test_another_rule_account_or_region_is_another_incident(changed: dict[str, str], bot: FakeGateways) -> None:
    hear(bot, CONDEMNED, outcome(**changed))
    assert len(kinds(bot)) == 2


def test_what_is_about_no_incident_stays_outside_threads(bot: FakeGateways) -> None:
    notify(event("alarm_goes_off"), bot)
    assert bot.incidents.items == {}
    assert kinds(bot) == [["Alarm"]]


def test_what_people_have_to_act_on_or_can_say_no_to_is_shown_in_the_channel_too(bot: FakeGateways) -> None:
    hear(bot, CONDEMNED, FIXED, FAILED, WHO, FLAPPING, WAITING, ANNOUNCED, APPROVED)
    shown = [text.split(": ")[0].split(" ", 1)[1] for text in bot.slack.shown]
    assert shown == ["Remediation failed", "Flapping", "Waiting for approval", "Fix announced"]


def test_with_a_webhook_alone_messages_are_separate_and_the_next_one_begins_the_thread(gateways: FakeGateways) -> None:
    hear(gateways, CONDEMNED)
    gateways.slack.has_threads = True
    hear(gateways, FIXED, CLEARED)
    assert kinds(gateways) == [["Fixed", "Compliant again"]]


def test_who_was_too_slow_does_not_take_the_thread_from_whoever_took_it_over(bot: FakeGateways) -> None:
    post = bot.slack.post

    def slowly(*message: Any, **more: Any) -> Place | None:
        bot.slack.post = post  # type: ignore[method-assign]
        bot.time += CLAIM_HOLDS
        hear(bot, FIXED)
        return post(*message, **more)

    bot.slack.post = slowly  # type: ignore[method-assign]
    hear(bot, CONDEMNED, CLEARED)
    assert kinds(bot) == [["Fixed", "Compliant again"], ["Non-compliant"]]


def test_another_channel_gets_the_rest_of_the_incident_in_a_thread_of_its_own(bot: FakeGateways) -> None:
    hear(bot, CONDEMNED)
    moved = Place("C0NEW", "9.9")
    bot.slack.post = lambda text, blocks, place=None, shown=False, /: moved  # type: ignore[method-assign]
    hear(bot, FIXED)
    [((thread,), _)] = bot.incidents.items.values()
    assert thread.place == moved


@pytest.mark.parametrize("failure", [NotDeployed("none"), AwsRefused("no", "allow it"), NotDone("throttled")])
def test_where_the_table_cannot_be_used_everything_is_told_outside_threads(
    failure: Exception, bot: FakeGateways, caplog: pytest.LogCaptureFixture
) -> None:
    bot.incidents.failure = failure
    hear(bot, CONDEMNED, FAILED, FAILED)
    assert len(kinds(bot)) == 3
    assert "outside threads" in caplog.text


def test_a_message_is_not_told_again_because_the_table_could_not_be_told(bot: FakeGateways) -> None:
    hear(bot, CONDEMNED)
    bot.incidents.write = lambda incident, threads, version: False  # type: ignore[method-assign]
    hear(bot, FIXED)
    assert kinds(bot) == [["Non-compliant", "Fixed"]]


def test_a_post_that_failed_keeps_nobody_from_beginning_the_thread(bot: FakeGateways) -> None:
    bot.slack.refused = {"Non-compliant"}
    event = sns_event(CONDEMNED)
    with pytest.raises(NotDone):
        notify(event, bot)
    bot.slack.refused = set()
    notify(event, bot)
    hear(bot, FIXED)
    assert kinds(bot) == [["Non-compliant", "Fixed"]]
    assert bot.pauses == []


def test_deliveries_at_the_same_time_make_one_thread(bot: FakeGateways) -> None:
    post = bot.slack.post

    def slowly(*message: Any, **more: Any) -> Place | None:
        time.sleep(0.05)
        return post(*message, **more)

    bot.slack.post = slowly  # type: ignore[method-assign]
    bot.pause = lambda seconds: time.sleep(seconds / 100)  # type: ignore[method-assign]
    with ThreadPoolExecutor() as containers:
        list(containers.map(partial(hear, bot), [CONDEMNED, FIXED, CONDEMNED, FAILED, CLEARED]))
    assert [len(thread) for thread in kinds(bot)] == [5]


@pytest.mark.parametrize("takes_over", [True, False])
def test_whoever_waits_waits_for_who_takes_a_thread_over_and_for_nobody_after_that(
    takes_over: bool, bot: FakeGateways
) -> None:
    hear(bot, CONDEMNED)
    [(incident, ((thread,), _))] = bot.incidents.items.items()
    began, read = bot.time, bot.incidents.read

    def claimed(_: Incident) -> tuple[tuple[Thread, ...], int]:
        waited = bot.time - began
        if takes_over and waited >= 1.5 * CLAIM_HOLDS:
            return read(incident)
        return (replace(thread, place=None, claim=Claim("another", bot.time + CLAIM_HOLDS)),), 1

    bot.incidents.read = claimed  # type: ignore[method-assign]
    hear(bot, FIXED)
    assert [len(each) for each in kinds(bot)] == ([2] if takes_over else [1, 1])
    assert bot.time - began == (1.5 if takes_over else 2) * CLAIM_HOLDS


def test_a_claim_whose_delivery_died_runs_out_and_the_next_message_begins_the_thread(bot: FakeGateways) -> None:
    post, begun = bot.slack.post, bot.time

    def dies(*message: Any, **more: Any) -> Place | None:
        raise KeyboardInterrupt

    bot.slack.post = dies  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        notify(sns_event(CONDEMNED), bot)
    bot.slack.post = post  # type: ignore[method-assign]
    hear(bot, FIXED, CLEARED)
    assert kinds(bot) == [["Fixed", "Compliant again"]]
    assert bot.time - begun == CLAIM_HOLDS
