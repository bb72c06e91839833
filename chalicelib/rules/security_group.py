"""No prohibited port of a security group is open to the internet."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import batched, groupby
from typing import Any

from chalicelib.errors import BadInput
from chalicelib.exposure.networks import Internet
from chalicelib.exposure.ports import PortRange, merged, ports_from
from chalicelib.exposure.security_groups import ALL_TRAFFIC, Door, Exposure, exposures, transport_of
from chalicelib.messages import AwsCall, Violation
from chalicelib.resources import SECURITY_GROUP, Fact, IpPermission, SecurityGroup
from chalicelib.rules.plan import Plan
from chalicelib.rules.rule import Rule

PROHIBITED_PORT = "EC2_SG_PROHIBITED_PORT"
DEFAULT_PROHIBITED_PORTS = "22,1433,3306,3389"
ENTRIES_PER_CALL = 1000
INTERNET = Internet()
RANGES = {"ipv4": ("IpRanges", "CidrIp"), "ipv6": ("Ipv6Ranges", "CidrIpv6")}


@dataclass(frozen=True)
class Parameters:
    """The rule's parameters: ``prohibitedPorts``, such as ``22,6000-6063``."""

    prohibited_ports: tuple[PortRange, ...]


def parameters(raw: Mapping[str, str]) -> Parameters:
    """Read the rule's parameters; an absent `prohibitedPorts` means the default, an empty one prohibits nothing."""
    for name in raw.keys() - {"prohibitedPorts"}:
        raise BadInput(f"ruleParameters.{name}", raw[name], "no parameter but prohibitedPorts")
    return Parameters(ports_from(raw.get("prohibitedPorts", DEFAULT_PROHIBITED_PORTS), "prohibitedPorts"))


def violations(group: SecurityGroup, parameters: Parameters) -> tuple[Violation, ...]:
    """One violation per permission that lets the internet in to a prohibited port."""
    found = exposures(group, parameters.prohibited_ports, INTERNET)
    return tuple(
        _violation(permission, tuple(some)) for permission, some in groupby(found, lambda each: each.door.permission)
    )


def lacking(_group: SecurityGroup, _: Parameters) -> frozenset[Fact]:
    """Nothing: a security group's own description tells all."""
    return frozenset()


def plan(group: SecurityGroup, parameters: Parameters) -> Plan:
    """Revoke exactly the offending sources, each with the protocol and ports that EC2 has stored."""
    found = exposures(group, parameters.prohibited_ports, INTERNET)
    entries = {_identity(each.door): _entry(each.door) for each in found}
    calls = (
        AwsCall("ec2", "RevokeSecurityGroupIngress", {"GroupId": group.group_id, "IpPermissions": list(some)})
        for some in batched(entries.values(), ENTRIES_PER_CALL, strict=False)
    )
    return Plan(tuple(calls))


def lines(group: SecurityGroup) -> tuple[str, ...]:
    """A line per source of each permission, such as ``tcp 22 from 0.0.0.0/0 "office"``."""
    return tuple(
        f"{_traffic(permission)} from {source.value}" + (f' "{source.description}"' if source.description else "")
        for permission in group.ingress
        for source in permission.sources
    )


def _violation(permission: IpPermission, found: tuple[Exposure, ...]) -> Violation:
    ports = [str(each) for each in merged(ports for exposure in found for ports in exposure.ports)]
    noun = "port" if len(ports) == 1 and ports[0].isdecimal() else "ports"
    details = {
        "reason": f"{_traffic(permission)} ({noun} {', '.join(ports)}) is open to {', '.join(map(_whom, found))}",
        "ipProtocol": permission.protocol,
        "fromPort": permission.from_port,
        "toPort": permission.to_port,
        "cidrs": [each.door.source.value for each in found],
        "exposedPorts": ports,
    }
    return Violation(PROHIBITED_PORT, details)


def _whom(exposure: Exposure) -> str:
    cidr = exposure.door.source.value
    return cidr if exposure.door.networks == (exposure.stretch,) else f"{cidr} (part of {exposure.stretch})"


def _identity(door: Door) -> tuple[object, ...]:
    """What EC2 takes for the same entry, which a call may name only once."""
    permission, source = door.permission, door.source
    ports = () if permission.protocol == ALL_TRAFFIC else (permission.from_port, permission.to_port)
    return permission.protocol, ports, source.kind, source.value


def _entry(door: Door) -> dict[str, Any]:
    ranges, cidr = RANGES[door.source.kind]
    ports = {"FromPort": door.permission.from_port, "ToPort": door.permission.to_port}
    stored = {name: port for name, port in ports.items() if port is not None}
    return {"IpProtocol": door.permission.protocol, **stored, ranges: [{cidr: door.source.value}]}


def _traffic(permission: IpPermission) -> str:
    if permission.protocol == ALL_TRAFFIC:
        return "all traffic"
    numbers = [number for number in (permission.from_port, permission.to_port) if number is not None]
    transport = transport_of(permission)
    if transport:
        return f"{transport} {'-'.join(map(str, dict.fromkeys(numbers)))}"
    if permission.protocol.isdecimal():
        return f"protocol {permission.protocol}"
    named = [f"{word} {number}" for word, number in zip(("type", "code"), numbers, strict=False) if number != -1]
    return " ".join((permission.protocol, *named))


SECURITY_GROUP_RULE = Rule(
    resource_type=SECURITY_GROUP,
    evaluator="evaluate_security_group",
    remediator="remediate_security_group",
    violation_types=frozenset({PROHIBITED_PORT}),
    parameters=parameters,
    lacking=lacking,
    lacking_to_fix=lacking,
    violations=violations,
    plan=plan,
    lines=lines,
)
