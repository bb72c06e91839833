"""Chapter five: people pause the stage, exempt resources, and resume it; a limit is reached."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from chalicelib.limits.limits import PER_RESOURCE, Claim, Limits
from chalicelib.limits.store import Controls
from sandbox import Sandbox
from sandbox.demo.deployment import Deployment
from sandbox.demo.leaks import PRESENT, REMOVED, Fact, Leak
from sandbox.demo.planting import (
    BUCKET,
    GROUP,
    OFFICE,
    WORLD,
    allow,
    bucket_with_public_policy,
    create_group,
    group_open_to_ssh,
    ingress,
)
from sandbox.demo.probes import compliance
from sandbox.environment import ACCOUNT_ID, REGION
from sandbox.project import STAGE
from tests.e2e.account import REMEDIATION, WORK_QUEUES, depth, function, send, telling, texts
from tests.e2e.chapter_off import wait_until_condemned
from tests.e2e.waiting import eventually

TRUST_TABLE = f"dd-aws-{STAGE}-trust"
RULE = f"dd-aws-{STAGE}-security-group-prohibited-ports"
NOT_LONG = timedelta(hours=20)
"""An exemption that ends so soon that the next scheduled evaluation sends a reminder."""


@dataclass(frozen=True)
class Decisions:
    """The chapter's records.

    Attributes
    ----------
    exempt : list of Leak
        What somebody exempts while the stage is paused.
    waiting : set of str
        The resources whose findings are in the remediation queue again, though they were forwarded before the pause.
    facts_paused, facts : dict
        What can be read of each leak during the pause, and in the end.
    limited : Leak
        The group whose share of the hour's changes is used up.
    facts_limited : dict
        What can be read of it in the end.
    left : int
        How many messages are in the remediation queue in the end.
    """

    exempt: list[Leak]
    waiting: set[str]
    facts_paused: dict[str, dict[str, str]]
    verdicts: dict[str, str]
    facts: dict[str, dict[str, str]]
    limited: Leak
    facts_limited: dict[str, str]
    left: int
    told: list[str]


def play(box: Sandbox, deployment: Deployment) -> Decisions:
    """Reach a group's limit, pause, exempt the new findings, and resume."""
    limited = _beyond_its_share(box)
    deployment.run("pause", "--reason", "the auditors are here")
    leaks = [group_open_to_ssh(box, "bastion"), bucket_with_public_policy(box, "acme-site")]
    wait_until_condemned(box, leaks)
    eventually("what was forwarded sent back", lambda: _forwarded_and_sent_back(box))
    found = {leak.resource_id for leak in leaks}
    eventually("all of it waiting again", lambda: found <= _waiting(deployment))
    waiting, facts_paused = _waiting(deployment), {leak.resource_id: leak.read() for leak in leaks}
    _exempt(box, deployment, leaks)
    deployment.run("resume")
    for leak in leaks:
        eventually(f"{leak.resource_id} found to be exempt", partial(_found_exempt, box, leak))
    return Decisions(
        exempt=leaks,
        waiting=waiting,
        facts_paused=facts_paused,
        verdicts={leak.resource_id: compliance(box, leak.resource_type, leak.resource_id) for leak in leaks},
        facts={leak.resource_id: leak.read() for leak in leaks},
        limited=limited,
        facts_limited=limited.read(),
        left=depth(box, REMEDIATION),
        told=texts(box),
    )


def _found_exempt(box: Sandbox, leak: Leak) -> list[str]:
    """What is told once a remediator has looked at what was found before it was exempt."""
    return telling(texts(box), "Nothing to fix", leak.resource_id)


def _beyond_its_share(box: Sandbox) -> Leak:
    """A group that is opened once more than it may be closed in an hour; the changes before are only counted."""
    group_id = create_group(box, "noisy", (22, OFFICE))
    controls = Controls(box.client("dynamodb"), TRUST_TABLE, Limits(50))
    for number in range(PER_RESOURCE):
        hole = frozenset({f"hole-{number}"})
        controls.use(Claim(f"r-{number}", RULE, "/".join((ACCOUNT_ID, REGION, GROUP, group_id)), hole))
    allow(box, group_id, (22, WORLD))
    eventually("the limit told", lambda: [text for text in texts(box) if " Limit reached: " in text])
    world = Fact("world", partial(ingress, box, group_id, 22, WORLD), PRESENT, REMOVED)
    return Leak(GROUP, group_id, "remediate_security_group", "ec2:RevokeSecurityGroupIngress", (world,))


def _forwarded_and_sent_back(box: Sandbox) -> bool:
    """Forward what is to be seen, which a coordinator may have begun to do itself; whether all that was sent back."""
    _forward_by_hand(box)
    return _sent_back(box)


def _forward_by_hand(box: Sandbox) -> None:
    """Forward what waits, as the coordinator does: it may have begun just before somebody paused the stage."""
    client = box.client("sqs")
    url = client.get_queue_url(QueueName=REMEDIATION)["QueueUrl"]
    answer = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=600)
    for message in answer.get("Messages", ()):
        finding = json.loads(message["Body"])
        order = {"sourceQueueUrl": url, "receiptHandle": message["ReceiptHandle"], "messageBody": finding}
        send(box, WORK_QUEUES[finding["targetResourceType"] == BUCKET], {**order, "alsoSatisfies": []})


def _sent_back(box: Sandbox) -> bool:
    """Whether both remediators have returned work orders that are held back now."""
    sent = {
        call.role for call in box.calls() if call.action == "sqs:SendMessage" and call.resource.endswith(REMEDIATION)
    }
    return {function("remediate_security_group"), function("remediate_s3_bucket")} <= sent


def _waiting(deployment: Deployment) -> set[str]:
    messages: list[dict[str, Any]] = deployment.pending()
    return {message["finding"]["targetResourceId"] for message in messages}


def _exempt(box: Sandbox, deployment: Deployment, leaks: Sequence[Leak]) -> None:
    """Exempt each resource until tomorrow, and wait for the reminders."""
    until = f"{datetime.now(UTC) + NOT_LONG:%Y-%m-%dT%H:%M:%SZ}"
    why = ("--owner", "alice", "--reason", "OPS-7", "--until", until, "--yes")
    for leak in leaks:
        deployment.run("exempt add", leak.resource_id, "--all-current", *why)
    for leak in leaks:
        eventually(f"told that an exemption of {leak.resource_id} ends", partial(_reminded, box, leak))


def _reminded(box: Sandbox, leak: Leak) -> bool:
    is_compliant = compliance(box, leak.resource_type, leak.resource_id) == "COMPLIANT"
    return is_compliant and bool(telling(texts(box), "Exemption ends soon", leak.resource_id))
