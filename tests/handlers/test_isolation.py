"""A scheduled run over 150 buckets or security groups with an error for one: the other 149 are processed."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from chalicelib.aws.clients import client
from chalicelib.errors import NotDone
from chalicelib.rules import live
from chalicelib.wiring import HUB
from tests.answers import refusal
from tests.handlers.pipeline import evaluate_s3_bucket, evaluate_security_group

from .conftest import ACCOUNT, REGION, Account, stage_of
from .events import bucket_change, scheduled

COUNT = 150
BUCKETS = [f"b-{number:03}" for number in range(COUNT)]
ONE = "b-003"
EVERYBODY = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}
PUBLIC = {"acl_grants": [{"Grantee": EVERYBODY, "Permission": "READ"}], "policy": None, "public_access_block": None}
PRIVATE = {**PUBLIC, "acl_grants": []}

type Asked = Mapping[str, Any]
type Reply = Callable[[Asked], object]


@contextmanager
def replied(service: str, operation: str, reply: Reply, account_id: str = ACCOUNT) -> Iterator[None]:
    """Answer an operation by `reply`: a response, valid or not; an exception; or None to call AWS."""
    meta = client(service, account_id, REGION).meta
    events, event = meta.events, f"before-call.{meta.service_model.service_id.hyphenize()}.{operation}"

    def answer(params: Asked, **_: Any) -> object:
        said = reply(params)
        if isinstance(said, Exception):
            raise said
        status = 400 if isinstance(said, dict) and "Error" in said else 200
        return said if said is None else (type("Response", (), {"status_code": status, "headers": {}})(), said)

    events.register_first(event, answer)
    try:
        yield
    finally:
        events.unregister(event, answer)


@contextmanager
def changed(service: str, operation: str, change: Callable[[dict[str, Any]], None]) -> Iterator[None]:
    """Let AWS respond, and change the response."""
    events, event = client(service, ACCOUNT, REGION).meta.events, f"after-call.{service}.{operation}"

    def tamper(parsed: dict[str, Any], **_: Any) -> None:
        change(parsed)

    events.register_first(event, tamper)
    try:
        yield
    finally:
        events.unregister(event, tamper)


def about(name: str, answer: object) -> Reply:
    """Return `answer` for a call that names a resource."""
    return lambda asked: answer if name in f"{asked['url']} {asked['body']}" else None


class Run:
    """The queued findings and reported evaluations of a run, by resource ID, and the notifications.

    SQS always refuses the finding of the resource `unqueued`, and AWS Config the evaluation of `refused`; `spoiled`
    makes the whole call fail.
    """

    def __init__(self, unqueued: str = "", refused: str = "", spoiled: str = "") -> None:
        self.queued: set[str] = set()
        self.reported: set[str] = set()
        self.told: list[dict[str, Any]] = []
        self._unqueued = unqueued
        self._refused = refused
        self._spoiled = spoiled

    def queue(self, asked: Asked) -> object:
        sent = {each["Id"]: json.loads(each["MessageBody"]) for each in json.loads(asked["body"])["Entries"]}
        names = {number: finding["targetResourceId"] for number, finding in sent.items()}
        self.queued |= set(names.values()) - {self._unqueued}
        failed = [number for number, name in names.items() if name == self._unqueued]
        return {"Failed": [{"Id": number, "Code": "InternalError"} for number in failed]}

    def report(self, asked: Asked) -> object:
        evaluations = json.loads(asked["body"])["Evaluations"]
        ids = {each["ComplianceResourceId"] for each in evaluations}
        if self._spoiled in ids:
            return refusal("ValidationException", "1 validation error detected")
        self.reported |= ids - {self._refused}
        return {"FailedEvaluations": [each for each in evaluations if each["ComplianceResourceId"] == self._refused]}

    def tell(self, asked: Asked) -> object:
        self.told.append(json.loads(asked["body"]["Message"]))
        return {"MessageId": "1"}


@contextmanager
def run(unqueued: str = "", refused: str = "", spoiled: str = "") -> Iterator[Run]:
    """Replaces SQS, PutEvaluations and the topic."""
    made = Run(unqueued, refused, spoiled)
    live._account_block.cache_clear()
    live._prefix_list.cache_clear()
    with (
        replied("sqs", "SendMessageBatch", made.queue, HUB),
        replied("config", "PutEvaluations", made.report, HUB),
        replied("sns", "Publish", made.tell, HUB),
    ):
        yield made


@pytest.fixture(scope="module")
def stage(clients: Account) -> Iterator[Account]:
    with stage_of(clients) as account:
        yield account


@pytest.fixture(scope="module")
def buckets(stage: Account) -> Account:
    """An account with 150 buckets."""
    for name in BUCKETS:
        stage.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return stage


@pytest.fixture(scope="module")
def groups(stage: Account) -> list[str]:
    """The IDs of 150 groups; each admits the internet to port 22, and the first refers to a prefix list as well."""
    made = [stage.group(f"g-{number:03}") for number in range(COUNT)]
    for number, group_id in enumerate(made):
        permission = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        lists = [] if number else [{"PrefixListId": stage.prefix_list("203.0.113.0/24")}]
        stage.ec2.authorize_security_group_ingress(
            GroupId=group_id, IpPermissions=[{**permission, "PrefixListIds": lists}]
        )
    return made


class Items:
    """AWS Config's items of public buckets, which moto lacks."""

    def __init__(self, change: Callable[[dict[str, Any]], object] = lambda answer: None) -> None:
        self._change = change

    def __call__(self, asked: Asked) -> object:
        names = [key["resourceId"] for key in json.loads(asked["body"])["resourceKeys"]]
        answer: dict[str, Any] = {"baseConfigurationItems": [self._item(name) for name in names]}
        self._change(answer)
        return answer

    @staticmethod
    def _item(name: str) -> dict[str, Any]:
        event = bucket_change(name, PUBLIC, {}, "owner")
        item: dict[str, Any] = json.loads(event["invokingEvent"])["configurationItem"]
        return item


def without_ones_item(answer: dict[str, Any]) -> None:
    items = answer["baseConfigurationItems"]
    kept = [each for each in items if each["resourceId"] != ONE]
    answer["baseConfigurationItems"] = kept
    if len(kept) < len(items):
        answer["unprocessedResourceKeys"] = [{"resourceType": "AWS::S3::Bucket", "resourceId": ONE}]


def with_one_broken(answer: dict[str, Any]) -> None:
    for item in answer["baseConfigurationItems"]:
        if item["resourceId"] == ONE:
            item["supplementaryConfiguration"] = "{"


OWNERSHIP, ITEMS = "GetBucketOwnershipControls", "BatchGetResourceConfig"
TROUBLE: Mapping[str, Callable[[], Any]] = {
    "denied": lambda: replied("s3", OWNERSHIP, about(ONE, refusal("AccessDenied"))),
    "throttled": lambda: replied("s3", OWNERSHIP, about(ONE, refusal("SlowDown"))),
    "a read timeout": lambda: replied("s3", OWNERSHIP, about(ONE, ReadTimeoutError(endpoint_url="https://s3"))),
    "unreachable": lambda: replied("s3", OWNERSHIP, about(ONE, EndpointConnectionError(endpoint_url="https://s3"))),
    "a strange answer": lambda: replied("s3", OWNERSHIP, about(ONE, {"OwnershipControls": {}})),
    "an unprocessed item": lambda: replied("config", ITEMS, Items(without_ones_item)),
}


@pytest.mark.parametrize("trouble", TROUBLE)
def test_149_buckets_are_judged_queued_and_reported_whatever_is_wrong_with_one(trouble: str, buckets: Account) -> None:
    with TROUBLE[trouble](), replied("config", ITEMS, Items()), run() as made, pytest.raises(NotDone, match=ONE):
        evaluate_s3_bucket(scheduled({}), None)
    assert made.queued - {ONE} == made.reported - {ONE} == set(BUCKETS) - {ONE}
    [news] = made.told
    assert news["messageType"] == "EvaluationIncomplete"
    assert ONE in news["failures"][0]


def test_150_buckets_are_judged_where_the_item_of_one_is_broken_since_the_bucket_is_read(buckets: Account) -> None:
    with replied("config", ITEMS, Items(with_one_broken)), run() as made:
        evaluate_s3_bucket(scheduled({}), None)
    assert made.reported == set(BUCKETS)
    assert made.queued - {ONE} == set(BUCKETS) - {ONE}
    assert made.told == []


@pytest.mark.parametrize("refused", ["unqueued", "refused", "spoiled"])
def test_a_finding_or_an_evaluation_that_is_always_refused_does_not_block_the_others(
    refused: str, buckets: Account
) -> None:
    with (
        replied("config", ITEMS, Items()),
        run(**{refused: ONE}) as made,
        pytest.raises(NotDone, match=rf"failures: 1\..*{ONE}"),
    ):
        evaluate_s3_bucket(scheduled({}), None)
    assert made.queued == set(BUCKETS) - ({ONE} if refused == "unqueued" else set())
    assert made.reported == set(BUCKETS) - {ONE}
    assert len(made.told) == 1


def test_private_buckets_are_evaluated_even_if_the_accounts_block_may_not_be_read(buckets: Account) -> None:
    def one_public(answer: dict[str, Any]) -> None:
        for item in answer["baseConfigurationItems"]:
            if item["resourceId"] != ONE:
                private = json.loads(bucket_change(item["resourceId"], PRIVATE, {}, "owner")["invokingEvent"])
                item.update(private["configurationItem"])

    with (
        replied("config", ITEMS, Items(one_public)),
        replied("s3control", "GetPublicAccessBlock", lambda _: refusal("AccessDenied")),
        run() as made,
        pytest.raises(NotDone, match=ONE),
    ):
        evaluate_s3_bucket(scheduled({}), None)
    assert made.reported >= set(BUCKETS) - {ONE}
    assert "SCP" in made.told[0]["nextStep"]


def broken(one: str, **changes: object) -> Callable[[dict[str, Any]], None]:
    def change(answer: dict[str, Any]) -> None:
        for group in answer["SecurityGroups"]:
            if group["GroupId"] == one:
                group.update(changes)

    return change


ENTRIES, GROUPS = "GetManagedPrefixListEntries", "DescribeSecurityGroups"
GROUP_TROUBLE: Mapping[str, Callable[[str], Any]] = {
    "a list that is throttled": lambda _: replied("ec2", ENTRIES, lambda _: refusal("RequestLimitExceeded")),
    "rules of another shape": lambda one: changed("ec2", GROUPS, broken(one, IpPermissions="open")),
    "a port of another shape": lambda one: changed(
        "ec2", GROUPS, broken(one, IpPermissions=[{"IpProtocol": "tcp", "FromPort": "x"}])
    ),
}


def test_150_groups_are_judged_where_a_list_beside_an_open_range_may_not_be_read(
    stage: Account, groups: list[str]
) -> None:
    with replied("ec2", ENTRIES, lambda _: refusal("UnauthorizedOperation")), run() as made:
        evaluate_security_group(scheduled({"prohibitedPorts": "22"}), None)
    assert made.queued == set(groups)
    assert made.reported >= set(groups)
    assert made.told == []


@pytest.mark.parametrize("trouble", GROUP_TROUBLE)
def test_149_groups_are_judged_queued_and_reported_whatever_is_wrong_with_one(
    trouble: str, stage: Account, groups: list[str]
) -> None:
    one = groups[0]
    with GROUP_TROUBLE[trouble](one), run() as made, pytest.raises(NotDone, match=one):
        evaluate_security_group(scheduled({"prohibitedPorts": "22"}), None)
    assert made.queued - {one} == set(groups) - {one}
    assert made.reported >= set(groups) - {one}
    [news] = made.told
    assert one in news["failures"][0]
