"""Carving: the prohibited ports of an offending entry are closed, and the harmless ports keep rules of their own.

The remainder is authorized before the entry is revoked, so that no harmless port is without a rule at any time. An
entry may be revoked as a whole, by a setting or because it is for all traffic. The plan then names the harmless ports
that are closed with it.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from chalicelib.exposure.ports import PortRange, without
from chalicelib.resources import IpPermission, SecurityGroup, TaggedRule
from chalicelib.rules.plan import Obstacle, Plan
from chalicelib.rules.security_group.calls import authorizations, revocations
from chalicelib.rules.security_group.entries import identity, line, rule_of, rules_of, traffic, users_tags
from chalicelib.rules.security_group.exempt import obstructed
from chalicelib.rules.security_group.exposure import ALL_TRAFFIC, Exposure, ports_of, transport_of
from chalicelib.rules.security_group.parameters import Parameters
from chalicelib.rules.security_group.quota import Room

ICMP = {4: "icmp", 6: "icmpv6"}
LOST = "such as GRE, ESP, AH, SCTP and IP in IP"
KEEP_THE_REST = "To keep tcp, udp and ICMP of such an entry, set the rule's carveAllTraffic to true."
FEW = 5
"""How many sources a note lists."""
RAISE_THE_QUOTA = (
    "Remove rules that are not needed, request a higher quota (Amazon VPC, L-0EA8095F, Inbound or outbound rules per "
    "security group), or set the rule's portRange to revoke."
)
LOOKED_UP = (
    "Before the calls are made, each rule that is added gets the tags of the rule that it is carved from, and the "
    "quota of inbound rules is checked."
)


@dataclass
class Carving:
    """The changes that close the offending entries, collected entry by entry.

    Attributes
    ----------
    back : list of TaggedRule
        The rules to authorize.
    gone : list of IpPermission
        The entries to revoke after that.
    whole : list of Exposure
        The entries that are revoked as a whole.
    """

    group: SecurityGroup
    back: list[TaggedRule] = field(default_factory=list)
    gone: list[IpPermission] = field(default_factory=list)
    whole: list[Exposure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    obstacles: list[Obstacle] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._room = Room(self.group)
        self._there = {identity(rule) for rule in rules_of(self.group)}
        self._tags = {identity(each.permission): users_tags(each) for each in self.group.rule_tags or ()}

    def plan(self) -> Plan:
        notes = [*self.notes, *self._losses()]
        if self.back and None in (self.group.rule_tags, self.group.rules_quota):
            notes.append(LOOKED_UP)
        calls = authorizations(self.group, self.back) + revocations(self.group, self.gone)
        return Plan(calls, tuple(dict.fromkeys(notes)), tuple(dict.fromkeys(self.obstacles)))

    def add(self, exposure: Exposure) -> None:
        """Carve one entry, unless the quota has no room for its remainder."""
        rule = rule_of(exposure.door)
        new = [each for each in remainder(exposure) if identity(each) not in self._there]
        shortage = self._room.shortage(new)
        if shortage:
            reason = f"{line(rule)} is not carved: with its remainder, the group would have {shortage}."
            self.obstacles.append(Obstacle(reason, RAISE_THE_QUOTA))
            return
        self._room.fill(new)
        self._there |= set(map(identity, new))
        self.back += [TaggedRule(each, self._tags.get(identity(rule), {})) for each in new]
        self.gone.append(rule)
        if rule.protocol == ALL_TRAFFIC:
            kept = "tcp, udp and ICMP stay, without the prohibited ports"
            self.notes.append(f"{line(rule)} is carved: {kept}; all other protocols ({LOST}) are closed.")

    def take_whole(self, exposure: Exposure) -> None:
        """Revoke one entry as a whole."""
        self.gone.append(rule_of(exposure.door))
        self.whole.append(exposure)

    def _losses(self) -> Iterator[str]:
        """The harmless ports that are closed together with the prohibited ones, a sentence for all equal entries."""
        gone = {identity(rule) for rule in self.gone}
        staying: dict[tuple[str, str], list[IpPermission]] = defaultdict(list)
        for rule in (
            *(each for each in rules_of(self.group) if identity(each) not in gone),
            *(each.permission for each in self.back),
        ):
            staying[rule.sources[0].kind, rule.sources[0].value].append(rule)
        alike: dict[tuple[str, str], list[str]] = defaultdict(list)
        for exposure in self.whole:
            source = exposure.door.source
            lost = _lost(exposure, staying[source.kind, source.value])
            if lost:
                alike[traffic(exposure.door.permission), lost].append(source.value)
        for (what, lost), sources in alike.items():
            whom = ", ".join(sources[:FEW]) + (f" and {len(sources) - FEW} more" if len(sources) > FEW else "")
            yield f"{what} from {whom} is revoked as a whole. Harmless traffic that is closed with it: {lost}."
        if any(each.door.permission.protocol == ALL_TRAFFIC for each in self.whole):
            yield KEEP_THE_REST


def close(group: SecurityGroup, found: tuple[Exposure, ...], parameters: Parameters) -> Carving:
    """Revoke the offending entries; for those that are carved, authorize the harmless remainders first.

    An entry for all traffic is carved only if `carve_all_traffic` is set. An entry that is not carved stays if revoking
    it would close exempt traffic.
    """
    closing = Carving(group)
    obstacles = obstructed(group, found)
    for exposure in found:
        is_all = exposure.door.permission.protocol == ALL_TRAFFIC
        if parameters.port_range == "carve" and (parameters.carve_all_traffic or not is_all):
            closing.add(exposure)
        elif exposure.door in obstacles:
            closing.obstacles.append(obstacles[exposure.door])
        else:
            closing.take_whole(exposure)
    return closing


def _lost(exposure: Exposure, staying: list[IpPermission]) -> str:
    """The part of an entry's remainder that no rule in `staying`, for the same source, admits; in words."""
    ports: dict[str, str] = {}
    for transport in ("tcp", "udp"):
        kept = [some for rule in staying if (some := ports_of(rule, transport))]
        left = [part for some in _harmless(exposure, transport) for part in without(some, kept)]
        if left:
            ports[transport] = ", ".join(map(str, left))
    texts = [f"{transport} {text}" for transport, text in ports.items()]
    if ports.get("tcp") == ports.get("udp"):
        texts = [f"tcp and udp {ports['tcp']}"] if ports else []
    if exposure.door.permission.protocol == ALL_TRAFFIC:
        texts += ["ICMP", f"all other protocols ({LOST})"]
    return "; ".join(texts)


def _harmless(exposure: Exposure, transport: str) -> tuple[PortRange, ...]:
    """The ports that an offending entry admits, without the prohibited ports that it opens to the internet."""
    ports = ports_of(exposure.door.permission, transport)
    return without(ports, exposure.opened.get(transport, ())) if ports else ()


def remainder(exposure: Exposure) -> Iterator[IpPermission]:
    """What an offending entry admits, without the prohibited ports that it opens to the internet and are not exempt."""
    rule = rule_of(exposure.door)
    is_all = rule.protocol == ALL_TRAFFIC
    for transport in ("tcp", "udp") if is_all else filter(None, [transport_of(rule)]):
        for left in _harmless(exposure, transport):
            yield replace(rule, protocol=transport, from_port=left.first, to_port=left.last)
    if is_all:
        yield replace(rule, protocol=ICMP[exposure.door.networks[0].version], from_port=-1, to_port=-1)
    yield from (each for each in exposure.exempt if each.sources != rule.sources)
