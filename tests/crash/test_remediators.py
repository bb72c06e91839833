"""A remediator dies at any of its AWS calls, before it or after it; then its work order is delivered again."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

import app
from chalicelib.gateways import live
from chalicelib.gateways.calls import make
from chalicelib.gateways.controls import Controls
from chalicelib.resources import S3_BUCKET, SECURITY_GROUP
from chalicelib.settings import dead_letter
from chalicelib.trust.limits import Limits
from chalicelib.trust.record import Answer, Record
from chalicelib.undo import FACTS, Undo, undo
from tests.answers import policy_status
from tests.handlers import buckets
from tests.handlers.conftest import ACCOUNT, REGION, SETTINGS, Account, clients, stage_of
from tests.handlers.events import TICK, bucket_change, scheduled
from tests.handlers.test_bucket_fixes import OPEN, PARTNER, case
from tests.tables import create_table
from tests.undo.test_groups import ANYONE, made, rules

from .points import Point, Process, every_point
from .processes import again, remediator, run

__all__ = ["clients"]

pytestmark = pytest.mark.e2e


@dataclass(frozen=True)
class Story:
    """Something that has to be fixed.

    Attributes
    ----------
    plant : callable
        Make it, and have it evaluated; its id.
    state : callable
        What matters about it.
    fixed : callable
        Whether such a state is what the fix is to leave.
    """

    function: str
    resource_type: str
    plant: Callable[[Account], str]
    state: Callable[[Account, str], Any]
    fixed: Callable[[Any], bool]


def _group(parameters: dict[str, str]) -> Callable[[Account], str]:
    def plant(account: Account) -> str:
        group = made(account, (20, 30, ANYONE, "a"), (22, 22, "52.0.0.0/7", "b"), (443, 443, ANYONE, "c"))
        app.evaluate_security_group(scheduled(parameters), None)
        return group

    return plant


def _bucket(fix: str) -> Callable[[Account], str]:
    def plant(account: Account) -> str:
        some = case(OPEN, PARTNER, acl=True)
        owner = buckets.make(account, some)
        app.evaluate_s3_bucket(bucket_change(buckets.BUCKET, some, {"bucketFix": fix}, owner), None)
        return buckets.BUCKET

    return plant


def _rules(account: Account, group: str) -> set[tuple[Any, ...]]:
    return rules(account, group)


def _bucket_state(account: Account, bucket: str) -> tuple[Any, ...]:
    try:
        block = account.s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    except account.s3.exceptions.ClientError:
        block = {}
    return *buckets.state(account, bucket), tuple(name for name, is_on in block.items() if is_on)


def _ports(state: Any) -> set[tuple[int, int]]:
    return {rule[:2] for rule in state}


STORIES = {
    "a group, revoked": Story(
        "remediate_security_group",
        SECURITY_GROUP,
        _group({"prohibitedPorts": "22"}),
        _rules,
        lambda state: _ports(state) == {(443, 443)},
    ),
    "a group, carved": Story(
        "remediate_security_group",
        SECURITY_GROUP,
        _group({"prohibitedPorts": "22", "portRange": "carve"}),
        _rules,
        lambda state: _ports(state) == {(443, 443), (20, 21), (23, 30)},
    ),
    "a bucket, taken out": Story(
        "remediate_s3_bucket",
        S3_BUCKET,
        _bucket("surgical"),
        _bucket_state,
        lambda state: state[0] == [PARTNER] and len(state[1]) == 1,
    ),
    "a bucket, blocked": Story(
        "remediate_s3_bucket",
        S3_BUCKET,
        _bucket("block"),
        _bucket_state,
        lambda state: state[2] == ("IgnorePublicAcls", "RestrictPublicBuckets"),
    ),
}


@pytest.mark.parametrize("name", list(STORIES))
def test_wherever_a_remediator_dies_the_next_delivery_ends_what_it_began(
    name: str, clients: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[dict[str, Any]] = []
    points = list(every_point(lambda process: _tell(STORIES[name], process, clients, told)))
    with capsys.disabled():
        print(f"\n{name}: died at {len(points)} points, fixed and undone from each")
    called = {point.call for point in points}
    assert {"dynamodb:PutItem", "dynamodb:UpdateItem", "sns:Publish", "sqs:DeleteMessage"} <= called
    assert {outcome["status"] for outcome in told} == {"fixed", "unconfirmed"}
    assert len({(*outcome["removed"], "|", *outcome["added"]) for outcome in told}) == 1


def _tell(story: Story, process: Process, clients: Account, told: list[dict[str, Any]]) -> Point | None:
    """Let the process die at its point, deliver again, and see what has come of it all."""
    with stage_of(clients) as account, policy_status(is_public=True):
        create_table(account.dynamodb, SETTINGS.trust_table, SETTINGS.stage)
        journal = account.create_journal()
        account.sqs.create_queue(QueueName=SETTINGS.investigation_queue)
        resource = story.plant(account)
        before = story.state(account, resource)
        app.coordinator(TICK, None)
        work = account.work(story.function)
        point = run(process, remediator(story.function, work))
        if point:
            remediator(story.function, again(work))()
        assert story.fixed(story.state(account, resource)), point
        [outcome, *more] = account.notifications()
        assert not more or _is_between_telling_and_noting(point), point
        assert 1 <= _questions(account) <= 1 + len(more), point
        assert account.waiting(SETTINGS.remediation_queue) == 0, point
        assert account.waiting(dead_letter(SETTINGS.work_queue(story.function))) == 0, point
        [slot] = Controls(account.dynamodb, SETTINGS.trust_table, Limits(50)).ledger().slots
        assert slot.used_at, point
        record = journal.read(outcome["remediationId"])
        assert record, point
        _demand_complete(record, outcome, point)
        told.append(outcome)
        _undo(record, story)
        assert story.state(account, resource) == before, point
    return point


def _is_between_telling_and_noting(point: Point | None) -> bool:
    """SNS cannot be asked whether it was told: what was told and not written down is told again."""
    return point is not None and (
        (point.call, point.when) in (("sns:Publish", "after"), ("dynamodb:UpdateItem", "before"))
        or point.call in ("sqs:GetQueueUrl", "sqs:SendMessage")
    )


def _questions(account: Account) -> int:
    """How often it was asked who had opened it: once for each time that people were told."""
    url = account.url(SETTINGS.investigation_queue)
    answer = account.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return int(answer["ApproximateNumberOfMessagesDelayed"])


def _demand_complete(record: Record, outcome: dict[str, Any], point: Point | None) -> None:
    """The one record says how it ended, as people were told; unconfirmed exactly where AWS's answer was lost."""
    assert record.closing, point
    assert record.told, point
    assert record.closing.outcome.status == outcome["status"], point
    unconfirmed = [each for each in record.attempts if each.answer is Answer.UNKNOWN]
    assert outcome["status"] == ("unconfirmed" if unconfirmed else "fixed"), point
    for each in record.attempts:
        assert (each.answer is Answer.MADE) == bool(each.request_id), point


def _undo(record: Record, story: Story) -> None:
    reader = live.reader(story.resource_type, ACCOUNT, REGION)
    now = reader.get(record.opening.finding.target_resource_id)
    assert now
    work = undo(record, live.with_facts(now, FACTS[type(now)]))
    assert isinstance(work, Undo), work
    assert not work.plan.obstacles
    for call in work.plan.calls:
        make(call, ACCOUNT, REGION)
