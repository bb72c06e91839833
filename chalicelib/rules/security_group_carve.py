"""Carving: of an offending entry the prohibited ports go, and what is harmless stays, under rules of its own.

The remainder is made before the entry is revoked, so that nothing legitimate is ever without its rule.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from chalicelib.exposure.ports import without
from chalicelib.exposure.security_groups import ALL_TRAFFIC, Exposure, ports_of, transport_of
from chalicelib.resources import IpPermission, SecurityGroup, TaggedRule
from chalicelib.rules.plan import Obstacle, Plan
from chalicelib.rules.security_group_calls import authorizations, revocations
from chalicelib.rules.security_group_entries import identity, line, rule_of, rules_of, users_tags
from chalicelib.rules.security_group_parameters import Parameters
from chalicelib.rules.security_group_quota import Room

ICMP = {4: "icmp", 6: "icmpv6"}
LOST = "such as GRE, ESP, AH, SCTP and IP in IP"
SET_CARVE_ALL_TRAFFIC = (
    "Set the rule's carveAllTraffic to true to keep tcp, udp and ICMP alone, or its portRange to revoke; or replace "
    "the entry by hand."
)
RAISE_THE_QUOTA = (
    "Remove rules that are not needed, request a higher quota (Amazon VPC, L-0EA8095F, Inbound or outbound rules per "
    "security group), or set the rule's portRange to revoke."
)
LOOKED_UP = (
    "Before this is carried out, what is put back is given the tags of the rule that it is a part of, and the quota of "
    "inbound rules is checked."
)


@dataclass
class Carving:
    """What carving comes to, entry by entry.

    Attributes
    ----------
    back : list of TaggedRule
        The rules to make.
    gone : list of IpPermission
        The entries to revoke then.
    """

    group: SecurityGroup
    back: list[TaggedRule] = field(default_factory=list)
    gone: list[IpPermission] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    obstacles: list[Obstacle] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._room = Room(self.group)
        self._there = {identity(rule) for rule in rules_of(self.group)}
        self._tags = {identity(each.permission): users_tags(each) for each in self.group.rule_tags or ()}

    def plan(self) -> Plan:
        notes = [*self.notes, LOOKED_UP] if self.back and None in self._to_look_up() else self.notes
        calls = authorizations(self.group, self.back) + revocations(self.group, self.gone)
        return Plan(calls, tuple(dict.fromkeys(notes)), tuple(dict.fromkeys(self.obstacles)))

    def add(self, exposure: Exposure) -> None:
        """Carve one entry, unless the group has no room for its remainder."""
        rule = rule_of(exposure.door)
        new = [each for each in remainder(exposure) if identity(each) not in self._there]
        shortage = self._room.shortage(new)
        if shortage:
            reason = f"{line(rule)} is not carved: with its remainder the group would have {shortage}."
            self.obstacles.append(Obstacle(reason, RAISE_THE_QUOTA))
            return
        self._room.fill(new)
        self._there |= set(map(identity, new))
        self.back += [TaggedRule(each, self._tags.get(identity(rule), {})) for each in new]
        self.gone.append(rule)
        if rule.protocol == ALL_TRAFFIC:
            kept = "tcp, udp and ICMP stay, without the prohibited ports"
            self.notes.append(f"{line(rule)} is carved: {kept}; every other protocol ({LOST}) is lost.")

    def leave(self, exposure: Exposure) -> None:
        """Leave an entry for all traffic as it is."""
        loss = f"every protocol but tcp, udp and ICMP ({LOST}) would be lost"
        self.obstacles.append(Obstacle(f"{line(rule_of(exposure.door))} is not carved: {loss}.", SET_CARVE_ALL_TRAFFIC))

    def _to_look_up(self) -> tuple[object, object]:
        return self.group.rule_tags, self.group.rules_quota


def carve(group: SecurityGroup, found: Iterable[Exposure], parameters: Parameters) -> Carving:
    """Put back what is harmless of each offending entry, then revoke the entries: those for which that is possible."""
    carving = Carving(group)
    for exposure in found:
        if exposure.door.permission.protocol == ALL_TRAFFIC and not parameters.carve_all_traffic:
            carving.leave(exposure)
        else:
            carving.add(exposure)
    return carving


def remainder(exposure: Exposure) -> Iterator[IpPermission]:
    """What an offending entry admits, but for the prohibited ports that it opens to the internet, unless exempt."""
    rule = rule_of(exposure.door)
    is_all = rule.protocol == ALL_TRAFFIC
    for transport in ("tcp", "udp") if is_all else filter(None, [transport_of(rule)]):
        ports = ports_of(rule, transport)
        for left in without(ports, exposure.opened.get(transport, ())) if ports else ():
            yield replace(rule, protocol=transport, from_port=left.first, to_port=left.last)
    if is_all:
        yield replace(rule, protocol=ICMP[exposure.door.networks[0].version], from_port=-1, to_port=-1)
    yield from (each for each in exposure.spared if each.sources != rule.sources)
