"""EC2's side of a plan for a security group: as strict as EC2, so that an invalid plan fails."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.findings import AwsCall
from chalicelib.resources import IpPermission, SecurityGroup, Source
from tests.cases import SOURCES, permission

Admitted = tuple[str, object, str]
"""A protocol, a port (or the type and code of ICMP), and the source that may use it."""

NEAR = (0, 20, 22, 25, 53, 80, 123, 443, 1433, 3389, 6000, 65535)
PORTS = sorted({port + step for port in NEAR for step in (-1, 0, 1)})
NUMBERS = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}


@dataclass(frozen=True)
class Rule:
    """A security group rule as EC2 stores it."""

    protocol: str
    ports: tuple[int | None, int | None]
    kind: str
    value: str
    description: str = ""
    tags: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> tuple[object, ...]:
        """The unique key of a rule in its group."""
        return self.protocol, self.ports, self.kind, self.value


class Ec2:
    """One group's inbound rules."""

    def __init__(self, group: SecurityGroup) -> None:
        self.group_id = group.group_id
        self.rules = {rule.key: rule for each in group.ingress for rule in _rules(each)}

    def make(self, call: AwsCall) -> None:
        assert (call.service, call.parameters["GroupId"]) == ("ec2", self.group_id)
        entries = [rule for entry in call.parameters["IpPermissions"] for rule in _rules(permission(entry))]
        assert entries, "MissingParameter"
        assert len(entries) == len(call.parameters["IpPermissions"]), "one source for each entry"
        assert max(Counter(rule.key for rule in entries).values()) == 1, (
            "InvalidParameterValue: the same permission twice"
        )
        getattr(self, call.action)(entries, **_without(call.parameters, "GroupId", "IpPermissions"))

    def AuthorizeSecurityGroupIngress(  # noqa: N802 (AWS's own name)
        self,
        entries: list[Rule],
        TagSpecifications: Iterable[dict[str, Any]] = (),  # noqa: N803 (AWS's own name)
    ) -> None:
        assert all(each["ResourceType"] == "security-group-rule" for each in TagSpecifications)
        tags = tuple((tag["Key"], tag["Value"]) for each in TagSpecifications for tag in each["Tags"])
        assert not [key for key, _ in tags if key.startswith("aws:")], "InvalidParameterValue: reserved"
        for rule in entries:
            assert rule.key not in self.rules, "InvalidPermission.Duplicate"
            self.rules[rule.key] = replace(rule, tags=tags)

    def RevokeSecurityGroupIngress(self, entries: list[Rule]) -> None:  # noqa: N802 (AWS's own name)
        for rule in entries:
            assert not rule.description, "a revoke that names a description finds only that"
            del self.rules[rule.key]

    @property
    def admitted(self) -> frozenset[Admitted]:
        return frozenset(each for rule in self.rules.values() for each in _admitted(rule))

    def group(self, before: SecurityGroup) -> SecurityGroup:
        """The group as the next read returns it."""
        ingress = tuple(
            IpPermission(rule.protocol, *rule.ports, (Source(rule.kind, rule.value, rule.description),))  # type: ignore[arg-type]
            for rule in self.rules.values()
        )
        return replace(before, ingress=ingress)


def as_stored(group: SecurityGroup) -> SecurityGroup:
    """The group as EC2 stores it: protocols by name, no rule twice."""
    return Ec2(group).group(group)


def _rules(some: IpPermission) -> Iterator[Rule]:
    protocol = NUMBERS.get(some.protocol, some.protocol)
    ports = (None, None) if protocol == "-1" else (some.from_port, some.to_port)
    for source in some.sources:
        assert source.kind in SOURCES
        yield Rule(protocol, ports, source.kind, source.value, source.description)


def _admitted(rule: Rule) -> Iterator[Admitted]:
    first, last = rule.ports
    everything = rule.protocol == "-1"
    for transport in ("tcp", "udp"):
        if everything or rule.protocol == transport:
            low, high = (0, 65535) if first is None or last is None else (first, last)
            yield from ((transport, port, rule.value) for port in PORTS if low <= port <= high)
    if everything:
        yield from (("other", number, rule.value) for number in ("41", "47", "50", "132"))
    if everything or rule.protocol in ("icmp", "icmpv6"):
        yield "icmp", "every type" if everything or first == -1 else rule.ports, rule.value
    elif rule.protocol not in ("tcp", "udp"):
        yield "other", rule.protocol, rule.value


def _without(parameters: Any, *names: str) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if name not in names}
