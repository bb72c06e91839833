"""Chapter one: deployed with auto-response off, everything is found and queued, and nothing is touched."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sandbox import Sandbox
from sandbox.demo.deployment import CHANNEL_PARAMETER, TOKEN_PARAMETER, WEBHOOK_PARAMETER, Deployment
from sandbox.demo.leaks import Leak
from sandbox.demo.planting import GROUP, WORLD, allow
from sandbox.demo.probes import compliance, evaluation, wait_until_evaluated
from sandbox.slack.posts import Post
from tests.e2e.account import REMEDIATION, depth, function, functions, invoke, schedules, telling, texts
from tests.e2e.planting import Planted, plant
from tests.e2e.waiting import eventually
from tests.notify.samples import event

JUDGED_TWICE = 3
"""Messages about each leak: for its change; and, on demand, for its item and by the rule's own look at everything."""


@dataclass(frozen=True)
class WhileOff:
    """What is seen while auto-response is off.

    Attributes
    ----------
    waiting : dict
        Resource id -> the findings about it in the remediation queue.
    facts : dict
        What can be read of each leak, by resource id, when everything is queued.
    by_webhook : list of Post
        What Slack was told before there was a bot.
    calls : list of str
        What the coordinator has asked for.
    second_deployment : str
        What a second deployment printed.
    touched_by_it : list of str
        The functions whose revision it changed.
    """

    planted: Planted
    schedules: list[str]
    functions: dict[str, Any]
    waiting: dict[str, list[dict[str, Any]]]
    facts: dict[str, dict[str, str]]
    by_webhook: list[Post]
    told: list[str]
    calls: list[str]
    verdict_of_harmless: str
    second_deployment: str
    touched_by_it: list[str]


def play(box: Sandbox, deployment: Deployment) -> WhileOff:
    """Deploy, plant, and look."""
    box.client("ssm").put_parameter(Name=WEBHOOK_PARAMETER, Type="SecureString", Value=box.slack.webhook_url)
    deployment.run("deploy")
    invoke(box, "notifier", event("alarm_goes_off"))
    by_webhook = box.slack.messages()
    _invite_the_bot(box)
    wait_until_evaluated(box)
    planted = plant(box)
    wait_until_condemned(box, planted.all)
    _change_harmlessly(box, planted.harmless)
    _judge_on_demand(box, len(planted.all))
    before = functions(box)
    second_deployment = deployment.run("deploy")
    after = functions(box)
    return WhileOff(
        planted=planted,
        schedules=schedules(box),
        functions=after,
        waiting=_waiting(deployment),
        facts={leak.resource_id: leak.read() for leak in planted.all},
        by_webhook=by_webhook,
        told=texts(box),
        calls=coordinator_calls(box),
        verdict_of_harmless=compliance(box, GROUP, planted.harmless),
        second_deployment=second_deployment,
        touched_by_it=[name for name in after if after[name]["RevisionId"] != before[name]["RevisionId"]],
    )


def _invite_the_bot(box: Sandbox) -> None:
    """From now on, one incident is one thread."""
    box.client("ssm").put_parameter(Name=TOKEN_PARAMETER, Type="SecureString", Value=box.slack.token)
    box.client("ssm").put_parameter(Name=CHANNEL_PARAMETER, Type="String", Value=box.slack.id)


def wait_until_condemned(box: Sandbox, leaks: Sequence[Leak]) -> None:
    """Wait until AWS Config and Slack know of each leak."""
    for leak in leaks:
        eventually(f"{leak.resource_id} is non-compliant", partial(_is_non_compliant, box, leak))


def _is_non_compliant(box: Sandbox, leak: Leak) -> bool:
    told = telling(texts(box), "Non-compliant", leak.resource_id)
    return bool(told) and compliance(box, leak.resource_type, leak.resource_id) == "NON_COMPLIANT"


def coordinator_calls(box: Sandbox) -> list[str]:
    return [call.action for call in box.calls() if call.role == function("coordinator")]


def _change_harmlessly(box: Sandbox, group_id: str) -> None:
    """Allow HTTPS, and wait until the change is evaluated, too."""
    eventually("a first verdict", lambda: evaluation(box, GROUP, group_id))
    judged_before = _judged(box, group_id)
    allow(box, group_id, (443, WORLD))
    eventually("a verdict on the harmless change", lambda: _judged(box, group_id) > judged_before)


def _judged(box: Sandbox, group_id: str) -> datetime:
    """When the run began that produced the current result."""
    found = evaluation(box, GROUP, group_id)
    assert found
    invoked: datetime = found["ConfigRuleInvokedTime"]
    return invoked


def _judge_on_demand(box: Sandbox, leaks: int) -> None:
    """Have our rules evaluate everything again, as a person can: waiting findings are queued again."""
    rules = box.client("config").describe_config_rules()["ConfigRules"]
    ours = [rule["ConfigRuleName"] for rule in rules if rule["Source"]["Owner"] == "CUSTOM_LAMBDA"]
    box.client("config").start_config_rules_evaluation(ConfigRuleNames=ours)
    eventually("everything queued again", lambda: depth(box, REMEDIATION) >= leaks * JUDGED_TWICE)


def _waiting(deployment: Deployment) -> dict[str, list[dict[str, Any]]]:
    waiting = defaultdict(list)
    for message in deployment.pending():
        waiting[message["finding"]["targetResourceId"]].append(message["finding"])
    return waiting
