"""Calls of EC2's query protocol, as CloudTrail writes them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.trail.shape import Seen

READING = ("Describe", "Get", "List", "Search")
WRAPPED = "ModifySecurityGroupRules"
"""Its request stands in one member, with EC2's own names."""
NUMBERS = ("fromPort", "toPort")
GROUP = "AWS::EC2::SecurityGroup"
CODE = re.compile(r"<Code>(.+?)</Code>")
MESSAGE = re.compile(r"<Message>(.+?)</Message>", re.DOTALL)
MADE = re.compile(r"<groupId>(sg-[0-9a-f]+)</groupId>")


def changes(name: str) -> bool:
    """Whether an action changes anything."""
    return not name.startswith(READING)


def seen(form: Mapping[str, str], status: int, answer: str, **caller: str) -> Seen:
    """A call and EC2's answer; `caller` are the fields that say who called from where."""
    name = form["Action"]
    failed = status >= 400
    groups = dict.fromkeys([*_named(form), *([] if failed else MADE.findall(answer))])
    return Seen(
        source="ec2.amazonaws.com",
        name=name,
        parameters=parameters(form),
        response={
            "_return": True,
            **({"groupId": next(iter(groups))} if name == "CreateSecurityGroup" and groups else {}),
        },
        resources=[(GROUP, each) for each in groups],
        error=f"Client.{_found(CODE, answer)}" if failed else "",
        message=_found(MESSAGE, answer) if failed else "",
        **caller,
    )


def parameters(form: Mapping[str, str]) -> dict[str, Any]:
    """``requestParameters``: lists are ``{"items": [...]}``, names begin small, ports are numbers."""
    tree: dict[str, Any] = {}
    for field, value in form.items():
        if field not in ("Action", "Version"):
            *path, last = field.split(".")
            branch = tree
            for step in path:
                branch = branch.setdefault(step, {})
            branch[last] = value
    if form["Action"] == WRAPPED:
        return {f"{WRAPPED}Request": _wrapped(tree)}
    return {_small(key): _listed(_small(key), value) for key, value in tree.items()}


def _listed(key: str, value: Any) -> Any:
    if not isinstance(value, dict):
        return int(value) if key in NUMBERS else value
    if all(each.isdecimal() for each in value):
        return {"items": [_listed("", value[each]) for each in sorted(value, key=int)]}
    return {_small(each): _listed(_small(each), inner) for each, inner in value.items()}


def _wrapped(value: Any, key: str = "") -> Any:
    if not isinstance(value, dict):
        return int(value) if _small(key) in NUMBERS else value
    if value and all(each.isdecimal() for each in value):
        items = [{"tag": int(each), **_wrapped(value[each])} for each in sorted(value, key=int)]
        return items[0] if len(items) == 1 else items
    return {each: _wrapped(inner, each) for each, inner in value.items()}


def _named(form: Mapping[str, str]) -> Iterator[str]:
    yield from (value for key, value in form.items() if key == "GroupId")


def _small(key: str) -> str:
    return key[:1].lower() + key[1:]


def _found(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match[1] if match else ""
