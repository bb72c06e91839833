"""Chapter two: auto-response is turned on, and everything is fixed."""

import json
from dataclasses import dataclass, replace

from sandbox import Sandbox
from sandbox.demo.deployment import Deployment
from sandbox.demo.leaks import Leak
from sandbox.demo.planting import GROUP, WORLD, permission
from sandbox.demo.probes import compliance
from sandbox.slack.posts import Post
from tests.e2e.account import REMEDIATION, WORK_QUEUES, depth, schedules, telling, texts, texts_of
from tests.e2e.planting import Planted
from tests.e2e.waiting import eventually

FIRST_TICK_AND_MORE = 180.0


@dataclass(frozen=True)
class Healed:
    """The chapter's records.

    Attributes
    ----------
    facts : dict
        What can be read of each leak, by resource id.
    verdicts : dict
        AWS Config's verdict on each, by resource id.
    threads : list
        What the bot posted, by thread.
    undone : list of str
        The thread of the leak whose fix somebody has undone then.
    left : dict
        How many messages are left, by queue.
    """

    planted: Planted
    schedules: list[str]
    facts: dict[str, dict[str, str]]
    verdicts: dict[str, str]
    told: list[str]
    threads: list[list[Post]]
    undone: list[str]
    left: dict[str, int]


def play(box: Sandbox, deployment: Deployment, planted: Planted) -> Healed:
    """Fix one leak by hand, turn auto-response on, and wait until nothing is left to do."""
    _fix_by_hand(box, planted.by_hand)
    deployment.set_auto_response("true")
    deployment.run("deploy")
    found = schedules(box)
    for leak in planted.leaks.values():
        wait_until_healed(box, leak)
    _wait_for_outcome(box, planted.by_hand, "Nothing to fix")
    queues = (REMEDIATION, *WORK_QUEUES)
    eventually("empty queues", lambda: not any(depth(box, queue) for queue in queues))
    healed = Healed(
        planted=planted,
        schedules=found,
        facts={leak.resource_id: leak.read() for leak in planted.all},
        verdicts={leak.resource_id: compliance(box, leak.resource_type, leak.resource_id) for leak in planted.all},
        told=texts(box),
        threads=box.slack.threads(),
        undone=[],
        left={queue: depth(box, queue) for queue in queues},
    )
    return replace(healed, undone=_undo(box, deployment, planted.leaks["group"]))


def _undo(box: Sandbox, deployment: Deployment, leak: Leak) -> list[str]:
    """Undo a fix; what the thread about the leak says then."""
    [record] = json.loads(deployment.run("history", "--resource", leak.resource_id, "--json"))
    deployment.run("undo", record["remediationId"], "--owner", "bob", "--reason", "OPS-9", "--for", "30d", "--yes")
    _wait_for_outcome(box, leak, "Undone")
    return next(texts for texts in map(texts_of, box.slack.threads()) if telling(texts, "Undone", leak.resource_id))


def wait_until_healed(box: Sandbox, leak: Leak) -> None:
    """Wait until a leak is closed, reported, and COMPLIANT to AWS Config."""
    _wait_for_outcome(box, leak, "Fixed")
    about = (leak.resource_type, leak.resource_id)
    eventually(f"{leak.resource_id} COMPLIANT", lambda: compliance(box, *about) == "COMPLIANT")


def _wait_for_outcome(box: Sandbox, leak: Leak, kind: str) -> None:
    what = f"Slack told of {leak.resource_id}: {kind}"
    eventually(what, lambda: telling(texts(box), kind, leak.resource_id), FIRST_TICK_AND_MORE)


def _fix_by_hand(box: Sandbox, leak: Leak) -> None:
    opened = [permission(22, WORLD)]
    box.client("ec2").revoke_security_group_ingress(GroupId=leak.resource_id, IpPermissions=opened)
    eventually("the hand's work judged", lambda: compliance(box, GROUP, leak.resource_id) == "COMPLIANT")
