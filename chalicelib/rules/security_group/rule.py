"""No prohibited port of a security group is open to the internet."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from chalicelib.exemptions.exemptions import Exemption
from chalicelib.exemptions.scopes import PortScope
from chalicelib.exposure.networks import Total, within
from chalicelib.exposure.ports import PortRange, merged
from chalicelib.findings import Violation
from chalicelib.resources import SECURITY_GROUP, Fact, IpPermission, SecurityGroup, Unread
from chalicelib.rules.plan import Obstacle, Plan
from chalicelib.rules.rule import Rule
from chalicelib.rules.security_group.carve import close
from chalicelib.rules.security_group.entries import identity, line, rule_of, rules_of, traffic
from chalicelib.rules.security_group.exempt import (
    PROHIBITED_PORT,
    covering,
    not_exempt,
    scopes_of,
    unseen_and_not_exempt,
)
from chalicelib.rules.security_group.exposure import Exposure, Unseen, exposures, prefix_lists_at, unseen_lists
from chalicelib.rules.security_group.parameters import Parameters, parameters
from chalicelib.rules.security_group.repairs import repairs

FEW = 5
"""How many port ranges, and how many sources of a total, a reason lists."""
NOT_SEEN = Unread(
    Fact.PREFIX_LISTS,
    "The account cannot see the list. The list may no longer be shared with the account.",
    "Ask the list's owner to share it again, or replace the reference with the CIDR ranges that you want to admit.",
)
"""For a list that still admits its entries, which AWS shows only to the list's owner."""


def violations(group: SecurityGroup, parameters: Parameters) -> tuple[Violation, ...]:
    """One violation per permission that opens a prohibited port to the internet and is not exempt.

    If any violation is certain, only certain ones are reported. Otherwise a prefix list whose entries AWS does not show
    is presumed to admit the internet.
    """
    final = (each for each in _unseen(group, parameters) if _is_final(each))
    return _violations(_exposures(group, parameters)) or tuple(map(_presumed, final))


def doubts(group: SecurityGroup, parameters: Parameters) -> tuple[Unread, ...]:
    """The prefix lists on prohibited ports whose entries could not be read."""
    return tuple(each.entries.unread or NOT_SEEN for each in _unseen(group, parameters))


def exempting(parameters: Parameters, exemptions: tuple[Exemption, ...]) -> Parameters:
    """The parameters with `exemptions`, whose scopes are neither reported nor changed."""
    return replace(parameters, exemptions=exemptions)


def exempted(group: SecurityGroup, parameters: Parameters) -> tuple[tuple[Violation, Exemption], ...]:
    """What would be non-compliant without exemptions, with each exemption that covers a part of it."""
    if not parameters.exemptions:
        return ()
    found = exposures(group, parameters.prohibited_ports, parameters.internet)
    certain = [(each, violation) for each in found for violation in _violations((each,))]
    unseen = () if found else unseen_lists(group, parameters.prohibited_ports)
    presumed = [(each, _presumed(each)) for each in unseen if _is_final(each)]
    return (
        *((violation, by) for each, violation in certain for by in covering(group, each, parameters.exemptions)),
        *((violation, by) for each, violation in presumed for by in covering(group, each, parameters.exemptions)),
    )


def scopes(group: SecurityGroup, parameters: Parameters) -> tuple[tuple[str, PortScope], ...]:
    """The scopes to exempt: each port range that an entry opens to the internet, from that entry's source."""
    certain = (scope for each in _exposures(group, parameters) for scope in scopes_of(each))
    presumed = (scope for each in _unseen(group, parameters) for scope in scopes_of(each))
    return tuple((PROHIBITED_PORT, scope) for scope in (*certain, *presumed))


def _violations(found: tuple[Exposure, ...]) -> tuple[Violation, ...]:
    return tuple(
        _violation(permission, tuple(some)) for permission, some in groupby(found, lambda each: each.door.permission)
    )


def lacking(group: SecurityGroup, parameters: Parameters) -> frozenset[Fact]:
    """The entries of the prefix lists, if a list that was not read yet is admitted to a prohibited port."""
    known = {each.prefix_list_id for each in group.prefix_lists}
    unknown = set(prefix_lists_at(group, parameters.prohibited_ports)) - known
    return frozenset({Fact.PREFIX_LISTS} if unknown else ())


def lacking_to_fix(group: SecurityGroup, parameters: Parameters) -> frozenset[Fact]:
    """If rules are added: their tags, and how many rules the group may have."""
    if not close(group, _exposures(group, parameters), parameters).back:
        return frozenset()
    known = {Fact.RULE_TAGS: group.rule_tags, Fact.RULES_QUOTA: group.rules_quota}
    return frozenset(fact for fact, value in known.items() if value is None)


def plan(group: SecurityGroup, parameters: Parameters) -> Plan:
    """Revoke exactly the offending sources; for those that are carved, authorize the harmless remainders first.

    Nothing exempt is ever revoked: an entry that holds exempt traffic is carved, or stays.
    """
    unseen = tuple(map(_unverified, _unseen(group, parameters)))
    return close(group, _exposures(group, parameters), parameters).plan() + Plan(obstacles=unseen)


def lines(group: SecurityGroup, parameters: Parameters) -> tuple[str, ...]:
    """A line per source of each permission, such as ``tcp 22 from 0.0.0.0/0 "office"``."""
    found = _exposures(group, parameters)
    lists = {identity(rule_of(each.door)): _whom(each) for each in found if each.is_whole}
    return tuple(line(rule, lists.get(identity(rule), "")) for rule in rules_of(group))


def remarks(group: SecurityGroup, parameters: Parameters) -> tuple[str, ...]:
    """The prefix lists that may admit the internet, too, to a group that another source certainly opens."""
    if not _exposures(group, parameters):
        return ()
    return tuple(map(_presumption, _unseen(group, parameters)))


def _exposures(group: SecurityGroup, parameters: Parameters) -> tuple[Exposure, ...]:
    return not_exempt(group, exposures(group, parameters.prohibited_ports, parameters.internet), parameters.exemptions)


def _unseen(group: SecurityGroup, parameters: Parameters) -> tuple[Unseen, ...]:
    return unseen_and_not_exempt(group, unseen_lists(group, parameters.prohibited_ports), parameters.exemptions)


def _is_final(unseen: Unseen) -> bool:
    return unseen.entries.unread is None or unseen.entries.unread.is_final


def _presumed(unseen: Unseen) -> Violation:
    """A violation that is presumed, because the entries of a list could not be read."""
    permission = unseen.door.permission
    details = {
        "reason": _presumption(unseen),
        "presumed": True,
        "ipProtocol": permission.protocol,
        "fromPort": permission.from_port,
        "toPort": permission.to_port,
        "cidrs": [],
        "exposedPorts": [str(each) for each in unseen.ports],
        "prefixListIds": [unseen.door.source.value],
    }
    return Violation(PROHIBITED_PORT, details)


def _presumption(unseen: Unseen) -> str:
    """Such as ``presumed: tcp 22 (port 22) is open to the internet by pl-1, whose entries could not be read``."""
    what = f"{traffic(unseen.door.permission)} ({_ports_in_words(unseen.ports)})"
    return f"presumed: {what} is open to the internet by {unseen.door.source.value}, whose entries could not be read"


def _unverified(unseen: Unseen) -> Obstacle:
    """Why a list that could not be read is not revoked."""
    unread, name = unseen.entries.unread or NOT_SEEN, unseen.door.source.value
    return Obstacle(
        f"{name} is not revoked, because this cannot be verified ({_presumption(unseen)}). {unread.reason}",
        unread.next_step or "It is read again at the next evaluation.",
    )


def _ports_in_words(ports: Sequence[PortRange]) -> str:
    noun = "port" if len(ports) == 1 and ports[0].first == ports[0].last else "ports"
    named = ", ".join(each.in_words for each in ports[:FEW]) + (f" and {len(ports) - FEW} more" * (len(ports) > FEW))
    return f"{noun} {named}"


def _violation(permission: IpPermission, found: tuple[Exposure, ...]) -> Violation:
    ports = merged(ports for exposure in found for ports in exposure.ports)
    lists = [each.door.source.value for each in found if each.door.source.kind == "prefix_list"]
    details: dict[str, Any] = {
        "reason": f"{traffic(permission)} ({_ports_in_words(ports)}) is open to {_sources(found)}",
        "ipProtocol": permission.protocol,
        "fromPort": permission.from_port,
        "toPort": permission.to_port,
        "cidrs": [each.door.source.value for each in found if each.door.source.kind != "prefix_list"],
        "exposedPorts": list(map(str, ports)),
    }
    return Violation(PROHIBITED_PORT, {**details, "prefixListIds": lists} if lists else details)


def _whom(exposure: Exposure) -> str:
    """The source, and the part of the internet that it is or belongs to."""
    source, stretch = exposure.door.source, exposure.stretch
    if source.kind != "prefix_list":
        return source.value if exposure.is_whole else f"{source.value} (part of {stretch})"
    if exposure.is_whole:
        return f"{source.value} (which admits {stretch})"
    if isinstance(stretch, Total):
        return f"{source.value} (part of {stretch})"
    part = next(network for network in exposure.door.networks if within(network, stretch))
    return f"{source.value} (whose {part} is part of {stretch})"


def _sources(found: tuple[Exposure, ...]) -> str:
    """The sources in words. Sources that only together are too many addresses are listed up to a limit."""
    totals: dict[Total, list[Exposure]] = {}
    for each in found:
        if isinstance(each.stretch, Total) and not each.is_whole:
            totals.setdefault(each.stretch, []).append(each)
    crowds = {total: some for total, some in totals.items() if len(some) > FEW}
    texts = [_whom(each) for each in found if each.stretch not in crowds or each.is_whole]
    for total, some in crowds.items():
        named = ", ".join(each.door.source.value for each in some[:FEW])
        texts.append(f"{named} and {len(some) - FEW} more (part of {total})")
    return ", ".join(texts)


SECURITY_GROUP_RULE = Rule(
    resource_type=SECURITY_GROUP,
    evaluator="evaluate_security_group",
    remediator="remediate_security_group",
    config_rule="security-group-prohibited-ports",
    violation_types=frozenset({PROHIBITED_PORT}),
    parameters=parameters,
    lacking=lacking,
    lacking_to_fix=lacking_to_fix,
    violations=violations,
    doubts=doubts,
    plan=plan,
    exempting=exempting,
    exempted=exempted,
    scopes=scopes,
    lines=lines,
    remarks=remarks,
    repairs=repairs,
)
