"""A message that repeats the last one about an incident is not posted."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.errors import NotDone
from chalicelib.notify import Actor, Held, Outcome, Status, to_json
from chalicelib.slack.incidents.threads import MOST_SAID
from chalicelib.slack.notify import notify
from tests.notify.fakes import FakeGateways
from tests.notify.incident import APPROVED, CLEARED, FAILED, FIXED, NON_COMPLIANT, WAITING, WHO, hear, kinds
from tests.notify.samples import outcome, sns_event

PARTIAL = outcome(Status.PARTIALLY_FIXED, left=("tcp 3389 is open to ::/0",), reason="the group is full")
ENCODED = "You are not authorized. Encoded authorization failure message: "
NEXT_DAY = {
    "remediation_id": "r-0a1b2c3d4e5f",
    "detected_at": "2026-11-06T03:12:07+00:00",
    "finished_at": "2026-11-06T03:12:33+00:00",
}


def again(told: Outcome, **changed: Any) -> Outcome:
    """The same finding a day later, with a new ID."""
    return Outcome(**{**vars(told), **NEXT_DAY, **changed})


def the_same(told: Any, number: str, at: str) -> Any:
    """The same notification on another day."""
    id_of = "hold_id" if isinstance(told, Held) else "remediation_id"
    return replace(told, detected_at=at, **{id_of: f"r-{number}"})


@pytest.mark.parametrize("told", [FAILED, PARTIAL])
@pytest.mark.parametrize("has_threads", [True, False])
def test_an_unsolved_finding_is_told_once_though_it_is_raised_daily(
    told: Outcome, has_threads: bool, gateways: FakeGateways, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    gateways.slack.has_threads = has_threads
    hear(gateways, told, again(told), again(told))
    assert len(gateways.slack.posted) == 1
    assert "a repeat" in caplog.text


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (f"{ENCODED}4nZx", f"{ENCODED}9_-q"),
        (
            "r-0123456789ab has waited since 2026-11-05T03:12:07+00:00",
            "r-0a1b2c3d4e5f has waited since 2026-11-06 03:12:07 UTC",
        ),
        ("RequestId: 5f1f2c2e-7a1b-4f61-8f57-1ad3e0b6f0aa", "RequestId: 0d9e8f7a-1111-4222-8333-abcdefabcdef"),
    ],
)
def test_times_and_ids_within_a_sentence_make_no_news(first: str, second: str, bot: FakeGateways) -> None:
    hear(bot, outcome(Status.FAILED, reason=first), again(outcome(Status.FAILED, reason=second)))
    assert len(bot.slack.posted) == 1


@pytest.mark.parametrize(
    "changed",
    [{"reason": "another"}, {"next_step": "call"}, {"violations": ("tcp 23",)}, {"status": Status.PARTIALLY_FIXED}],
)
def test_anything_else_that_differs_is_told(changed: dict[str, Any], bot: FakeGateways) -> None:
    hear(bot, FAILED, again(FAILED, **changed))
    assert len(bot.slack.posted) == 2


def test_what_waits_for_approval_is_told_once_though_it_is_raised_daily(bot: FakeGateways) -> None:
    hear(bot, WAITING, replace(WAITING, hold_id="w-ba9876543210", detected_at=NEXT_DAY["detected_at"]))
    assert len(bot.slack.posted) == 1


@pytest.mark.parametrize("told", [FAILED, PARTIAL, WAITING])
@pytest.mark.parametrize("has_threads", [True, False])
def test_the_answer_who_it_was_makes_no_news_of_what_is_raised_daily_and_is_told_once_itself(
    told: Outcome | Held, has_threads: bool, gateways: FakeGateways
) -> None:
    gateways.slack.has_threads = has_threads
    hear(gateways, told, WHO)
    for day in ("06", "07"):
        gateways.time += timedelta(days=1)
        at = f"2026-11-{day}T03:12:07+00:00"
        hear(gateways, the_same(told, f"0a1b2c3d4e{day}", at), the_same(WHO, f"0a1b2c3d4e{day}", at))
    assert len(gateways.slack.posted) == 2


def test_another_answer_is_told_and_then_neither_again(bot: FakeGateways) -> None:
    another = replace(WHO, who="arn:aws:iam::123456789012:user/carol")
    hear(bot, FAILED, WHO, another, again(FAILED), WHO, another)
    assert kinds(bot) == [["Remediation failed", "Who opened it", "Who opened it"]]


def test_after_other_news_the_answer_is_told_again(bot: FakeGateways) -> None:
    hear(bot, FAILED, WHO, PARTIAL, WHO, again(FAILED))
    assert kinds(bot) == [
        ["Remediation failed", "Who opened it", "Partially fixed", "Who opened it", "Remediation failed"]
    ]


def test_lambdas_retry_of_an_answer_that_was_not_told_is_no_repeat(bot: FakeGateways) -> None:
    bot.slack.refused = {"Who"}
    event = sns_event(to_json(WHO))
    with pytest.raises(NotDone):
        notify(event, bot)
    bot.slack.refused = set()
    notify(event, bot)
    assert kinds(bot) == [["Who opened it"]]


@pytest.mark.parametrize("first", [FAILED, WHO])
def test_of_ever_new_answers_a_few_are_remembered_and_the_news_before_them(
    first: Outcome | Actor, bot: FakeGateways
) -> None:
    hear(bot, first, *(replace(WHO, who=f"user {number}") for number in range(20)))
    [((thread,), _)] = bot.incidents.items.values()
    assert len(thread.said) == MOST_SAID
    hear(bot, again(FAILED), replace(WHO, who="user 19"))
    assert len(bot.slack.posted) == (21 if first is FAILED else 23)


def test_what_waits_again_after_a_decision_is_told_again(bot: FakeGateways) -> None:
    hear(bot, WAITING, APPROVED, WAITING)
    assert len(bot.slack.posted) == 3


def test_each_time_that_a_fix_is_announced_for_is_told(bot: FakeGateways) -> None:
    announced = [replace(WAITING, due_at=f"2026-11-05T0{hour}:00:00+00:00") for hour in (4, 5)]
    hear(bot, WAITING, *announced)
    assert kinds(bot) == [["Waiting for approval", "Fix announced", "Fix announced"]]


def test_another_resource_is_told(bot: FakeGateways) -> None:
    hear(bot, FAILED, again(FAILED, target_resource_id="sg-2"))
    assert len(bot.slack.posted) == 2


@pytest.mark.parametrize("between", [PARTIAL, outcome(Status.SUPERSEDED)])
def test_what_was_said_before_something_else_is_told_again(between: Outcome, bot: FakeGateways) -> None:
    hear(bot, FAILED, between, again(FAILED))
    assert len(bot.slack.posted) == 3


def test_that_aws_config_reports_it_meanwhile_is_no_reason_to_repeat(bot: FakeGateways) -> None:
    hear(bot, FAILED, NON_COMPLIANT, again(FAILED))
    assert kinds(bot) == [["Remediation failed", "Non-compliant"]]


def test_after_its_end_an_incident_that_comes_back_is_told(bot: FakeGateways) -> None:
    hear(bot, NON_COMPLIANT, FAILED, CLEARED, again(FAILED))
    assert kinds(bot)[1:] == [["Remediation failed"]]


def test_a_fix_is_never_a_repeat(bot: FakeGateways) -> None:
    hear(bot, FIXED, again(FIXED))
    assert len(bot.slack.posted) == 2


def test_lambdas_retry_of_what_was_not_told_is_no_repeat(bot: FakeGateways) -> None:
    bot.slack.refused = {"failed"}
    event = sns_event(to_json(FAILED))
    with pytest.raises(NotDone):
        notify(event, bot)
    bot.slack.refused = set()
    notify(event, bot)
    assert kinds(bot) == [["Remediation failed"]]


def test_a_repeat_does_not_count_toward_the_minute(bot: FakeGateways) -> None:
    hear(bot, *[FAILED] * 30, FIXED)
    assert kinds(bot) == [["Remediation failed", "Fixed"]]


def test_what_a_digest_tells_is_not_told_again(bot: FakeGateways) -> None:
    bot.rate.counts["2026-11-05T03:12"] = 20
    hear(bot, FAILED, again(FAILED), FIXED)
    digest, fixed = bot.slack.texts
    assert "1 remediation failed" in digest
    assert "Fixed" in fixed


def test_lambdas_retry_of_a_digest_that_holds_the_same_still_posts_it(bot: FakeGateways) -> None:
    bot.rate.counts["2026-11-05T03:12"] = 20
    bot.slack.refused = {"more notification"}
    event = sns_event(to_json(FAILED))
    with pytest.raises(NotDone):
        notify(event, bot)
    bot.slack.refused = set()
    notify(event, bot)
    assert bot.slack.texts == ["📬 1 more notification at 03:12 UTC: 1 remediation failed"]
