import re

import pytest

from chalicelib.errors import BadInput
from chalicelib.exposure.networks import Internet
from chalicelib.resources import IpPermission, SecurityGroup, Source
from chalicelib.rules.security_group.parameters import DEFAULTS
from chalicelib.rules.security_group.rule import SECURITY_GROUP_RULE as RULE
from tests.source import PROJECT


def test_what_is_absent_means_its_default() -> None:
    absent = RULE.parameters({})
    assert absent == RULE.parameters(DEFAULTS)
    assert (absent.port_range, absent.carve_all_traffic) == ("carve", False)
    assert absent.internet == Internet(8, 32, 6, 28)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("portRange", "Carve"),
        ("portRange", ""),
        ("carveAllTraffic", "yes"),
        ("internetIpv4Prefix", "33"),
        ("internetIpv4Prefix", "-1"),
        ("internetIpv4Prefix", "/8"),
        ("internetIpv4Prefix", "²"),
        ("internetIpv6Prefix", "129"),
        ("internetIpv6Prefix", ""),
        ("internetIpv4TotalPrefix", "33"),
        ("internetIpv6TotalPrefix", "four"),
    ],
)
def test_a_value_that_cannot_be_right_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(BadInput) as refused:
        RULE.parameters({name: value})
    assert (refused.value.field, refused.value.value) == (f"ruleParameters.{name}", value)


def test_carving_all_traffic_takes_carving() -> None:
    assert RULE.parameters({"portRange": "carve", "carveAllTraffic": "true"}).carve_all_traffic
    with pytest.raises(BadInput, match="portRange is not carve"):
        RULE.parameters({"portRange": "revoke", "carveAllTraffic": "true"})


@pytest.mark.parametrize(
    ("cidr", "parameters", "is_open"),
    [
        ("52.0.0.0/8", {}, False),
        ("52.0.0.0/8", {"internetIpv4Prefix": "9"}, True),
        ("52.0.0.0/7", {"internetIpv4Prefix": "7"}, False),
        ("0.0.0.0/0", {"internetIpv4Prefix": "0"}, False),
        ("10.0.0.0/8", {"internetIpv4Prefix": "32"}, False),
        ("2600::/32", {}, False),
        ("2600::/32", {"internetIpv6Prefix": "48"}, True),
        ("2600::/32", {"internetIpv4Prefix": "32"}, False),
    ],
)
def test_where_the_internet_begins_can_be_set(cidr: str, parameters: dict[str, str], is_open: bool) -> None:
    source = Source("ipv6" if ":" in cidr else "ipv4", cidr)
    group = SecurityGroup("1", "eu-west-1", "sg-1", "web", (IpPermission("tcp", 22, 22, (source,)),))
    read = RULE.parameters(parameters)
    assert bool(RULE.violations(group, read)) == bool(RULE.plan(group, read).calls) == is_open


def test_the_settings_page_and_the_rules_file_name_every_parameter_and_its_default() -> None:
    page = (PROJECT / "docs" / "SETTINGS.md").read_text()
    documented = re.findall(r"^\| `security-group-prohibited-ports` \| `(\w+)` \| `([^`]+)` \|", page, re.MULTILINE)
    assert dict(documented) == DEFAULTS
    rules = (PROJECT / "infrastructure" / "config_rules.yaml").read_text()
    assert [name for name in DEFAULTS if name not in rules] == []
