"""Chapter seven: thirty resources are opened at once, and the stage's limit is ten changes an hour."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from sandbox import Sandbox
from sandbox.demo.deployment import Deployment
from sandbox.demo.leaks import PRESENT, REMOVED, Fact, Leak
from sandbox.demo.planting import (
    BUCKET,
    GROUP,
    OFFICE,
    WORLD,
    allow,
    create_bucket,
    create_group,
    ingress,
    partner_read,
    permission,
    public_read,
    put_policy,
    statement,
)
from sandbox.demo.probes import compliance
from tests.e2e.account import TICK, function, invoke, texts
from tests.e2e.chapter_decisions import TRUST_TABLE
from tests.e2e.redeploying import redeploy
from tests.e2e.waiting import eventually

LIMIT, GROUPS, BUCKETS = 10, 24, 6
CHANGES = ("ec2:RevokeSecurityGroupIngress", "s3:PutBucketPolicy")
TICKS = 2
"""While nothing may be changed; scheduled evaluations are not counted."""


@dataclass(frozen=True)
class Burst:
    """The chapter's records.

    Attributes
    ----------
    opened : list of Leak
        All thirty.
    closed_at_first : set of str
        The resource ids of those that were closed before anybody decided.
    changes_at_first, changes : int
        How many calls have changed something before that, and in the end.
    waiting : dict
        Resource id -> how often its messages in the remediation queue were received, the look that saw it included.
    notices : list of str
        What people were told of the limit, in the end.
    facts : dict
        What can be read of each in the end, by resource id.
    """

    opened: list[Leak]
    closed_at_first: set[str]
    changes_at_first: int
    waiting: dict[str, list[int]]
    changes: int
    notices: list[str]
    facts: dict[str, dict[str, str]]


def play(box: Sandbox, deployment: Deployment, noisy: Leak) -> Burst:
    """Deploy with a limit of ten, open thirty resources, wait for the notification of the limit, and resume."""
    _forget_the_hour(box, noisy)
    redeploy(box, deployment, MAX_FIXES_PER_HOUR=str(LIMIT))
    leaks = [*_groups(box), *_buckets(box)]
    so_far, changes_before = len(texts(box)), _changes(box)
    with ThreadPoolExecutor(len(leaks)) as pool:
        list(pool.map(partial(_open, box), leaks))
    eventually("as many closed as may be", lambda: len(_closed(leaks)) >= LIMIT, 180)
    for _ in range(TICKS):
        assert not invoke(box, "coordinator", TICK)
    closed, changes_at_first, waiting = _closed(leaks), _changes(box) - changes_before, _waiting(deployment)
    deployment.run("resume")
    invoke(box, "coordinator", TICK, kind="Event")
    eventually("all closed", lambda: len(_closed(leaks)) == len(leaks), 180)
    for leak in leaks:
        eventually(f"{leak.resource_id} COMPLIANT", partial(_is_compliant, box, leak))
    eventually("the limit told", lambda: _notices(box, so_far))
    return Burst(
        opened=leaks,
        closed_at_first=closed,
        changes_at_first=changes_at_first,
        waiting=waiting,
        changes=_changes(box) - changes_before,
        notices=_notices(box, so_far),
        facts={leak.resource_id: leak.read() for leak in leaks},
    )


def _groups(box: Sandbox) -> list[Leak]:
    """Security groups that must keep an office's access."""
    ids = [create_group(box, f"burst-{number}", (22, OFFICE)) for number in range(GROUPS)]
    return [_group(box, each) for each in ids]


def _group(box: Sandbox, group_id: str) -> Leak:
    facts = (
        Fact("world", partial(ingress, box, group_id, 22, WORLD), PRESENT, REMOVED),
        Fact("office", partial(ingress, box, group_id, 22, OFFICE), PRESENT, PRESENT),
    )
    return Leak(GROUP, group_id, "remediate_security_group", CHANGES[0], facts)


def _buckets(box: Sandbox) -> list[Leak]:
    """Buckets that must keep a partner's access."""
    names = [f"acme-burst-{number}" for number in range(BUCKETS)]
    for name in names:
        create_bucket(box, name)
        put_policy(box, name, partner_read(name))
    return [_bucket(box, each) for each in names]


def _bucket(box: Sandbox, name: str) -> Leak:
    facts = (
        Fact("world", partial(statement, box, name, "EverybodyReads"), PRESENT, REMOVED),
        Fact("partner", partial(statement, box, name, "PartnerReads"), PRESENT, PRESENT),
    )
    return Leak(BUCKET, name, "remediate_s3_bucket", CHANGES[1], facts)


def _open(box: Sandbox, leak: Leak) -> None:
    if leak.resource_type == GROUP:
        allow(box, leak.resource_id, (22, WORLD))
    else:
        put_policy(box, leak.resource_id, public_read(leak.resource_id), partner_read(leak.resource_id))


def _forget_the_hour(box: Sandbox, noisy: Leak) -> None:
    """Begin a new hour: earlier chapters have reached this hour's limit.

    The ledger is deleted, which nobody does to a real stage; and the group that waits because its share was used up is
    closed by hand, so that it takes none of the ten.
    """
    opened = [permission(22, WORLD)]
    box.client("ec2").revoke_security_group_ingress(GroupId=noisy.resource_id, IpPermissions=opened)
    eventually("the hand's work judged", lambda: compliance(box, GROUP, noisy.resource_id) == "COMPLIANT")
    ledger = {"kind": {"S": "control"}, "name": {"S": "slots"}}
    box.client("dynamodb").delete_item(TableName=TRUST_TABLE, Key=ledger)


def _notices(box: Sandbox, since: int) -> list[str]:
    return [text for text in texts(box)[since:] if " Limit reached: " in text]


def _is_compliant(box: Sandbox, leak: Leak) -> bool:
    return compliance(box, leak.resource_type, leak.resource_id) == "COMPLIANT"


def _closed(leaks: Sequence[Leak]) -> set[str]:
    return {leak.resource_id for leak in leaks if leak.read() == leak.fixed}


def _changes(box: Sandbox) -> int:
    """How many calls of the remediators have changed something so far."""
    remediators = {function("remediate_security_group"), function("remediate_s3_bucket")}
    return sum(call.role in remediators and call.action in CHANGES for call in box.calls())


def _waiting(deployment: Deployment) -> dict[str, list[int]]:
    waiting: dict[str, list[int]] = {}
    for message in deployment.pending():
        waiting.setdefault(message["finding"]["targetResourceId"], []).append(message["receiveCount"])
    return waiting
