"""Whether a rule for all traffic costs more to evaluate than a rule for one port: it opens 131,072 ports, not one."""

from timeit import repeat

from rich.table import Table

from bench.environment import ACCOUNT_ID, REGION
from chalicelib.resources import IpPermission, SecurityGroup, Source
from chalicelib.rules import SECURITY_GROUP_RULE

RULES_A_GROUP = 60
"""EC2's default quota of inbound rules for each address family."""
REPEATS, LOOPS = 7, 20

ONE_PORT = IpPermission("tcp", 22, 22, ())
EVERY_PORT = IpPermission("tcp", 0, 65535, ())
ALL_TRAFFIC = IpPermission("-1", None, None, ())


def table() -> Table:
    """Ratios of the shortest of several runs."""
    shown = Table(title=f"Judging a group with {RULES_A_GROUP} sources", title_justify="left")
    shown.add_column("What")
    shown.add_column("Ratio", justify="right")
    one = _seconds(ONE_PORT)
    shown.add_row("every TCP port / port 22", f"{_seconds(EVERY_PORT) / one:.2f}")
    shown.add_row("all traffic / port 22", f"{_seconds(ALL_TRAFFIC) / one:.2f}")
    return shown


def _seconds(permission: IpPermission) -> float:
    sources = tuple(Source("ipv4", f"11.0.{number}.0/24") for number in range(RULES_A_GROUP - 1))
    admitted = (*sources, Source("ipv4", "0.0.0.0/0"))
    opened = IpPermission(permission.protocol, permission.from_port, permission.to_port, admitted)
    group = SecurityGroup(ACCOUNT_ID, REGION, "sg-0", "bench", (opened,))
    parameters = SECURITY_GROUP_RULE.parameters({})
    return min(repeat(lambda: SECURITY_GROUP_RULE.violations(group, parameters), repeat=REPEATS, number=LOOPS))
