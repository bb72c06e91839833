"""One incident is one thread, in any order of messages, with repeats, and if a process dies."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from chalicelib.errors import AwsRefused, NotDeployed, NotDone
from chalicelib.notify import Status
from chalicelib.slack.incidents import Claim, Incident, Place, Thread
from chalicelib.slack.notify import notify
from chalicelib.slack.threads import CLAIM_HOLDS
from tests.notify.fakes import FakeGateways
from tests.notify.incident import (
    ANNOUNCED,
    APPROVED,
    CLEARED,
    FAILED,
    FIXED,
    FIXED_AGAIN,
    FLAPPING,
    NON_COMPLIANT,
    NON_COMPLIANT_AGAIN,
    UNDONE,
    WAITING,
    WHO,
    change,
    hear,
    kinds,
)
from tests.notify.samples import event, outcome, sns_event


def test_what_happens_to_an_incident_is_in_its_thread_even_hours_later(bot: FakeGateways) -> None:
    hear(bot, NON_COMPLIANT, FIXED, CLEARED)
    bot.time += timedelta(hours=5)
    hear(bot, UNDONE)
    assert kinds(bot) == [["Fixed", "Undone"]]


def test_a_fix_takes_the_place_of_what_was_found_and_aws_config_need_not_confirm_it(bot: FakeGateways) -> None:
    hear(bot, NON_COMPLIANT, FIXED, CLEARED)
    assert kinds(bot) == [["Fixed"]]
    assert [text.split(": ")[0] for text in bot.slack.replaced] == ["🔴 Non-compliant"]


def test_with_a_webhook_a_fix_is_two_messages(gateways: FakeGateways) -> None:
    hear(gateways, NON_COMPLIANT, FIXED, CLEARED)
    assert [text.split(": ")[0] for text in gateways.slack.texts] == ["🔴 Non-compliant", "✅ Fixed"]


@pytest.mark.parametrize("has_threads", [True, False])
def test_that_it_was_non_compliant_is_no_news_after_the_fix(has_threads: bool, gateways: FakeGateways) -> None:
    gateways.slack.has_threads = has_threads
    hear(gateways, FIXED, NON_COMPLIANT, CLEARED)
    assert [text.split(": ")[0] for text in gateways.slack.texts] == ["✅ Fixed"]


@pytest.mark.parametrize("between", [FAILED, FLAPPING, WAITING, outcome(Status.PARTIALLY_FIXED)])
@pytest.mark.parametrize("has_threads", [True, False])
def test_after_anything_but_a_fix_people_are_told_that_it_is_compliant_again(
    between: Any, has_threads: bool, gateways: FakeGateways
) -> None:
    gateways.slack.has_threads = has_threads
    hear(gateways, NON_COMPLIANT, FIXED, between, CLEARED)
    assert gateways.slack.texts[-1].startswith("🟢 Compliant again")


def test_that_it_is_no_longer_evaluated_is_told_after_a_fix_too(bot: FakeGateways) -> None:
    hear(bot, NON_COMPLIANT, FIXED, change("NOT_APPLICABLE", "2026-11-05T03:12:40.000Z"))
    assert kinds(bot) == [["Fixed", "No longer evaluated"]]


def test_what_is_found_minutes_after_a_fix_is_told(bot: FakeGateways) -> None:
    hear(bot, FIXED, change("NON_COMPLIANT", "2026-11-05T03:14:34.000Z"))
    assert kinds(bot) == [["Fixed", "Non-compliant"]]


def test_where_a_digest_told_of_the_fix_the_end_takes_the_place_of_what_was_found(bot: FakeGateways) -> None:
    hear(bot, NON_COMPLIANT)
    bot.rate.counts["2026-11-05T03:12"] = 20
    hear(bot, FIXED)
    bot.time += timedelta(minutes=5)
    hear(bot, CLEARED)
    assert kinds(bot)[0] == ["Compliant again"]


def test_a_fix_takes_no_other_messages_place(bot: FakeGateways) -> None:
    hear(bot, WAITING, NON_COMPLIANT, FIXED)
    assert kinds(bot) == [["Waiting for approval", "Non-compliant", "Fixed"]]


def test_a_fix_that_slack_refused_folds_nothing(bot: FakeGateways) -> None:
    hear(bot, FAILED)
    bot.slack.refused = {"Fixed"}
    with pytest.raises(NotDone):
        hear(bot, FIXED)
    hear(bot, NON_COMPLIANT, CLEARED)
    assert kinds(bot) == [["Remediation failed", "Non-compliant", "Compliant again"]]


@pytest.mark.parametrize("status", [Status.UNCONFIRMED, Status.SUPERSEDED, Status.ALREADY_COMPLIANT])
def test_whatever_a_remediator_finds_compliant_takes_the_place_of_what_was_found(
    status: Status, bot: FakeGateways
) -> None:
    hear(bot, NON_COMPLIANT, outcome(status), CLEARED)
    assert [len(thread) for thread in kinds(bot)] == [1]
    assert "Non-compliant" not in kinds(bot)[0]


def test_a_fix_told_twice_by_a_process_that_died_is_one_message(bot: FakeGateways) -> None:
    hear(bot, NON_COMPLIANT, FIXED, FIXED)
    assert kinds(bot) == [["Fixed", "Fixed"]]
    hear(bot, CLEARED)
    assert kinds(bot) == [["Fixed", "Fixed"]]


def test_what_waits_and_who_decided_stand_in_the_thread(bot: FakeGateways) -> None:
    hear(bot, NON_COMPLIANT, WAITING, APPROVED, FIXED, CLEARED)
    assert kinds(bot) == [["Fixed", "Waiting for approval", "Approved"]]


def test_a_decision_stands_beneath_what_it_is_about_though_that_is_over(bot: FakeGateways) -> None:
    hear(bot, WAITING, NON_COMPLIANT, CLEARED, APPROVED)
    assert len(kinds(bot)) == 1


def test_a_fix_that_is_told_first_begins_the_thread(bot: FakeGateways) -> None:
    hear(bot, FIXED, NON_COMPLIANT, CLEARED)
    assert kinds(bot) == [["Fixed"]]


def test_what_is_non_compliant_again_begins_another_thread(bot: FakeGateways) -> None:
    hear(bot, NON_COMPLIANT, FIXED, CLEARED, NON_COMPLIANT_AGAIN, FIXED_AGAIN)
    assert kinds(bot) == [["Fixed"], ["Fixed"]]


def test_a_fix_that_was_detected_after_the_end_belongs_to_the_next_incident(bot: FakeGateways) -> None:
    hear(bot, NON_COMPLIANT, CLEARED, FIXED_AGAIN, NON_COMPLIANT_AGAIN)
    assert kinds(bot) == [["Non-compliant", "Compliant again"], ["Fixed"]]


def test_an_undo_joins_the_thread_of_what_it_undoes_though_there_was_another_incident_since(bot: FakeGateways) -> None:
    hear(bot, NON_COMPLIANT, FIXED, CLEARED, NON_COMPLIANT_AGAIN, UNDONE)
    assert kinds(bot) == [["Fixed", "Undone"], ["Non-compliant"]]


def test_what_is_non_compliant_hours_after_an_undo_of_something_unknown_is_not_hidden_beneath_it(
    bot: FakeGateways,
) -> None:
    hear(bot, UNDONE, NON_COMPLIANT_AGAIN)
    assert kinds(bot) == [["Undone"], ["Non-compliant"]]


@pytest.mark.parametrize("before", [FIXED, NON_COMPLIANT])
def test_a_lost_end_hides_no_later_incident_in_an_old_thread(before: Any, bot: FakeGateways) -> None:
    hear(bot, before, NON_COMPLIANT_AGAIN)
    assert [len(thread) for thread in kinds(bot)] == [1, 1]


def test_a_verdict_without_a_time_is_of_when_it_was_published(bot: FakeGateways) -> None:
    timeless = {**change("NON_COMPLIANT", ""), "notificationCreationTime": None}
    hear(bot, NON_COMPLIANT, CLEARED)
    hear(bot, timeless, timestamp="2026-11-05T09:00:00.000Z")
    assert kinds(bot)[1:] == [["Non-compliant"]]


def test_what_comes_back_stands_in_the_thread_of_the_incident_that_is_going_on(bot: FakeGateways) -> None:
    hear(bot, NON_COMPLIANT, CLEARED)
    hear(bot, FLAPPING, NON_COMPLIANT_AGAIN, timestamp="2026-11-05T08:59:59.000Z")
    assert kinds(bot) == [["Non-compliant", "Compliant again"], ["Flapping", "Non-compliant"]]


@pytest.mark.parametrize(
    "changed", [{"raised_by_rule": "another"}, {"aws_account_id": "2" * 12}, {"aws_region": "us-east-1"}]
)
def test_another_rule_account_or_region_is_another_incident(changed: dict[str, str], bot: FakeGateways) -> None:
    hear(bot, NON_COMPLIANT, outcome(**changed))
    assert len(kinds(bot)) == 2


def test_what_is_about_no_incident_stays_outside_threads(bot: FakeGateways) -> None:
    notify(event("alarm_goes_off"), bot)
    assert bot.incidents.items == {}
    assert kinds(bot) == [["Alarm"]]


def test_what_people_have_to_act_on_or_can_say_no_to_is_shown_in_the_channel_too(bot: FakeGateways) -> None:
    hear(bot, NON_COMPLIANT, FIXED, FAILED, WHO, FLAPPING, WAITING, ANNOUNCED, APPROVED)
    shown = [text.split(": ")[0].split(" ", 1)[1] for text in bot.slack.shown]
    assert shown == ["Remediation failed", "Flapping", "Waiting for approval", "Fix announced"]


def test_with_a_webhook_alone_messages_are_separate_and_the_next_one_begins_the_thread(gateways: FakeGateways) -> None:
    hear(gateways, NON_COMPLIANT)
    gateways.slack.has_threads = True
    hear(gateways, FIXED, UNDONE)
    assert kinds(gateways) == [["Fixed", "Undone"]]


def test_who_was_too_slow_does_not_take_the_thread_from_whoever_took_it_over(bot: FakeGateways) -> None:
    post = bot.slack.post

    def slowly(*message: Any, **more: Any) -> Place | None:
        bot.slack.post = post  # type: ignore[method-assign]
        bot.time += CLAIM_HOLDS
        hear(bot, FIXED)
        return post(*message, **more)

    bot.slack.post = slowly  # type: ignore[method-assign]
    hear(bot, NON_COMPLIANT, UNDONE)
    assert kinds(bot) == [["Fixed", "Undone"], ["Non-compliant"]]


def test_another_channel_gets_the_rest_of_the_incident_in_a_thread_of_its_own(bot: FakeGateways) -> None:
    hear(bot, NON_COMPLIANT)
    moved = Place("C0NEW", "9.9")
    bot.slack.post = lambda text, blocks, *_: moved  # type: ignore[method-assign]
    hear(bot, FIXED)
    [((thread,), _)] = bot.incidents.items.values()
    assert thread.place == moved


@pytest.mark.parametrize("failure", [NotDeployed("none"), AwsRefused("no", "allow it"), NotDone("throttled")])
def test_where_the_table_cannot_be_used_everything_is_told_outside_threads(
    failure: Exception, bot: FakeGateways, caplog: pytest.LogCaptureFixture
) -> None:
    bot.incidents.failure = failure
    hear(bot, NON_COMPLIANT, FAILED, FAILED)
    assert len(kinds(bot)) == 3
    assert "outside threads" in caplog.text


def test_a_message_is_not_told_again_because_the_table_could_not_be_told(bot: FakeGateways) -> None:
    hear(bot, NON_COMPLIANT)
    bot.incidents.write = lambda incident, threads, version: False  # type: ignore[method-assign]
    hear(bot, FIXED)
    assert kinds(bot) == [["Fixed"]]


def test_a_post_that_failed_keeps_nobody_from_beginning_the_thread(bot: FakeGateways) -> None:
    bot.slack.refused = {"Non-compliant"}
    event = sns_event(NON_COMPLIANT)
    with pytest.raises(NotDone):
        notify(event, bot)
    bot.slack.refused = set()
    notify(event, bot)
    hear(bot, FAILED)
    assert kinds(bot) == [["Non-compliant", "Remediation failed"]]
    assert bot.pauses == []


def test_deliveries_at_the_same_time_make_one_thread(bot: FakeGateways) -> None:
    post = bot.slack.post

    def slowly(*message: Any, **more: Any) -> Place | None:
        time.sleep(0.05)
        return post(*message, **more)

    bot.slack.post = slowly  # type: ignore[method-assign]
    bot.pause = lambda seconds: time.sleep(seconds / 100)  # type: ignore[method-assign]
    with ThreadPoolExecutor() as containers:
        list(containers.map(partial(hear, bot), [NON_COMPLIANT, FAILED, NON_COMPLIANT, WAITING, CLEARED]))
    assert [len(thread) for thread in kinds(bot)] == [5]


@pytest.mark.parametrize("takes_over", [True, False])
def test_whoever_waits_waits_for_who_takes_a_thread_over_and_for_nobody_after_that(
    takes_over: bool, bot: FakeGateways
) -> None:
    hear(bot, NON_COMPLIANT)
    [(incident, ((thread,), _))] = bot.incidents.items.items()
    began, read = bot.time, bot.incidents.read

    def claimed(_: Incident) -> tuple[tuple[Thread, ...], int]:
        waited = bot.time - began
        if takes_over and waited >= 1.5 * CLAIM_HOLDS:
            return read(incident)
        return (replace(thread, place=None, claim=Claim("another", bot.time + CLAIM_HOLDS)),), 1

    bot.incidents.read = claimed  # type: ignore[method-assign]
    hear(bot, FAILED)
    assert [len(each) for each in kinds(bot)] == ([2] if takes_over else [1, 1])
    assert bot.time - began == (1.5 if takes_over else 2) * CLAIM_HOLDS


def test_a_claim_whose_delivery_died_runs_out_and_the_next_message_begins_the_thread(bot: FakeGateways) -> None:
    post = bot.slack.post

    def dies(*message: Any, **more: Any) -> Place | None:
        raise KeyboardInterrupt

    bot.slack.post = dies  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        notify(sns_event(NON_COMPLIANT), bot)
    bot.slack.post = post  # type: ignore[method-assign]
    hear(bot, FIXED, UNDONE)
    assert kinds(bot) == [["Fixed", "Undone"]]
    assert sum(bot.pauses) == CLAIM_HOLDS.total_seconds()
