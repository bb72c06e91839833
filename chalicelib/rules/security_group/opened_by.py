"""How a CloudTrail event relates to an open port of a security group.

Source of the shapes: published events. A request's entries are in ``ipPermissions.items``; ModifySecurityGroupRules has
a request element of its own. The response contains the resulting rules, even if the request names them only by ID.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from chalicelib.exposure.event_effect import EventEffect
from chalicelib.exposure.networks import network_of
from chalicelib.exposure.ports import LAST_PORT
from chalicelib.exposure.trail_events import TrailEvent, member, members, text
from chalicelib.findings import Violation
from chalicelib.rules.security_group.exposure import ALL_TRAFFIC, TRANSPORTS

EC2 = "ec2.amazonaws.com"
MODIFY = "ModifySecurityGroupRules"
OPENING = frozenset({"AuthorizeSecurityGroupIngress", MODIFY})
SOURCES = (
    ("ipRanges", "cidrIp"),
    ("ipv6Ranges", "cidrIpv6"),
    ("prefixListIds", "prefixListId"),
)
RULE_SOURCES = ("cidrIpv4", "cidrIpv6", "prefixListId")
RULES = ("securityGroupRuleSet", "revokedSecurityGroupRuleSet")

type Entry = tuple[str, int, int, str]
"""Protocol, first port, last port and source, as EC2 compares them."""


def on_group(event: TrailEvent, violation: Violation) -> EventEffect | None:
    """The effect of an event on the entry of a violation; None if there is none."""
    if event.source != EC2:
        return None
    if event.name == "CreateSecurityGroup":
        return EventEffect.CHANGES
    touched = bool(violating(violation.violation_details) & set(entries(event)))
    if event.name in OPENING:
        return EventEffect.OPENS if touched else EventEffect.CHANGES
    return EventEffect.CLOSES if touched and event.name == "RevokeSecurityGroupIngress" else None


def violating(details: Mapping[str, Any]) -> set[Entry]:
    """The entries of a violation, one for each source."""
    sources = [*_texts(details.get("cidrs")), *_texts(details.get("prefixListIds"))]
    return {_entry(details, source) for source in sources}


def outlasts(event: TrailEvent, others: Iterable[TrailEvent]) -> bool:
    """Whether none of `others` modified a rule that `event` created, in the same second or later.

    A modification names only the new values. What it closed can be found only by the rule's ID.
    """
    made = _rule_ids(event)
    modified = [_rule_ids(each) for each in others if each.name == MODIFY and each.at >= event.at and each is not event]
    return all(made and changed and not made & changed for changed in modified)


def entries(event: TrailEvent) -> Iterator[Entry]:
    """The entries that an event names in its request or its response."""
    yield from _permitted(event.parameters)
    for change in _modifications(event):
        yield from _rule(_lower_camel(member(change, "SecurityGroupRule")))
    for key in RULES:
        for rule in members(event.response.get(key)):
            yield from _rule(rule)


def _modifications(event: TrailEvent) -> list[Mapping[str, Any]]:
    return members(member(event.parameters, f"{MODIFY}Request").get("SecurityGroupRule"))


def _rule_ids(event: TrailEvent) -> set[str]:
    """The IDs of the rules that an event created or modified; empty if any of them is unknown."""
    rules = [*map(_lower_camel, _modifications(event)), *members(event.response.get("securityGroupRuleSet"))]
    ids = {text(rule, "securityGroupRuleId") for rule in rules}
    return set() if "" in ids else ids


def _permitted(request: Mapping[str, Any]) -> Iterator[Entry]:
    """The entries of a request. A request for a single entry may omit ``ipPermissions``."""
    for permission in members(request.get("ipPermissions")):
        for kind, key in SOURCES:
            yield from (_entry(permission, str(source.get(key))) for source in members(permission.get(kind)))
    yield from (_entry(request, str(request[key])) for key in ("cidrIp", "cidrIpv6") if key in request)


def _rule(rule: Mapping[str, Any]) -> Iterator[Entry]:
    """The entry of an inbound security group rule, which has one source; nothing for outbound rules."""
    if rule.get("isEgress") is not True:
        yield from (_entry(rule, str(rule[key])) for key in RULE_SOURCES if key in rule)


def _lower_camel(rule: Mapping[str, Any]) -> Mapping[str, Any]:
    """ModifySecurityGroupRules writes ``CidrIpv4``; all other events write ``cidrIpv4``."""
    return {f"{key[:1].lower()}{key[1:]}": value for key, value in rule.items()}


def _entry(entry: Mapping[str, Any], source: str) -> Entry:
    name = str(entry.get("ipProtocol", "")).lower()
    lowest, highest = _port(entry.get("fromPort"), 0), _port(entry.get("toPort"), LAST_PORT)
    if name == ALL_TRAFFIC:
        lowest, highest = 0, LAST_PORT
    return TRANSPORTS.get(name, name), lowest, highest, _source(source)


def _port(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) and value >= 0 else otherwise


def _source(value: str) -> str:
    try:
        return str(network_of(value))
    except ValueError:
        return value


def _texts(raw: object) -> list[str]:
    return [each for each in raw if isinstance(each, str)] if isinstance(raw, list | tuple) else []
