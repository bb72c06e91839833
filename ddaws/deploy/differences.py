"""The differences between the live app and what Chalice would deploy, as text; no AWS calls."""

from collections.abc import Iterator, Mapping
from typing import Any

from ddaws.deploy.live_app import LiveApp

SAME_NAME = ("Runtime", "Handler", "Timeout", "MemorySize", "ReservedConcurrentExecutions")
Wanted = Mapping[str, Any]


def differences(wanted: Wanted, live: LiveApp) -> tuple[str, ...]:
    """Each difference as a line: ``coordinator: Timeout is 3, not 60``.

    Parameters
    ----------
    wanted : Mapping
        What :mod:`ddaws.deploy.app_model` prints.
    """
    return (
        *_by_name("function", wanted["functions"], live.functions, _function),
        *_by_name("role", wanted["roles"], live.roles, _role),
        *_by_name("event source", wanted["queues"], live.event_sources, _event_sources),
        *_by_name("subscription", wanted["topics"], live.subscriptions, _subscriptions),
        *_by_name("schedule", wanted["schedules"], live.schedules, _schedule),
        *_not_admitted(wanted, live),
    )


def _by_name(kind: str, wanted: Wanted, live: Mapping[str, Any], compare: Any) -> Iterator[str]:
    for name in sorted(wanted.keys() | live.keys()):
        if name not in live:
            yield f"{name}: no {kind}"
        elif name not in wanted:
            yield f"{name}: a {kind} too many"
        else:
            yield from (f"{name}: {line}" for line in compare(wanted[name], live[name]))


def _is_not(field: str, live: object, wanted: object) -> Iterator[str]:
    if live != wanted:
        yield f"{field} is {live!r}, not {wanted!r}"


def _function(wanted: Wanted, live: Mapping[str, Any]) -> Iterator[str]:
    for field in SAME_NAME:
        yield from _is_not(field, live.get(field), wanted[field])
    environment = live.get("Environment", {}).get("Variables", {})
    for variable in sorted(environment.keys() | wanted["Environment"].keys()):
        yield from _is_not(variable, environment.get(variable), wanted["Environment"].get(variable))
    vpc = live.get("VpcConfig") or {}
    yield from _is_not("SubnetIds", sorted(vpc.get("SubnetIds", [])), wanted["SubnetIds"])
    yield from _is_not("SecurityGroupIds", sorted(vpc.get("SecurityGroupIds", [])), wanted["SecurityGroupIds"])
    yield from _is_not("Layers", [layer["Arn"] for layer in live.get("Layers", [])], wanted["Layers"])
    yield from _is_not("Architectures", live.get("Architectures", ["x86_64"]), wanted["Architectures"])


def _role(wanted: Wanted, live: Mapping[str, Any]) -> Iterator[str]:
    if live["PolicyDocument"] != wanted:
        yield "the role's policy differs"


def _event_sources(wanted: Wanted, live: list[Mapping[str, Any]]) -> Iterator[str]:
    for mapping in live:
        yield from _is_not("the queue", mapping["EventSourceArn"].rpartition(":")[2], wanted["queue"])
        yield from _is_not("BatchSize", mapping.get("BatchSize"), wanted["BatchSize"])
        window = mapping.get("MaximumBatchingWindowInSeconds", 0)
        yield from _is_not("MaximumBatchingWindowInSeconds", window, wanted["MaximumBatchingWindowInSeconds"])
        concurrency = (mapping.get("ScalingConfig") or {}).get("MaximumConcurrency")
        yield from _is_not("MaximumConcurrency", concurrency, wanted["MaximumConcurrency"])
        if is_disabled(mapping):
            yield f"the event source is {mapping['State']}"


def is_disabled(mapping: Mapping[str, Any]) -> bool:
    """Whether somebody has disabled an event source mapping."""
    return mapping.get("State") in ("Disabled", "Disabling")


def _subscriptions(wanted: str, live: list[Mapping[str, Any]]) -> Iterator[str]:
    yield from _is_not("the topic", live[0]["TopicArn"].rpartition(":")[2], wanted.rpartition(":")[2])


def _schedule(wanted: str, live: Mapping[str, Any]) -> Iterator[str]:
    yield from _is_not("ScheduleExpression", live.get("ScheduleExpression"), wanted)
    yield from _is_not("the schedule's State", live.get("State"), "ENABLED")
    if not live["Targets"]:
        yield "the schedule has no target"


def _not_admitted(wanted: Wanted, live: LiveApp) -> Iterator[str]:
    """Functions whose resource policy does not allow the service that invokes them."""
    for kind, service in (("topics", "sns.amazonaws.com"), ("schedules", "events.amazonaws.com")):
        for name in sorted(wanted[kind].keys() & live.functions.keys()):
            if not admits(live.functions[name], service):
                yield f"{name}: {service} may not invoke it"


def admits(function: Mapping[str, Any], service: str) -> bool:
    """Whether a function's resource policy allows a service to invoke it."""
    return any(
        statement.get("Effect") == "Allow" and statement.get("Principal") == {"Service": service}
        for statement in function["Statements"]
    )
