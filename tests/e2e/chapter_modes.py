"""Chapter eight: buckets are changed after approval, security groups only after a grace period of one minute."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sandbox import Sandbox
from sandbox.demo.deployment import Deployment
from sandbox.demo.leaks import Leak
from sandbox.demo.planting import bucket_with_public_policy, group_open_to_ssh
from sandbox.demo.probes import compliance
from tests.e2e.account import REMEDIATION, TICK, WORK_QUEUES, function, invoke, send, telling, texts
from tests.e2e.deciding import deciders, waiting
from tests.e2e.redeploying import redeploy
from tests.e2e.waiting import eventually

SETTINGS = {
    "RULE_MODES": "security-group-prohibited-ports=enforce,s3-bucket-public-access=approve",
    "GRACE_MINUTES": "security-group-prohibited-ports=1",
    "MAX_FIXES_PER_HOUR": "100",
}
"""With room for more changes than the hour has seen: past its limit a coordinator receives nothing, even to hold."""
BUCKETS = ("approved", "dropped", "exempted", "forged")


@dataclass(frozen=True)
class Modes:
    """What is seen of what waits for people.

    Attributes
    ----------
    buckets : dict of Leak
        By what becomes of them: ``approved``, ``dropped``, ``exempted``; about ``forged`` nobody has decided, and
        somebody has sent a work order for it, past the coordinator.
    group : Leak
        What waits for the end of its grace.
    held, left : dict
        What ``waiting`` shows, by resource id, before anybody has decided, and in the end.
    facts_held, facts : dict
        What could be read of each then, by resource id.
    changed_at : str
        When the group was changed.
    """

    buckets: dict[str, Leak]
    group: Leak
    held: Mapping[str, Any]
    facts_held: dict[str, dict[str, str]]
    left: Mapping[str, Any]
    facts: dict[str, dict[str, str]]
    verdicts: dict[str, str]
    changed_at: str
    told: list[str]

    @property
    def all(self) -> tuple[Leak, ...]:
        return (*self.buckets.values(), self.group)


def play(box: Sandbox, deployment: Deployment) -> Modes:
    """Deploy with modes, plant, let it wait, forge a work order, and decide."""
    redeploy(box, deployment, **SETTINGS)
    decider = deciders(box, deployment)
    buckets = {name: bucket_with_public_policy(box, f"acme-{name}") for name in BUCKETS}
    _tick(box)
    # The emulator invokes two remediators at a time; a third order waits for the end of its visibility timeout.
    eventually("the buckets wait", lambda: _all_held(decider, tuple(buckets.values())), 300)
    group = group_open_to_ssh(box, "graceful")
    leaks = (*buckets.values(), group)
    _tick(box)
    held = eventually("all of it waits", lambda: _all_held(decider, leaks), 180)
    facts_held = {leak.resource_id: leak.read() for leak in leaks}
    _forge(box, held[buckets["forged"].resource_id]["finding"])
    ids = {name: held[leak.resource_id]["id"] for name, leak in buckets.items()}
    decider.run("approve", ids["approved"], "--yes")
    _tick(box)
    _wait_for_fix(box, buckets["approved"])
    _reject(decider, ids)
    eventually("what is exempt found to be so", lambda: _verdict(box, buckets["exempted"]) == "COMPLIANT")
    eventually("the end of the grace", lambda: datetime.now(UTC) >= _due(held[group.resource_id]))
    _tick(box)
    _wait_for_fix(box, group)
    return Modes(
        buckets=buckets,
        group=group,
        held=held,
        facts_held=facts_held,
        left=waiting(decider),
        facts={leak.resource_id: leak.read() for leak in leaks},
        verdicts={leak.resource_id: _verdict(box, leak) for leak in leaks},
        changed_at=_changed_at(box, group),
        told=texts(box),
    )


def _tick(box: Sandbox) -> None:
    """Invoke the coordinator now, in addition to the schedule."""
    invoke(box, "coordinator", TICK, kind="Event")


def _all_held(decider: Deployment, leaks: Sequence[Leak]) -> dict[str, dict[str, Any]]:
    """What waits, once all of it does; else nothing."""
    found = waiting(decider)
    return found if {leak.resource_id for leak in leaks} <= set(found) else {}


def _forge(box: Sandbox, finding: Mapping[str, Any]) -> None:
    """Send a work order that no coordinator has made, and wait until the remediator has noted what it is about."""
    before = _held(box)
    url = box.client("sqs").get_queue_url(QueueName=REMEDIATION)["QueueUrl"]
    order = {"sourceQueueUrl": url, "receiptHandle": "forged", "messageBody": finding, "alsoSatisfies": []}
    send(box, WORK_QUEUES[1], order)
    eventually("the forged order's finding held", lambda: _held(box) > before, 180)


def _held(box: Sandbox) -> int:
    """How often the buckets' remediator has written down that something waits."""
    asked = (function("remediate_s3_bucket"), "dynamodb:PutItem")
    return sum((call.role, call.action) == asked and call.resource.endswith("-journal") for call in box.calls())


def _reject(decider: Deployment, ids: Mapping[str, str]) -> None:
    """Reject twice; an exemption makes AWS Config evaluate all buckets again, from its records."""
    decider.run("reject", ids["dropped"], "--reason", "OPS-10", "--yes")
    exempt = ("--exempt-for", "30d", "--owner", "carol")
    decider.run("reject", ids["exempted"], "--reason", "OPS-11", *exempt, "--yes")


def _wait_for_fix(box: Sandbox, leak: Leak) -> None:
    """Wait until it is closed, and AWS Config and Slack know: an evaluation of an older item finds it once more."""
    eventually(f"{leak.resource_id} healed", partial(_is_healed, leak), 180)
    eventually(f"{leak.resource_id} COMPLIANT", lambda: _verdict(box, leak) == "COMPLIANT")
    eventually(f"{leak.resource_id}: Fixed", lambda: telling(texts(box), "Fixed", leak.resource_id))


def _is_healed(leak: Leak) -> bool:
    return leak.read() == leak.fixed


def _verdict(box: Sandbox, leak: Leak) -> str:
    return compliance(box, leak.resource_type, leak.resource_id)


def _due(hold: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(hold["dueAt"])


def _changed_at(box: Sandbox, leak: Leak) -> str:
    asked = (function(leak.remediator), leak.change)
    [at] = [
        call.at
        for call in box.calls()
        if (call.role, call.action) == asked and call.resource.endswith(leak.resource_id)
    ]
    return at
