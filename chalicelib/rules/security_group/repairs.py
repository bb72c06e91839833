"""Repairs after EC2's response: restore what EC2 revoked beyond the plan, and revoke remainders without their entry."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from chalicelib.exposure.networks import merged, network_of, within
from chalicelib.findings import AwsCall
from chalicelib.resources import IpPermission, SecurityGroup, Source, SourceKind, TaggedRule
from chalicelib.rules.plan import Repair
from chalicelib.rules.security_group.calls import AUTHORIZE, REVOKE, authorizations, revocations
from chalicelib.rules.security_group.entries import Identity, identity, line, rules_in, rules_of, users_tags
from chalicelib.rules.security_group.exposure import ALL_TRAFFIC, ports_of, transport_of

Answer = Mapping[str, Any] | None

REVOKED_SOURCES: Mapping[str, SourceKind] = {
    "CidrIpv4": "ipv4",
    "CidrIpv6": "ipv6",
    "PrefixListId": "prefix_list",
    "ReferencedGroupId": "group",
}


def repairs(group: SecurityGroup, made: tuple[AwsCall, ...], call: AwsCall, answer: Answer) -> Repair:
    """What has to follow `call`.

    Parameters
    ----------
    group : SecurityGroup
        The group before the plan.
    made : tuple of AwsCall
        The calls of the same plan that were made before.
    answer : Mapping or None
        EC2's response; None if EC2 refused the whole call because its target no longer exists. A response that does not
        say what was revoked leads to no repair.
    """
    beyond = _revoked_beyond(group, call, answer)
    orphans = _orphans(group, made, call, answer)
    gone = {identity(rule) for rule in orphans}
    return Repair(
        calls=authorizations(group, beyond) + revocations(group, orphans),
        notes=(
            *(f"EC2 also revoked {line(each.permission)}, which was not planned. It was restored." for each in beyond),
            *(f"{line(rule)} was removed again: someone else changed the rule it was carved from." for rule in orphans),
        ),
        undone=(
            *(each for each in made if each.action == AUTHORIZE and _identities(each) <= gone),
            *([call] if call.action == REVOKE and _identities(call) <= _unknown(answer) else []),
        ),
    )


def _revoked_beyond(group: SecurityGroup, call: AwsCall, answer: Answer) -> list[TaggedRule]:
    """The rules that EC2 revoked although the call does not name them; with descriptions and tags, as far as known."""
    stored = {identity(rule): rule for rule in rules_of(group)}
    tags = {identity(each.permission): users_tags(each) for each in group.rule_tags or ()}
    revoked = {identity(rule): rule for rule in _revoked_rules(answer)}
    return [
        TaggedRule(stored.get(key, rule), tags.get(key, {}))
        for key, rule in revoked.items()
        if call.action == REVOKE and key not in _identities(call)
    ]


def _revoked_rules(answer: Answer) -> Iterator[IpPermission]:
    for each in (answer or {}).get("RevokedSecurityGroupRules", ()):
        for key, kind in REVOKED_SOURCES.items():
            if each.get(key) and not each.get("IsEgress"):
                source = Source(kind, each[key], each.get("Description", ""))
                yield IpPermission(each["IpProtocol"], each.get("FromPort"), each.get("ToPort"), (source,))


def _orphans(group: SecurityGroup, made: tuple[AwsCall, ...], call: AwsCall, answer: Answer) -> list[IpPermission]:
    """The rules that were added for entries that then could not be revoked, because they no longer existed."""
    unknown = _unknown(answer)
    if answer is not None and not unknown:
        return []
    revoked = [rule for each in made if each.action == REVOKE for rule in _rules(each)]
    if answer is not None and call.action == REVOKE:
        revoked += [rule for rule in _rules(call) if identity(rule) not in unknown]
    put_back = (rule for each in made if each.action == AUTHORIZE for rule in _rules(each))
    return [rule for rule in put_back if not any(_is_part_of(rule, entry, group) for entry in revoked)]


def _unknown(answer: Answer) -> set[Identity]:
    return {identity(rule) for rule in rules_in((answer or {}).get("UnknownIpPermissions", ()))}


def _is_part_of(rule: IpPermission, entry: IpPermission, group: SecurityGroup) -> bool:
    """Whether `entry` admits all the traffic of `rule`, a remainder."""
    if identity(rule)[2:] != identity(entry)[2:] and not _lies_in(rule, entry, group):
        return False
    transport = transport_of(rule)
    if transport is None or entry.protocol == ALL_TRAFFIC:
        return entry.protocol == ALL_TRAFFIC
    part, whole = ports_of(rule, transport), ports_of(entry, transport)
    return bool(part and whole and whole.covers(part))


def _lies_in(rule: IpPermission, entry: IpPermission, group: SecurityGroup) -> bool:
    """Whether the network of `rule` lies in the networks that `entry` admits."""
    [source], [whole] = rule.sources, entry.sources
    if source.kind not in ("ipv4", "ipv6"):
        return False
    lists = {each.prefix_list_id: each.cidrs or () for each in group.prefix_lists}
    cidrs = lists.get(whole.value, ()) if whole.kind == "prefix_list" else (whole.value,)
    return whole.kind != "group" and any(
        within(network_of(source.value), each) for each in merged(map(network_of, cidrs))
    )


def _rules(call: AwsCall) -> Iterable[IpPermission]:
    return rules_in(call.parameters["IpPermissions"])


def _identities(call: AwsCall) -> set[Identity]:
    return {identity(rule) for rule in _rules(call)}
