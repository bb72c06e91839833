"""Chalice's record of what it has deployed, rebuilt from the live account.

Chalice writes `.chalice/deployed/<stage>.json` at the end, and does not compare it with the account. After an
interrupted deployment, or in a fresh clone, it would create every event source mapping a second time and could not
delete a schedule. The file's format is defined in ``chalice/deploy/planner.py`` (``RecordResource...``).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ddaws.account import Account
from ddaws.deploy.differences import admits
from ddaws.deploy.live_app import LiveApp
from ddaws.plan import Tell, Verb

SCHEMA = {"schema_version": "2.0", "backend": "api"}


def rebuilt(live: LiveApp) -> dict[str, Any]:
    """The record that Chalice would have written for the live resources.

    The order matters: Chalice deletes in the opposite order.
    """
    resources = (*_roles(live), *_functions(live), *_subscriptions(live), *_event_sources(live), *_schedules(live))
    return {"resources": list(resources), **SCHEMA}


def _roles(live: LiveApp) -> Iterator[dict[str, str]]:
    for name, role in live.roles.items():
        yield _entry(f"{name}_role", "iam_role", role_arn=role["Arn"], role_name=role["RoleName"])


def _functions(live: LiveApp) -> Iterator[dict[str, str]]:
    for name, function in live.functions.items():
        yield _entry(name, "lambda_function", lambda_arn=function["FunctionArn"])


def _subscriptions(live: LiveApp) -> Iterator[dict[str, str]]:
    """Subscriptions for which SNS may invoke the function: Chalice adds the permission only when it subscribes."""
    for name, (subscription, *_) in live.subscriptions.items():
        if name in live.functions and admits(live.functions[name], "sns.amazonaws.com"):
            yield _entry(
                f"{name}-sns-subscription",
                "sns_event",
                topic=subscription["TopicArn"].rpartition(":")[2],
                lambda_arn=subscription["Endpoint"],
                subscription_arn=subscription["SubscriptionArn"],
                topic_arn=subscription["TopicArn"],
            )


def _event_sources(live: LiveApp) -> Iterator[dict[str, str]]:
    for name, (mapping, *_) in live.event_sources.items():
        yield _entry(
            f"{name}-sqs-event-source",
            "sqs_event",
            queue_arn=mapping["EventSourceArn"],
            event_uuid=mapping["UUID"],
            queue=mapping["EventSourceArn"].rpartition(":")[2],
            lambda_arn=mapping["FunctionArn"],
        )


def _schedules(live: LiveApp) -> Iterator[dict[str, str]]:
    for name, rule in live.schedules.items():
        yield _entry(f"{name}-event", "cloudwatch_event", rule_name=rule["Name"])


def _entry(name: str, resource_type: str, **values: str) -> dict[str, str]:
    return {"name": name, "resource_type": resource_type, **values}


def agrees(path: Path, live: LiveApp) -> bool:
    """Whether Chalice's record matches the live resources, in any order."""
    wanted = rebuilt(live)
    try:
        record = json.loads(path.read_text())
    except FileNotFoundError:
        return not wanted["resources"]
    except ValueError:
        return False
    return bool(_comparable(record) == _comparable(wanted))


def _comparable(record: Any) -> object:
    """A record without its order; any other value unchanged."""
    try:
        return {resource["name"]: resource for resource in record["resources"]}, record["schema_version"]
    except (TypeError, KeyError):
        return record


@dataclass(frozen=True)
class WriteRecord:
    """Write Chalice's record."""

    path: Path
    record: Mapping[str, Any]
    verb: Verb = "update"

    @property
    def what(self) -> str:
        return f"Chalice's record, from the live resources ({len(self.record['resources'])} resources)"

    def apply(self, _account: Account, _tell: Tell) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(".draft")
        draft.write_text(json.dumps(self.record, indent=2) + "\n")
        draft.replace(self.path)


@dataclass(frozen=True)
class DropRecord:
    """Remove Chalice's record of a stage that is no longer deployed."""

    path: Path
    verb: Verb = "delete"

    @property
    def what(self) -> str:
        return f"Chalice's record {self.path.name}"

    def apply(self, _account: Account, _tell: Tell) -> None:
        self.path.unlink(missing_ok=True)
