"""Every public function and method of the gateways, found by introspection, and its arguments.

A new gateway needs an entry in `MADE`, a parameter of a new name one in `GIVEN`.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from importlib import import_module
from types import ModuleType
from typing import Any

from chalicelib.approvals.holds import held
from chalicelib.approvals.store import Holds
from chalicelib.aws import clients
from chalicelib.aws.config_service import ConfigRule, ConfigService
from chalicelib.aws.dynamodb import Codec, SwappedItem
from chalicelib.aws.parameters import Parameters
from chalicelib.aws.queues import Queues, Received
from chalicelib.aws.service_quotas import ServiceQuotas
from chalicelib.errors import DdAwsError
from chalicelib.exemptions.exemptions import granted
from chalicelib.exemptions.scopes import PortScope
from chalicelib.exemptions.store import Due, Exemptions
from chalicelib.exposure.networks import network_of
from chalicelib.exposure.ports import PortRange
from chalicelib.findings import AwsCall
from chalicelib.flapping.store import FlapHistories
from chalicelib.investigation.inquiry import Inquiry
from chalicelib.investigation.queue import Inquiries
from chalicelib.investigation.read import Trail
from chalicelib.journal.index import JournalIndex
from chalicelib.journal.record import Closing
from chalicelib.journal.store import Journal
from chalicelib.limits.limits import Claim, Limits, Refusal, Use
from chalicelib.limits.pause import Pause
from chalicelib.limits.store import Controls
from chalicelib.modes import Handling, Mode
from chalicelib.notify.topic import Topic
from chalicelib.resources import Bucket, Fact, IpPermission, SecurityGroup, Source
from chalicelib.rules.inventories import BucketInventory, SecurityGroupInventory
from chalicelib.rules.s3_bucket.read import Buckets
from chalicelib.rules.security_group.prefix_lists import PrefixLists
from chalicelib.rules.security_group.read import SecurityGroups
from chalicelib.slack.channel import SlackChannel
from chalicelib.slack.incidents import Incident
from chalicelib.slack.rate_store import NotificationRate
from chalicelib.slack.store import Incidents
from chalicelib.slack.webhook import SlackWebhook
from tests.flows.fakes import finding
from tests.source import GATEWAYS, is_within, modules
from tests.trust.records import AT, REVOKE, REVOKED, outcome, record

ACCOUNT, REGION, NOW = "999999999999", "eu-west-1", datetime(2026, 1, 1, tzinfo=UTC)
"""An account that no other test uses, because clients are cached per account."""

WITHOUT_AWS = ("aws.config_events", "aws.errors", "aws.shapes", "slack.bot", "slack.post", "slack.webhook")
"""Gateways that never call AWS."""
CALLS_NOTHING = frozenset(
    {
        "rules.security_group.read.lists_of",
        Codec,
        ConfigRule,
        Due,
        Received,
        "aws.clients.client",
        "rules.inventories.BucketInventory.from_item",
        "rules.inventories.SecurityGroupInventory.from_item",
        "rules.inventories.remembered",
        "rules.live.inventory",
        "rules.live.reader",
        "aws.queues.batches",
    }
)


class EmptyCodec:
    """A bucket whose item shows nothing."""

    @staticmethod
    def to_item(_: str) -> dict[str, Any]:
        return {}

    @staticmethod
    def from_item(_: dict[str, Any]) -> str:
        return ""


def client(service: str) -> Any:
    return clients.client(service, ACCOUNT, REGION)


def quotas() -> ServiceQuotas:
    return ServiceQuotas(client("service-quotas"))


def security_groups() -> SecurityGroups:
    return SecurityGroups(client("ec2"), quotas, ACCOUNT, REGION)


def buckets() -> Buckets:
    return Buckets(client("s3"), client("s3control"), ACCOUNT, REGION)


def channel() -> SlackChannel:
    secret = Parameters(client("ssm")).secret
    return SlackChannel(secret, "token", "channel", "https://slack.com/api/", SlackWebhook(lambda: secret("url")))


MADE: Mapping[type, Callable[[], Any]] = {
    BucketInventory: lambda: BucketInventory(
        buckets(), ConfigService(client("config"), sleep=lambda _: None), buckets().account_block, ACCOUNT, REGION
    ),
    Buckets: buckets,
    ConfigService: lambda: ConfigService(client("config"), sleep=lambda _: None),
    Controls: lambda: Controls(client("dynamodb"), "t", Limits(10)),
    Exemptions: lambda: Exemptions(client("dynamodb"), "t"),
    FlapHistories: lambda: FlapHistories(client("dynamodb"), "t"),
    Holds: lambda: Holds(client("dynamodb"), "t"),
    Incidents: lambda: Incidents(client("dynamodb"), "t"),
    Inquiries: lambda: Inquiries(client("sqs"), "q"),
    Journal: lambda: Journal(client("dynamodb"), "t"),
    JournalIndex: lambda: JournalIndex(client("dynamodb"), "t"),
    NotificationRate: lambda: NotificationRate(client("dynamodb"), "t"),
    Parameters: lambda: Parameters(client("ssm")),
    PrefixLists: lambda: PrefixLists(client("ec2")),
    Queues: lambda: Queues(client("sqs")),
    SecurityGroupInventory: lambda: SecurityGroupInventory(
        security_groups(), PrefixLists(client("ec2")).get, ACCOUNT, REGION
    ),
    SecurityGroups: security_groups,
    ServiceQuotas: quotas,
    SlackChannel: channel,
    SwappedItem: lambda: SwappedItem(client("dynamodb"), "t", ("kind", "name"), EmptyCodec, "nothing"),
    Topic: lambda: Topic(client("sns"), client("sts"), REGION, "topic"),
    Trail: lambda: Trail(client("cloudtrail")),
}
"""Every gateway, by its class."""

BUCKET = Bucket(ACCOUNT, REGION, "bucket", policy={})
GROUP = SecurityGroup(ACCOUNT, REGION, "sg-1", "web", (IpPermission("tcp", 22, 22, (Source("prefix_list", "pl-1"),)),))
CLAIM = Claim("r-1", "ports", "resource", frozenset({"ports"}))
[EXEMPTION] = granted(
    GROUP,
    [("EC2_SG_PROHIBITED_PORT", PortScope("tcp", PortRange(22, 22), network_of("0.0.0.0/0")))],
    "alice",
    "OPS-7",
    NOW.replace(month=2),
    NOW,
)
GIVEN: Mapping[str, object] = {
    "account_id": ACCOUNT,
    "attempt": REVOKED,
    "bodies": ["{}"],
    "body": "{}",
    "bucket": BUCKET,
    "call": REVOKE,
    "captured_at": AT,
    "change": lambda _: ("something", None),
    "claim": CLAIM,
    "claims": [CLAIM],
    "client": lambda: client("dynamodb"),
    "delay": 1,
    "delivery_id": "d",
    "evaluations": [
        {
            "ComplianceResourceType": GROUP.resource_type,
            "ComplianceResourceId": "sg-1",
            "ComplianceType": "COMPLIANT",
            "OrderingTimestamp": NOW,
        }
    ],
    "exemption": EXEMPTION,
    "facts": frozenset(Fact),
    "group": GROUP,
    "group_id": "sg-1",
    "hold_id": "w-1",
    "incident": Incident("resource", "rule"),
    "inquiry": Inquiry.about(finding(), finding().violations, "r-1", AT),
    "key": "ports",
    "kind": "kind",
    "minute": "2026-01-01T00:00",
    "more": 1,
    "most": 1,
    "name": "name",
    "notification": outcome(),
    "now": NOW,
    "pause": Pause("alice", "why", AT),
    "prefix_list_id": "pl-1",
    "prefix_list_ids": ["pl-1"],
    "reason": "why",
    "receipt_handle": "h",
    "receipt_handles": ["h"],
    "record": record(REVOKED, closing=Closing(AT, outcome(), None)),
    "refusal": Refusal("ports", "why", 60),
    "region": REGION,
    "remediation_id": "r-1",
    "resource": "123456789012/eu-west-1/AWS::EC2::SecurityGroup/sg-1",
    "resource_id": "sg-1",
    "resource_name": "sg-1",
    "resource_type": GROUP.resource_type,
    "result_token": "token",
    "rule_name": "rule",
    "seconds": 1,
    "seen": BUCKET,
    "since": NOW,
    "start": "",
    "summary": "text",
    "table": "t",
    "test_mode": False,
    "threads": (),
    "told": "day",
    "until": NOW,
    "url": "https://sqs/q",
    "use": Use(CLAIM, 0.0, 0.0),
    "version": 1,
    "visibility": 1,
    "wait": 0,
}
"""An argument for each parameter name; a callable without parameters returns it."""
OTHERWISE: Mapping[tuple[str, str], object] = {
    ("rules.s3_bucket.read.Buckets.demand_unchanged", "call"): AwsCall("s3", "PutBucketPolicy", {}),
    ("rules.live.demand_unchanged", "call"): AwsCall("s3", "PutBucketPolicy", {}),
    ("aws.dynamodb.query_item", "key"): {"kind": {"S": "k"}, "name": {"S": "n"}},
    ("approvals.store.Holds.change", "change"): lambda _: held(finding(), Handling(Mode.APPROVE), NOW),
    ("rules.live.with_facts", "resource"): BUCKET,
    ("slack.rate_store.NotificationRate.claimed_minute", "since"): "2026-01-01T00:00",
}
"""Arguments of functions for which the argument in `GIVEN` is wrong."""


def gateway_modules() -> Iterator[ModuleType]:
    for module in modules("chalicelib"):
        if is_within(module.name, *GATEWAYS) and short_name(module.name) not in WITHOUT_AWS:
            yield import_module(module.name)


def short_name(module: str) -> str:
    return module.removeprefix("chalicelib.")


def own(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """The public names that a module itself defines."""
    for name, value in vars(module).items():
        if getattr(value, "__module__", None) == module.__name__ and not name.startswith("_"):
            yield name, value


def subjects() -> Iterator[tuple[str, type | None, Any]]:
    """Every public function and method of the gateways: its full name, its class, and the function."""
    for module in gateway_modules():
        short = short_name(module.__name__)
        for name, value in own(module):
            if isinstance(value, type) and value not in CALLS_NOTHING:
                for method, function in vars(value).items():
                    full = f"{short}.{name}.{method}"
                    is_public = not method.startswith("_") and full not in CALLS_NOTHING
                    if is_public and (inspect.isfunction(function) or hasattr(function, "__get__")):
                        yield full, value, function
            elif not isinstance(value, type) and callable(value) and f"{short}.{name}" not in CALLS_NOTHING:
                yield f"{short}.{name}", None, value


SUBJECTS = {name: (kind, function) for name, kind, function in subjects()}


def arguments(name: str, function: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for parameter in list(inspect.signature(function).parameters.values()):
        if parameter.name in ("self", "attributes"):
            continue
        if (name, parameter.name) in OTHERWISE:
            found[parameter.name] = OTHERWISE[name, parameter.name]
            continue
        assert parameter.name in GIVEN, f"{name}: GIVEN has no argument for {parameter.name}"
        value = GIVEN[parameter.name]
        found[parameter.name] = value() if parameter.name == "client" and callable(value) else value
    return found


def called(name: str) -> None:
    kind, function = SUBJECTS[name]
    if kind is None:
        result = function(**arguments(name, function))
    else:
        assert kind in MADE, f"{kind.__name__} is new: MADE says how it is made"
        made = MADE[kind]()
        method = name.rpartition(".")[2]
        if not inspect.isfunction(function):
            getattr(made, method)
            return
        result = getattr(made, method)(**arguments(name, function))
    for each in result.values() if isinstance(result, dict) else result if isinstance(result, Iterator) else ():
        error = getattr(each, "error", each)
        if isinstance(error, DdAwsError):  # returned for what could not be read or sent
            raise error
