"""The parameters of the rule on security groups."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from chalicelib.errors import BadInput
from chalicelib.exemptions.exemptions import Exemption
from chalicelib.exposure.networks import Internet
from chalicelib.exposure.ports import PortRange, ports_from

DEFAULTS = {
    "prohibitedPorts": "22,1433,3306,3389",
    "portRange": "carve",
    "carveAllTraffic": "false",
    "internetIpv4Prefix": "8",
    "internetIpv6Prefix": "32",
    "internetIpv4TotalPrefix": "6",
    "internetIpv6TotalPrefix": "28",
}
"""Every parameter and its default."""


@dataclass(frozen=True)
class Parameters:
    """The rule's parameters, checked.

    Attributes
    ----------
    prohibited_ports : tuple of PortRange
        ``prohibitedPorts``, such as ``22,6000-6063``; empty: no port is prohibited.
    internet : Internet
        What counts as the internet. ``internetIpv4Prefix`` and ``internetIpv6Prefix`` are the prefixes of the broadest
        network that is not the internet. ``internetIpv4TotalPrefix`` and ``internetIpv6TotalPrefix`` are the prefixes
        of a network with as many addresses as may be admitted in total.
    port_range : str
        ``portRange``: ``carve`` authorizes the harmless remainder of an offending entry and then revokes the entry;
        ``revoke`` revokes the entry as a whole.
    carve_all_traffic : bool
        ``carveAllTraffic``: whether an entry for all traffic is carved, too, which closes most protocols. Otherwise it
        is revoked as a whole.
    exemptions : tuple of Exemption
        What may stay. Granted by people; not a parameter in AWS Config.
    """

    prohibited_ports: tuple[PortRange, ...]
    internet: Internet
    port_range: Literal["revoke", "carve"]
    carve_all_traffic: bool
    exemptions: tuple[Exemption, ...] = ()


def parameters(raw: Mapping[str, str]) -> Parameters:
    """Read the rule's parameters; BadInput names the field and the invalid value."""
    for name in raw.keys() - DEFAULTS.keys():
        raise BadInput(f"ruleParameters.{name}", raw[name], f"one of the parameters {', '.join(DEFAULTS)}")
    values = {**DEFAULTS, **raw}
    port_range = _port_range(values["portRange"])
    return Parameters(
        prohibited_ports=ports_from(values["prohibitedPorts"], "prohibitedPorts"),
        internet=Internet(
            ipv4_prefix=_prefix(values, "internetIpv4Prefix", 32),
            ipv6_prefix=_prefix(values, "internetIpv6Prefix", 128),
            ipv4_total_prefix=_prefix(values, "internetIpv4TotalPrefix", 32),
            ipv6_total_prefix=_prefix(values, "internetIpv6TotalPrefix", 128),
        ),
        port_range=port_range,
        carve_all_traffic=_carve_all_traffic(values["carveAllTraffic"], port_range),
    )


def _port_range(value: str) -> Literal["revoke", "carve"]:
    if value == "carve":
        return "carve"
    if value == "revoke":
        return "revoke"
    raise BadInput("ruleParameters.portRange", value, "revoke or carve")


def _carve_all_traffic(value: str, port_range: str) -> bool:
    if value not in ("true", "false"):
        raise BadInput("ruleParameters.carveAllTraffic", value, "true or false")
    if value == "true" and port_range != "carve":
        raise BadInput("ruleParameters.carveAllTraffic", value, "false, because portRange is not carve")
    return value == "true"


def _prefix(values: Mapping[str, str], name: str, longest: int) -> int:
    value = values[name]
    if not isinstance(value, str) or not (value.isascii() and value.isdecimal()) or int(value) > longest:
        raise BadInput(f"ruleParameters.{name}", value, f"a whole number from 0 to {longest}")
    return int(value)
