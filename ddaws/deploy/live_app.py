"""The live resources of the Chalice app, found by name without any record.

A function of ours is named ``dd-aws-<stage>-<function>``; functions, being Python's, have no hyphen in their names,
so the functions of stage ``dev-2`` never match stage ``dev``.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from ddaws.account import Account, error_code
from ddaws.plan import Target

Described = Mapping[str, Any]


@dataclass(frozen=True)
class LiveApp:
    """The live app; every mapping is keyed by the function's name in the app (``coordinator``).

    Attributes
    ----------
    functions : Mapping
        As ListFunctions gives them, with ``Statements`` (of the resource policy) and ``ReservedConcurrentExecutions``.
    roles : Mapping
        As ListRoles gives them, with ``PolicyDocument``: the inline policy that Chalice writes.
    event_sources : Mapping
        Lists of event source mappings, as ListEventSourceMappings gives them; more than one per queue is a mistake.
    subscriptions : Mapping
        Lists of subscriptions of our topic.
    schedules : Mapping
        EventBridge rules, with ``Targets``.
    """

    functions: Mapping[str, Described]
    roles: Mapping[str, Described]
    event_sources: Mapping[str, list[Described]]
    subscriptions: Mapping[str, list[Described]]
    schedules: Mapping[str, Described]

    @property
    def is_empty(self) -> bool:
        return not (self.functions or self.roles or self.event_sources or self.subscriptions or self.schedules)


def read(target: Target) -> LiveApp:
    """Read the account: a few list calls, and some calls for each of our functions."""
    account, ours = target.account, re.compile(re.escape(target.stage.named("")) + r"(\w+)$")
    of_function = re.compile(re.escape(target.function_arn("")) + r"(\w+)$")
    rule = re.compile(ours.pattern.removesuffix("$") + "-event$")
    listed = account.pages("lambda", "list_functions", "Functions")
    roles = account.pages("iam", "list_roles", "Roles")
    rules = account.pages("events", "list_rules", "Rules", NamePrefix=target.stage.named(""))
    return LiveApp(
        functions={name: _function(account, item) for name, item in _matching(listed, "FunctionName", ours)},
        roles={name: _role(account, item) for name, item in _matching(roles, "RoleName", ours)},
        event_sources=_grouped(_event_sources(account), "FunctionArn", of_function),
        subscriptions=_grouped(_subscriptions(target), "Endpoint", of_function),
        schedules={name: _schedule(account, item) for name, item in _matching(rules, "Name", rule)},
    )


def _matching(items: Iterator[Described], key: str, pattern: re.Pattern[str]) -> Iterator[tuple[str, Described]]:
    for item in items:
        if match := pattern.match(item[key]):
            yield match[1], item


def _grouped(items: Iterator[Described], key: str, pattern: re.Pattern[str]) -> dict[str, list[Described]]:
    groups: dict[str, list[Described]] = {}
    for name, item in _matching(items, key, pattern):
        groups.setdefault(name, []).append(item)
    return groups


def _function(account: Account, item: Described) -> Described:
    name = item["FunctionName"]
    concurrency = account.client("lambda").get_function_concurrency(FunctionName=name)
    return {
        **item,
        "Statements": statements(account, name),
        "ReservedConcurrentExecutions": concurrency.get("ReservedConcurrentExecutions"),
    }


def statements(account: Account, function_name: str) -> list[Described]:
    """The statements of a function's resource policy: who may invoke it. Empty if the function does not exist."""
    try:
        policy = account.client("lambda").get_policy(FunctionName=function_name)["Policy"]
    except ClientError as error:
        if error_code(error) == "ResourceNotFoundException":
            return []
        raise
    found: list[Described] = json.loads(policy)["Statement"]
    return found


def _role(account: Account, item: Described) -> Described:
    name = item["RoleName"]
    try:
        document = account.client("iam").get_role_policy(RoleName=name, PolicyName=name)["PolicyDocument"]
    except ClientError as error:
        if error_code(error) != "NoSuchEntity":
            raise
        document = None
    return {**item, "PolicyDocument": document}


def _event_sources(account: Account) -> Iterator[Described]:
    for mapping in account.pages("lambda", "list_event_source_mappings", "EventSourceMappings"):
        if mapping.get("State") != "Deleting":
            yield mapping


def _subscriptions(target: Target) -> Iterator[Described]:
    try:
        yield from target.account.pages(
            "sns", "list_subscriptions_by_topic", "Subscriptions", TopicArn=target.topic_arn
        )
    except ClientError as error:
        if error_code(error) not in ("NotFound", "NotFoundException"):
            raise


def _schedule(account: Account, item: Described) -> Described:
    return {**item, "Targets": account.client("events").list_targets_by_rule(Rule=item["Name"])["Targets"]}
