"""Every public function and method of the gateways, found by introspection, and what it is called with.

A new gateway needs an entry in `MADE`, a parameter of a new name one in `GIVEN`.
"""

import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from importlib import import_module
from types import ModuleType
from typing import Any

import chalicelib.gateways
from chalicelib.errors import DdAwsError
from chalicelib.exposure.networks import network_of
from chalicelib.exposure.ports import PortRange
from chalicelib.gateways import clients
from chalicelib.gateways.buckets import Buckets
from chalicelib.gateways.config_service import ConfigRule, ConfigService
from chalicelib.gateways.controls import Controls
from chalicelib.gateways.dynamodb import Codec, SwappedItem
from chalicelib.gateways.exemptions import Due, Exemptions
from chalicelib.gateways.flapping import FlapHistories
from chalicelib.gateways.holds import Holds
from chalicelib.gateways.incidents import Incidents
from chalicelib.gateways.inquiries import Inquiries
from chalicelib.gateways.inventories import BucketInventory, SecurityGroupInventory
from chalicelib.gateways.journal import Journal
from chalicelib.gateways.journal_index import JournalIndex
from chalicelib.gateways.parameters import Parameters
from chalicelib.gateways.prefix_lists import PrefixLists
from chalicelib.gateways.queues import Queues, Received
from chalicelib.gateways.rate import NotificationRate
from chalicelib.gateways.security_groups import SecurityGroups
from chalicelib.gateways.service_quotas import ServiceQuotas
from chalicelib.gateways.slack import SlackWebhook
from chalicelib.gateways.slack_channel import SlackChannel
from chalicelib.gateways.topic import Topic
from chalicelib.gateways.trail import Trail
from chalicelib.incidents import Incident
from chalicelib.inquiries import Inquiry
from chalicelib.messages import AwsCall
from chalicelib.modes import Handling, Mode
from chalicelib.resources import Bucket, Fact, IpPermission, SecurityGroup, Source
from chalicelib.trust.exemptions import granted
from chalicelib.trust.holds import held
from chalicelib.trust.limits import Claim, Limits, Refusal, Use
from chalicelib.trust.pause import Pause
from chalicelib.trust.record import Closing
from chalicelib.trust.scopes import PortScope
from tests.flows.fakes import finding
from tests.trust.records import AT, REVOKE, REVOKED, outcome, record

ACCOUNT, REGION, NOW = "999999999999", "eu-west-1", datetime(2026, 1, 1, tzinfo=UTC)
"""An account that no other test has: clients are kept for each."""

WITHOUT_AWS = frozenset(
    {
        "aws_errors",
        "bucket_shapes",
        "journal_documents",
        "ledger_json",
        "security_group_shapes",
        "shapes",
        "slack",
        "slack_bot",
        "slack_http",
    }
)
"""Modules of gateways that never call AWS."""
CALLS_NOTHING = frozenset(
    {
        "security_groups.lists_of",
        Codec,
        ConfigRule,
        Due,
        Received,
        "clients.client",
        "inventories.BucketInventory.from_item",
        "inventories.SecurityGroupInventory.from_item",
        "inventories.remembered",
        "live.inventory",
        "live.reader",
        "queues.batches",
    }
)


class EmptyCodec:
    """Of an item that says nothing."""

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
"""An argument for each name of a parameter; a callable without parameters gives it."""
OTHERWISE: Mapping[tuple[str, str], object] = {
    ("buckets.Buckets.demand_unchanged", "call"): AwsCall("s3", "PutBucketPolicy", {}),
    ("live.demand_unchanged", "call"): AwsCall("s3", "PutBucketPolicy", {}),
    ("dynamodb.query_item", "key"): {"kind": {"S": "k"}, "name": {"S": "n"}},
    ("holds.Holds.change", "change"): lambda _: held(finding(), Handling(Mode.APPROVE), NOW),
    ("live.with_facts", "resource"): BUCKET,
    ("rate.NotificationRate.claimed_minute", "since"): "2026-01-01T00:00",
}
"""Arguments of functions for which that of `GIVEN` is not the right one."""


def gateway_modules() -> Iterator[ModuleType]:
    for info in pkgutil.iter_modules(chalicelib.gateways.__path__):
        if info.name not in WITHOUT_AWS:
            yield import_module(f"chalicelib.gateways.{info.name}")


def own(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """What a module defines itself, without what is private."""
    for name, value in vars(module).items():
        if getattr(value, "__module__", None) == module.__name__ and not name.startswith("_"):
            yield name, value


def subjects() -> Iterator[tuple[str, type | None, Any]]:
    """Every public function and method of the gateways: its full name, its class, and itself."""
    for module in gateway_modules():
        short = module.__name__.removeprefix("chalicelib.gateways.")
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
        if isinstance(error, DdAwsError):  # told in the place of what could not be read or sent
            raise error
