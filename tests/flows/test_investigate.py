"""Inquiries: answered, sent again, or given up."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.errors import AwsRefused, DdAwsError, NotDone, shortened
from chalicelib.exposure.trail_events import TrailEvent
from chalicelib.findings import Violation
from chalicelib.investigation.inquiry import Inquiry
from chalicelib.investigation.investigate import MOST_PAGES, investigate
from chalicelib.notify import Actor, Certainty, ChangeOverwritten, Notification, Rejection
from tests.trust.test_overwritten import THEIRS, ours, policy_put, put
from tests.trust.trail import (
    ACCOUNT,
    ANN,
    REGION,
    SSH_OPEN,
    TERRAFORM,
    at,
    entry,
    event,
    ingress,
    inquiry,
    read,
    session,
)

NEAR = ingress("Authorize", 9, entry("tcp", 443, 443, "0.0.0.0/0"))


@dataclass
class FakeInvestigator:
    """CloudTrail has these pages of events, each of which takes `slow` seconds; the time is `minutes` past three.

    `error` is raised instead of the page after `pages`.
    """

    pages: Sequence[Sequence[dict[str, Any]]] = ()
    minute: int = 25
    slow: float = 0.0
    error: DdAwsError | None = None
    inquire_error: DdAwsError | None = None
    published: list[Notification] = field(default_factory=list)
    asked_again: list[tuple[Inquiry, int]] = field(default_factory=list)
    rejected: list[tuple[str, str]] = field(default_factory=list)
    calls: int = 0
    account_id: str = ACCOUNT
    region: str = REGION
    waited: float = 0.0

    def role(self, function: str) -> str:
        return f"dd-aws-dev-{function}"

    def events(self, inquiry: Inquiry) -> Iterator[tuple[TrailEvent, ...]]:
        for page in self.pages or ([] if self.error else [()]):
            self.calls += 1
            self.waited += self.slow
            yield tuple(map(read, page))
        if self.error:
            raise self.error

    def events_between(self, inquiry: Inquiry, since: datetime, until: datetime) -> Iterator[tuple[TrailEvent, ...]]:
        for page in self.events(inquiry):
            yield tuple(each for each in page if since <= each.at <= until)

    def inquire(self, inquiry: Inquiry, seconds: int) -> None:
        if self.inquire_error:
            raise self.inquire_error
        self.asked_again.append((inquiry, seconds))

    def reject(self, body: str, reason: str) -> str:
        self.rejected.append((body, reason))
        return "dd-aws-dev-investigation-dlq"

    def publish(self, notification: Notification) -> None:
        self.published.append(notification)

    def timestamp(self) -> str:
        now = datetime(2026, 11, 5, 3, self.minute, tzinfo=UTC) + timedelta(seconds=self.waited)
        return now.isoformat(timespec="seconds")

    def pause(self, seconds: float) -> None:
        self.waited += seconds


def ask(gateways: FakeInvestigator, about: Inquiry | None = None, receive_count: int = 1) -> FakeInvestigator:
    body = json.dumps((about or inquiry()).to_json())
    investigate(sqs_event(body, receive_count), gateways)
    return gateways


def sqs_event(body: str, receive_count: int = 1) -> dict[str, Any]:
    return {"Records": [{"body": body, "attributes": {"ApproximateReceiveCount": str(receive_count)}}]}


def told(gateways: FakeInvestigator) -> Actor:
    [actor] = gateways.published
    assert isinstance(actor, Actor)
    return actor


def test_whoever_opened_it_is_told_with_source_program_and_call() -> None:
    actor = told(ask(FakeInvestigator([[NEAR, ingress("Authorize", 10)]])))
    assert actor.certainty is Certainty.OPENED
    assert (actor.who, actor.source, actor.user_agent) == (ANN["arn"], "203.0.113.42", TERRAFORM)
    assert (actor.event_name, actor.event_time) == ("AuthorizeSecurityGroupIngress", "2026-11-05T03:10:00+00:00")
    assert actor.violations == (SSH_OPEN.reason,)
    assert actor.reason == ""


@pytest.mark.parametrize(("minute", "seconds"), [(25, 300), (30, 300), (36, 240), (39, 60)])
@pytest.mark.parametrize("pages", [[], [[NEAR]]])
def test_while_cloudtrail_may_not_have_it_yet_it_is_asked_again(minute: int, seconds: int, pages: Any) -> None:
    gateways = ask(FakeInvestigator(pages, minute))
    assert gateways.asked_again == [(inquiry(), seconds)]
    assert gateways.published == []


def test_after_twenty_minutes_the_last_change_is_told_as_no_more_than_that() -> None:
    gateways = ask(FakeInvestigator([[NEAR]], minute=40))
    assert (told(gateways).certainty, told(gateways).event_id) == (Certainty.LAST_CHANGE, NEAR["eventID"])
    assert gateways.asked_again == []


def test_after_twenty_minutes_without_any_call_it_is_told_that_nobody_is_known() -> None:
    actor = told(ask(FakeInvestigator(minute=59)))
    assert (actor.certainty, actor.who, actor.event_id) == (Certainty.UNKNOWN, "", "")
    assert "CloudTrail has no event" in actor.reason
    assert actor.violations == (SSH_OPEN.reason,)


def test_calls_of_our_own_remediators_open_nothing() -> None:
    for function in ("remediate_security_group", "remediate_s3_bucket"):
        ours = ingress("Authorize", 10, userIdentity=session(f"dd-aws-dev-{function}"))
        assert told(ask(FakeInvestigator([[ours]], minute=40))).certainty is Certainty.UNKNOWN


def test_pages_are_read_until_one_has_the_answer_with_a_second_after_each() -> None:
    gateways = ask(FakeInvestigator([[event("DescribeTags", {}, 11)], [ingress("Authorize", 10)], [NEAR]]))
    assert told(gateways).certainty is Certainty.OPENED
    assert (gateways.calls, gateways.waited) == (2, 2.0)


def test_no_more_than_so_many_pages_are_read() -> None:
    gateways = ask(FakeInvestigator([[event("DescribeTags", {}, 11)]] * (MOST_PAGES + 5)))
    assert gateways.calls == MOST_PAGES


def test_of_pages_that_are_slow_no_more_are_read_than_the_function_has_time_for() -> None:
    gateways = ask(FakeInvestigator([[event("DescribeTags", {}, 11)]] * 9, minute=40, slow=20.0))
    assert gateways.calls == 2
    assert (
        told(gateways).reason
        == "CloudTrail has more events than were read, and none of the latest events could have opened the violation."
    )


def test_what_was_opened_long_before_it_was_found_is_told_once_cloudtrail_has_had_its_time() -> None:
    """It may have been closed and opened again by somebody else, which CloudTrail does not have yet."""
    long_ago = ingress("Authorize", 10, eventTime="2026-11-04T03:10:00Z")
    assert ask(FakeInvestigator([[long_ago]])).published == []
    assert told(ask(FakeInvestigator([[long_ago]], minute=40))).certainty is Certainty.OPENED


def test_a_throttled_cloudtrail_is_asked_again_without_an_error_and_no_sooner_than_after_a_second() -> None:
    gateways = ask(FakeInvestigator(error=NotDone("ThrottlingException")))
    assert gateways.asked_again == [(inquiry(), 300)]
    assert (gateways.published, gateways.waited) == ([], 1.0)


def test_in_the_end_it_is_told_that_cloudtrail_could_not_be_asked() -> None:
    actor = told(ask(FakeInvestigator(minute=40, error=NotDone("ThrottlingException"))))
    assert actor.certainty is Certainty.UNKNOWN
    assert actor.reason == "CloudTrail could not be read: ThrottlingException"


def test_what_was_read_before_cloudtrail_failed_counts() -> None:
    gateways = FakeInvestigator([[NEAR]], minute=40, error=NotDone("ThrottlingException"))
    assert told(ask(gateways)).event_id == NEAR["eventID"]


def test_a_refusal_is_told_once_and_not_tried_again() -> None:
    gateways = ask(FakeInvestigator(error=AwsRefused("AccessDenied", "Allow it.")))
    assert told(gateways).reason == "AccessDenied Next step: Allow it."
    assert gateways.asked_again == []


def test_an_inquiry_that_cannot_be_sent_again_stays_in_the_queue() -> None:
    with pytest.raises(ExceptionGroup):
        ask(FakeInvestigator(inquire_error=NotDone("no SQS")))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("no JSON", "message: expected JSON"),
        ("{}", "message.version"),
        (json.dumps(inquiry(asked_at=at(59)).to_json()), "message.askedAt: expected a time in the past"),
        (
            json.dumps(inquiry(detected_at="9999-12-31T23:59:59Z").to_json()),
            "message.detectedAt: expected a time in the past",
        ),
        (json.dumps(inquiry(detected_at="0001-01-01T00:00:00Z").to_json()), "message.detectedAt: expected a time aft"),
        (json.dumps(inquiry(aws_account_id="999999999999").to_json()), "message.awsAccountId: expected 123456789012"),
        (json.dumps(inquiry(aws_region="us-east-1").to_json()), "message.awsRegion: expected eu-west-1"),
        (
            json.dumps(inquiry(violations=(Violation("T", {}),) * 1001).to_json()),
            "message.violations: expected at most 1000",
        ),
        ('{"version": "1", "version": "1"}', "message: expected unambiguous JSON: the key 'version'"),
        (json.dumps(inquiry().to_json() | {"x": "y" * 200_000}), "message: expected at most 200000 bytes"),
    ],
)
def test_an_invalid_inquiry_is_kept_with_the_reason_and_reported(body: str, reason: str) -> None:
    gateways = FakeInvestigator()
    investigate(sqs_event(body), gateways)
    [(kept, why)] = gateways.rejected
    assert kept == body
    assert why.startswith(reason)
    assert gateways.published == [Rejection("dd-aws-dev-investigation-dlq", why, shortened(body, 500))]
    assert gateways.calls == 0


def puts(*violations: Violation) -> Inquiry:
    """An inquiry about a put of ours, and about who opened `violations`."""
    made = inquiry(Violation("S3_BUCKET_PUBLIC_POLICY", {"reason": "public", "statements": []}))
    return replace(made, violations=violations, puts=(put(),))


def test_a_change_that_our_put_has_overwritten_is_told_with_who_what_and_how_to_put_it_back() -> None:
    gateways = ask(FakeInvestigator([[ours(3), policy_put(1, THEIRS)]]), puts())
    [lost] = gateways.published
    assert isinstance(lost, ChangeOverwritten)
    assert (lost.who, lost.event_name, lost.our_action) == (ANN["arn"], "PutBucketPolicy", "PutBucketPolicy")
    assert [json.loads(line)["Sid"] for line in lost.content] == ["Theirs"]
    assert "AttributeKey=EventId,AttributeValue=PutBucketPolicy-10" in lost.next_step
    assert gateways.asked_again == []


def test_while_cloudtrail_may_not_have_a_foreign_put_it_is_asked_again_and_in_the_end_nothing_is_told() -> None:
    gateways = ask(FakeInvestigator([[ours(3)]]), puts())
    assert (gateways.asked_again, gateways.published) == ([(puts(), 300)], [])
    gateways = ask(FakeInvestigator([[ours(3)]], minute=40), puts())
    assert (gateways.asked_again, gateways.published) == ([], [])


def test_one_question_asks_who_opened_it_and_what_was_overwritten() -> None:
    public = Violation("S3_BUCKET_PUBLIC_POLICY", {"reason": "public", "statements": []})
    gateways = ask(FakeInvestigator([[ours(3)]], minute=40), puts(public))
    assert [type(each) for each in gateways.published] == [Actor]
    gateways = ask(FakeInvestigator([[ours(3), policy_put(1, THEIRS)]]), puts(public))
    assert [type(each) for each in gateways.published] == [ChangeOverwritten]
    assert gateways.asked_again == [(replace(puts(public), puts=()), 300)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"puts": [{**put().to_json(), "action": "PutBucketTagging"}]},
        {"puts": [{**put().to_json(), "putAt": "2026-11-04T00:00:00Z"}]},
        {"puts": "all"},
        {"puts": []},
    ],
)
def test_a_question_about_puts_that_cannot_be_right_is_kept_with_the_reason(wrong: dict[str, Any]) -> None:
    gateways = FakeInvestigator()
    investigate(sqs_event(json.dumps({**puts().to_json(), **wrong})), gateways)
    assert len(gateways.rejected) == 1


def test_a_question_that_fails_stops_no_other() -> None:
    gateways = FakeInvestigator([[ingress("Authorize", 10)]])
    bodies = [sqs_event("no JSON"), sqs_event(json.dumps(inquiry().to_json()))]
    investigate({"Records": [record for each in bodies for record in each["Records"]]}, gateways)
    assert [type(each) for each in gateways.published] == [Rejection, Actor]
