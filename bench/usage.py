"""What dd-aws uses in a month, counted in the units of the prices in bench/costs.py."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil
from typing import Any, Self

import yaml

from bench.environment import PROJECT
from chalicelib.pipeline.coordinate import LONGEST_WAIT
from chalicelib.rules import RULES
from ddaws.deploy import rules_file

DAYS = 30
MINUTES = DAYS * 24 * 60

PROBLEMS_A_CHANGE = 0.01
"""Assumed: one change in a hundred leaves its resource non-compliant."""
EVALUATION_SECONDS, FIX_SECONDS, NOTIFICATION_SECONDS, TICK_SECONDS = 1.0, 5.0, 1.0, 1.0
"""Assumed, generously: how long the functions run for one event; the coordinator beside its polling."""
LOOKS_A_FIX, LOOK_SECONDS = 2, 3.0
"""Assumed: how often CloudTrail is asked who opened what was fixed, and how long an investigator runs each time."""
REQUESTS_A_LOOK = 3
"""SQS requests: the question is sent, received and deleted."""
LOG_BYTES = 2000
"""Assumed: what one invocation logs, Lambda's own three lines included."""
POLLERS, POLL_SECONDS = 5, 20
"""Lambda's own long polls of each work queue: they cost whether auto-response is on or off."""
READS_A_ROUND = 3
"""Assumed: whether the stage is paused, and its slots, at 4 KB a unit: those of some thirty changes in the hour."""
READS_A_MESSAGE, WRITES_A_MESSAGE = 4, 6
"""Assumed, generously: the minute's count, and an incident's threads as they are claimed and told, at 4 and 1 KB."""
READS_A_FIX, WRITES_A_FIX = 15, 10
"""Assumed, generously: the controls that a fix reads, and its slot as it is reserved and used, at 1 KB a unit."""
REQUESTS_A_PROBLEM = 12
"""SQS requests between finding and deletion, by `make bench`."""


@dataclass(frozen=True)
class AccountSize:
    """The resources to evaluate.

    Attributes
    ----------
    changes : int
        Configuration changes of those groups and buckets in a month.
    """

    groups: int
    buckets: int
    changes: int


SMALL = AccountSize(groups=50, buckets=30, changes=300)
LARGE = AccountSize(groups=2_000, buckets=1_000, changes=30_000)


@dataclass(frozen=True)
class Stage:
    """What the project declares that costs money.

    Attributes
    ----------
    memory : Mapping
        Megabytes by function.
    alarms, alarms_while_on : int
        CloudWatch alarms there always are, and those that are there only while auto-response is on.
    managed_rules : int
        AWS's own Config rules: each evaluates the account once a day.
    """

    memory: Mapping[str, int]
    poll_seconds: int
    alarms: int
    alarms_while_on: int
    managed_rules: int

    @classmethod
    def read(cls) -> Self:
        """Read the project's own files."""
        config = json.loads((PROJECT / ".chalice" / "config.json").read_text())
        alarms = [each for each in _resources() if each["Type"] == "AWS::CloudWatch::Alarm"]
        while_on = sum(each.get("Condition") == "AutoResponseIsOn" for each in alarms)
        return cls(
            memory={name: each["lambda_memory_size"] for name, each in config["lambda_functions"].items()},
            poll_seconds=int(config["environment_variables"]["COORDINATOR_POLL_SECONDS"]),
            alarms=len(alarms) - while_on,
            alarms_while_on=while_on,
            managed_rules=sum(bool(rule.source_identifier) for rule in rules_file.read(PROJECT)),
        )

    def polling(self, seconds: int) -> Self:
        """The same with another COORDINATOR_POLL_SECONDS."""
        return replace(self, poll_seconds=seconds)


def usage(size: AccountSize, stage: Stage, *, auto_response: bool) -> Mapping[str, float]:
    """Units a month, by the names of the prices."""
    problems = size.changes * PROBLEMS_A_CHANGE
    fixes = problems if auto_response else 0
    items = size.changes + fixes
    told = problems + 3 * fixes
    """Compliance changes in both directions, outcomes, and callers."""
    ticks = MINUTES if auto_response else 0
    published = told
    invocations = {
        "evaluate_security_group": items + DAYS * len(RULES),
        "remediate_security_group": fixes,
        "investigator": fixes * LOOKS_A_FIX,
        "notifier": published,
        "coordinator": ticks,
    }
    return {
        "items": items,
        "evaluations": items + DAYS * stage.managed_rules,
        "gb_seconds": sum(count * _gb_seconds(name, stage) for name, count in invocations.items()),
        "invocations": sum(invocations.values()),
        "sqs": _idle_polls() + ticks * _requests_a_tick(stage) + problems * REQUESTS_A_PROBLEM + _questions(fixes),
        "sns": published,
        "keys": 1,
        "key_requests": 2 * published,
        "alarms": stage.alarms + (stage.alarms_while_on if auto_response else 0),
        "log_gb": sum(invocations.values()) * LOG_BYTES / 1e9,
        "writes": WRITES_A_MESSAGE * told + fixes * WRITES_A_FIX,
        "reads": READS_A_MESSAGE * told + fixes * READS_A_FIX + ticks * _rounds(stage) * READS_A_ROUND,
    }


def _gb_seconds(function: str, stage: Stage) -> float:
    """GB-seconds of one invocation; both evaluators and both remediators have one size each."""
    seconds = {
        "evaluate_security_group": EVALUATION_SECONDS,
        "remediate_security_group": FIX_SECONDS,
        "investigator": LOOK_SECONDS,
        "notifier": NOTIFICATION_SECONDS,
        "coordinator": stage.poll_seconds + TICK_SECONDS,
    }
    return seconds[function] * stage.memory[function] / 1024


def _idle_polls() -> float:
    """Of the work queues, and of the investigation queue."""
    return (len(RULES) + 1) * POLLERS * MINUTES * 60 / POLL_SECONDS


def _questions(fixes: float) -> float:
    return fixes * LOOKS_A_FIX * REQUESTS_A_LOOK


def _requests_a_tick(stage: Stage) -> int:
    """Each round asks how full every work queue is, then receives; a round lasts as long as SQS's longest poll."""
    return _rounds(stage) * (len(RULES) + 1)


def _rounds(stage: Stage) -> int:
    return max(1, ceil(stage.poll_seconds / LONGEST_WAIT))


def _resources() -> list[dict[str, Any]]:
    class Loader(yaml.SafeLoader):
        """Reads CloudFormation's short forms as null: no quantity depends on them."""

    Loader.add_multi_constructor("!", lambda *_: None)
    template = yaml.load((PROJECT / "infrastructure" / "foundation.yaml").read_text(), Loader)  # noqa: S506 - is safe
    return list(template["Resources"].values())
