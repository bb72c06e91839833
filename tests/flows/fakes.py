"""The gateways of the flows, in memory; each records its calls in order."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from chalicelib.aws.config_events import ConfigItem
from chalicelib.errors import DdAwsError, Failure, NotDone
from chalicelib.findings import AwsCall, Finding, Violation
from chalicelib.flapping.flapping import FlapAction
from chalicelib.investigation.inquiry import Inquiry
from chalicelib.journal.record import Record
from chalicelib.modes import Handling
from chalicelib.notify import Notification
from chalicelib.resources import SECURITY_GROUP, BlockPublicAccess, Bucket, Fact, IpPermission, SecurityGroup, Source

from .controls import FakeControls
from .exemptions import FakeExemptions
from .histories import FakeHistories
from .holds import FakeHolds
from .journal import FakeJournal

ACCOUNT = "123456789012"
REGION = "eu-west-1"
SOURCE_QUEUE = "dd-aws-sandbox-remediation"
SOURCE_URL = f"https://sqs.eu-west-1.amazonaws.com/{ACCOUNT}/{SOURCE_QUEUE}"


def group(*permissions: tuple[str, int, str], group_id: str = "sg-1") -> SecurityGroup:
    """A group from (protocol, port, CIDR) triples."""
    ingress = tuple(
        IpPermission(protocol, port, port, (Source("ipv6" if ":" in cidr else "ipv4", cidr),))
        for protocol, port, cidr in permissions
    )
    return SecurityGroup(ACCOUNT, REGION, group_id, "web", ingress)


def finding(group_id: str = "sg-1", detected_at: str = "2026-01-01T00:00:00Z", **changes: Any) -> Finding:
    return replace(
        Finding(
            raised_by_rule="ports",
            aws_account_id=ACCOUNT,
            aws_region=REGION,
            target_resource_type=SECURITY_GROUP,
            target_resource_id=group_id,
            detected_at=detected_at,
            violations=(Violation("EC2_SG_PROHIBITED_PORT", {"reason": "tcp 22 is open"}),),
            required_steps=(AwsCall("ec2", "RevokeSecurityGroupIngress", {"GroupId": group_id}),),
        ),
        **changes,
    )


@dataclass(frozen=True)
class FakeConfigRule:
    """A rule in AWS Config; `judges` are its evaluators, None for any function."""

    parameters: Mapping[str, str] = field(default_factory=dict)
    judges: tuple[str, ...] | None = None
    is_managed: bool = False

    def is_judged_by(self, function: str, account_id: str) -> bool:
        assert account_id == ACCOUNT
        return self.judges is None or function in self.judges


@dataclass
class FakeInventory:
    """Resources by ID; `block` is the account's setting, `errors` the errors of reading a resource."""

    resources: Sequence[SecurityGroup | Bucket | Failure] = ()
    block: BlockPublicAccess | None = None
    asked: list[frozenset[Fact]] = field(default_factory=list)
    errors: Mapping[str, Exception] = field(default_factory=dict)
    ends_with: Exception | None = None

    def from_item(self, item: ConfigItem) -> Any:
        return next(r for r in self.resources if not isinstance(r, Failure) and r.resource_id == item.resource_id)

    def with_facts(self, resource: Any, facts: frozenset[Fact], /) -> Any:
        self.asked.append(facts)
        if error := self.errors.get(resource.resource_id):
            raise error
        return replace(resource, account_block=self.block or BlockPublicAccess())

    def all(self) -> Iterable[Any]:
        yield from self.resources
        if self.ends_with:
            raise self.ends_with


@dataclass
class FakeEvaluator:
    """For `evaluate`; `steps` lists the calls in order."""

    known: FakeInventory = field(default_factory=FakeInventory)
    whole_item: ConfigItem | None = None
    told: Mapping[str, tuple[str, str]] | Exception = field(default_factory=dict)
    refuse_messages: int = 0
    refused_findings: Mapping[str, DdAwsError] = field(default_factory=dict)
    queue_error: Exception | None = None
    refuse_evaluations: int = 0
    refused_evaluations: frozenset[str] = frozenset()
    report_error: Callable[[Sequence[str]], Exception | None] = lambda ids: None
    publish_error: Exception | None = None
    region: str = REGION
    steps: list[str] = field(default_factory=list)
    findings: list[dict[str, Any]] = field(default_factory=list)
    evaluations: list[Mapping[str, Any]] = field(default_factory=list)
    calls: list[int] = field(default_factory=list)
    exemptions: FakeExemptions = field(default_factory=FakeExemptions)
    allow_exempt_tag: bool = False
    published: list[Notification] = field(default_factory=list)
    clock: str = "2026-01-02T00:00:01+00:00"

    def timestamp(self) -> str:
        return self.clock

    def publish(self, notification: Notification) -> None:
        if self.publish_error:
            raise self.publish_error
        self.published.append(notification)

    def inventory(self, resource_type: str, account_id: str) -> FakeInventory:
        return self.known

    def item(self, resource_type: str, resource_id: str, captured_at: str) -> ConfigItem | None:
        self.steps.append("fetched")
        return self.whole_item

    def queue_findings(self, bodies: Sequence[str]) -> dict[int, DdAwsError]:
        self.steps.append("queued")
        if self.queue_error:
            raise self.queue_error
        if self.refuse_messages:
            self.refuse_messages -= 1
            return {0: NotDone("SQS did not take it")}
        found = [json.loads(body) for body in bodies]
        refused = {
            index: self.refused_findings[each["targetResourceId"]]
            for index, each in enumerate(found)
            if each["targetResourceId"] in self.refused_findings
        }
        self.findings.extend(each for index, each in enumerate(found) if index not in refused)
        return refused

    def verdicts(self, rule_name: str) -> Mapping[str, tuple[str, str]]:
        if isinstance(self.told, Exception):
            raise self.told
        return self.told

    def put_evaluations(
        self, evaluations: Sequence[Mapping[str, Any]], result_token: str, test_mode: bool
    ) -> list[Mapping[str, Any]]:
        self.steps.append("reported")
        self.calls.append(len(evaluations))
        ids = [each["ComplianceResourceId"] for each in evaluations]
        if error := self.report_error(ids):
            raise error
        refused = [each for each in evaluations if each["ComplianceResourceId"] in self.refused_evaluations]
        if self.refuse_evaluations:
            self.refuse_evaluations -= 1
            refused = list(evaluations[:1])
        self.evaluations.extend(each for each in evaluations if each not in refused)
        return refused

    def pause(self, seconds: float) -> None:
        pass


@dataclass
class FakeRemediator:
    """For `remediate`: `resource` is the live resource; `apply` makes a planned call and returns AWS's answer."""

    resource: Any
    apply: Callable[["FakeRemediator", AwsCall], Mapping[str, Any] | None] = lambda fake, call: None
    parameters: Mapping[str, str] | None = field(default_factory=dict)
    publish_error: Exception | None = None
    controls: FakeControls = field(default_factory=FakeControls)
    source_queue_url: str = SOURCE_URL
    account_id: str = ACCOUNT
    region: str = REGION
    max_receive_count: int = 5
    steps: list[str] = field(default_factory=list)
    made: list[AwsCall] = field(default_factory=list)
    published: list[Any] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    rejected: list[tuple[str, str]] = field(default_factory=list)
    requeued: list[tuple[dict[str, Any], int]] = field(default_factory=list)
    waited: float = 0.0
    time: str = "2026-01-01T00:00:01+00:00"
    exemptions: FakeExemptions = field(default_factory=FakeExemptions)
    allow_exempt_tag: bool = False
    journal: FakeJournal = field(default_factory=FakeJournal)
    stage: str = "sandbox"
    flap_action: FlapAction = FlapAction.KEEP
    flapping: FakeHistories = field(default_factory=FakeHistories)
    holds: FakeHolds = field(default_factory=FakeHolds)
    handled: Handling = field(default_factory=Handling)
    inquiries: list[tuple[Inquiry, int]] = field(default_factory=list)
    inquire_error: DdAwsError | None = None

    def __post_init__(self) -> None:
        self.journal.steps = self.steps

    @property
    def asks_nobody(self) -> bool:
        return self.handled.is_immediate

    def handling(self, config_rule: str) -> Handling:
        return self.handled

    def past(self, resource: str, since: datetime) -> Iterable[Record]:
        records = [each for each in self.journal.records.values() if each.resource == resource]
        return sorted(records, key=lambda each: each.opened_at, reverse=True)

    def live(self, finding: Finding) -> Any:
        self.steps.append("read")
        return self.resource

    def config_rule(self, name: str) -> FakeConfigRule | None:
        return FakeConfigRule(self.parameters) if self.parameters is not None else None

    def name(self, suffix: str) -> str:
        return f"dd-aws-sandbox-{suffix}"

    def with_facts(self, resource: Any, facts: frozenset[Fact]) -> Any:
        self.steps.append("asked")
        return resource

    def make(self, call: AwsCall, seen: Any) -> Mapping[str, Any]:
        self.steps.append("changed")
        answer = self.apply(self, call)
        self.made.append(call)
        return answer or {}

    def delete(self, receipt_handles: Sequence[str]) -> None:
        self.steps.extend("deleted" for _ in receipt_handles)
        self.deleted.extend(receipt_handles)

    def reject(self, body: str, reason: str) -> str:
        self.rejected.append((body, reason))
        return "dd-aws-sandbox-remediate-security-group-dlq"

    def requeue(self, body: str, seconds: int) -> None:
        self.steps.append("queued again")
        self.requeued.append((json.loads(body), seconds))

    def publish(self, notification: Notification) -> None:
        if self.publish_error:
            raise self.publish_error
        self.steps.append("published")
        self.published.append(notification)

    def inquire(self, inquiry: Inquiry, seconds: int) -> None:
        if self.inquire_error:
            raise self.inquire_error
        self.steps.append("asked who")
        self.inquiries.append((inquiry, seconds))

    def timestamp(self) -> str:
        return self.time

    def pause(self, seconds: float) -> None:
        self.waited += seconds
