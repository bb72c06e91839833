"""The last chapters: auto-response off again; a role lacks a permission; everything is destroyed."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.pipeline.coordinate import LONGEST_WAIT
from sandbox import Sandbox
from sandbox.calls import Call
from sandbox.demo.deployment import Deployment
from sandbox.demo.leaks import Leak
from sandbox.demo.planting import group_open_to_ssh
from tests.ddaws.inventory import inventory
from tests.e2e.account import (
    TICK,
    WORK_QUEUES,
    Letter,
    function,
    functions,
    invoke,
    letters,
    schedules,
    telling,
    texts,
)
from tests.e2e.chapter_off import coordinator_calls, wait_until_condemned
from tests.e2e.redeploying import redeploy
from tests.e2e.waiting import eventually

REMEDIATOR = "remediate_security_group"


@dataclass(frozen=True)
class OffAgain:
    """What is seen once auto-response is off again.

    Attributes
    ----------
    late : Leak
        A leak that was made then.
    waiting : list
        The findings about it in the remediation queue, after an event of a schedule that is no more.
    failure : str
        Lambda's word for what that event led to.
    coordinated : list of str
        What the coordinator asked for since.
    calls : list of Call
        Every call of every function, from the beginning.
    """

    late: Leak
    schedules: list[str]
    functions: dict[str, Any]
    waiting: list[dict[str, Any]]
    facts: dict[str, str]
    failure: str
    coordinated: list[str]
    calls: list[Call]


def play_off_again(box: Sandbox, deployment: Deployment) -> OffAgain:
    """Turn auto-response off, and modes and grace too, and make a leak."""
    redeploy(box, deployment, ENABLE_AUTO_RESPONSE="false", RULE_MODES="enforce", GRACE_MINUTES="0")
    eventually("the end of the last long poll", lambda: not _may_still_receive(box))
    so_far = len(coordinator_calls(box))
    late = group_open_to_ssh(box, "late")
    wait_until_condemned(box, [late])
    failure = invoke(box, "coordinator", TICK)
    findings = [message["finding"] for message in deployment.pending()]
    return OffAgain(
        late=late,
        schedules=schedules(box),
        functions=functions(box),
        waiting=[finding for finding in findings if finding["targetResourceId"] == late.resource_id],
        facts=late.read(),
        failure=failure,
        coordinated=coordinator_calls(box)[so_far:],
        calls=box.calls(),
    )


def _may_still_receive(box: Sandbox) -> bool:
    """Whether SQS may still give a message to a coordinator that the deployment has ended in the middle of a poll."""
    receives = [call for call in box.calls() if call.action == "sqs:ReceiveMessage"]
    polls = [call for call in receives if call.role == function("coordinator")]
    last = datetime.fromisoformat(polls[-1].at)
    return datetime.now(UTC) - last < timedelta(seconds=LONGEST_WAIT)


@dataclass(frozen=True)
class Forbidden:
    """What is seen when a remediator's role lacks the permission to fix."""

    leak: Leak
    facts: dict[str, str]
    told: list[str]
    kept: list[Letter]


def play_forbidden(box: Sandbox, leak: Leak) -> Forbidden:
    """Remove one action from one policy, and invoke the coordinator once."""
    role = function(REMEDIATOR)
    iam = box.client("iam")
    [name] = iam.list_role_policies(RoleName=role)["PolicyNames"]
    policy = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    policy["Statement"] = [each for each in policy["Statement"] if each["Action"] != leak.change]
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(policy))
    invoke(box, "coordinator", {})
    told = eventually("a failure on Slack", lambda: telling(texts(box), "Remediation failed", leak.resource_id))
    queue = f"{WORK_QUEUES[0]}-dlq"
    kept = [letter for letter in letters(box, queue) if leak.resource_id in letter.body]
    return Forbidden(leak, leak.read(), told, kept)


type Inventory = set[tuple[str, str]]


@dataclass(frozen=True)
class Destroyed:
    """The resources in the account that did not exist before the deployment.

    Attributes
    ----------
    left : set
        After ``destroy``.
    left_in_the_end : set
        After ``destroy --delete-history``.
    """

    left: Inventory
    left_in_the_end: Inventory


def play_destroyed(box: Sandbox, deployment: Deployment, before: Inventory) -> Destroyed:
    """Destroy the deployment."""
    deployment.run("destroy", "--yes")
    left = inventory(box) - before
    deployment.run("destroy", "--yes", "--delete-history")
    return Destroyed(left, inventory(box) - before)
