"""Non-compliant resources to fix, a group and a bucket, each with a neighbour that must not change."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.resources import S3_BUCKET, SECURITY_GROUP
from tests.handlers import buckets
from tests.handlers.conftest import Account
from tests.handlers.events import bucket_change, group_change, scheduled
from tests.handlers.test_bucket_fixes import OPEN, PARTNER, case
from tests.undo.test_groups import ANYONE, made, rules

NEIGHBOUR = "neighbour"


@dataclass(frozen=True)
class Story:
    """A resource to fix.

    Attributes
    ----------
    kind : str
        The suffix of its functions' names.
    plant : callable
        Creates it and its neighbour; its ID, and AWS Config's event about it.
    state : callable
        Its state.
    fixed : callable
        Whether a state is the expected result of the fix.
    neighbour : callable
        The state of the neighbour.
    later : callable
        AWS Config's event of the next day about its current state.
    """

    kind: str
    resource_type: str
    plant: Callable[[Account], tuple[str, Mapping[str, Any]]]
    state: Callable[[Account, str], Any]
    fixed: Callable[[Any], bool]
    neighbour: Callable[[Account], Any]
    later: Callable[[Account], Mapping[str, Any]]

    @property
    def evaluator(self) -> str:
        return f"evaluate_{self.kind}"

    @property
    def remediator(self) -> str:
        return f"remediate_{self.kind}"


def _group(parameters: dict[str, str], fixed: set[tuple[int, int]], is_daily: bool = False) -> Story:
    def plant(account: Account) -> tuple[str, Mapping[str, Any]]:
        beside = account.group(NEIGHBOUR)
        account.ec2.authorize_security_group_ingress(
            GroupId=beside, IpProtocol="tcp", FromPort=443, ToPort=443, CidrIp=ANYONE
        )
        group = made(account, (20, 30, ANYONE, "a"), (22, 22, "52.0.0.0/7", "b"), (443, 443, ANYONE, "c"))
        [described] = account.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
        return group, scheduled(parameters) if is_daily else group_change(described, parameters)

    return Story(
        "security_group",
        SECURITY_GROUP,
        plant,
        rules,
        lambda state: {rule[:2] for rule in state} == fixed,
        _neighbouring_group,
        lambda _: scheduled(parameters),
    )


def _neighbouring_group(account: Account) -> Any:
    found = account.ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": [NEIGHBOUR]}])
    return found["SecurityGroups"]


def _bucket(fix: str, fixed: Callable[[Any], bool]) -> Story:
    def plant(account: Account) -> tuple[str, Mapping[str, Any]]:
        buckets.make(account, case(PARTNER), NEIGHBOUR)
        some = case(OPEN, PARTNER, acl=True)
        owner = buckets.make(account, some)
        return buckets.BUCKET, bucket_change(buckets.BUCKET, some, {"bucketFix": fix}, owner)

    return Story(
        "s3_bucket",
        S3_BUCKET,
        plant,
        _bucket_state,
        fixed,
        lambda account: _bucket_state(account, NEIGHBOUR),
        lambda account: _later_item(account, fix),
    )


def _later_item(account: Account, fix: str) -> dict[str, Any]:
    """An event about the bucket's current state: the emulator lacks the items that a scheduled evaluation reads."""
    statements, grants = buckets.state(account)
    owner = account.s3.get_bucket_acl(Bucket=buckets.BUCKET)["Owner"]["ID"]
    live = {**case(*statements), "acl_grants": grants}
    event = bucket_change(buckets.BUCKET, live, {"bucketFix": fix}, owner)
    return {**event, "invokingEvent": event["invokingEvent"].replace("2026-01-01", "2026-01-02")}


def _bucket_state(account: Account, bucket: str) -> tuple[Any, ...]:
    try:
        block = account.s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    except account.s3.exceptions.ClientError:
        block = {}
    return *buckets.state(account, bucket), tuple(name for name, is_on in block.items() if is_on)


STORIES = {
    "a group, revoked": _group({"prohibitedPorts": "22", "portRange": "revoke"}, {(443, 443)}, is_daily=True),
    "a group, carved": _group({"prohibitedPorts": "22", "portRange": "carve"}, {(443, 443), (20, 21), (23, 30)}),
    "a bucket, taken out": _bucket("surgical", lambda state: state[0] == [PARTNER] and len(state[1]) == 1),
    "a bucket, blocked": _bucket("block", lambda state: state[2] == ("IgnorePublicAcls", "RestrictPublicBuckets")),
}
