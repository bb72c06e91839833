"""How many inbound rules a security group has, as EC2 counts them against its quota.

Source: Amazon VPC User Guide, *Amazon VPC quotas* and *Security group size*. IPv4 and IPv6 are counted separately. A
CIDR range counts as one, another group as one in both families, a prefix list as its maximum number of entries, and an
AWS-managed prefix list as its weight.
"""

from collections import Counter
from collections.abc import Iterable

from chalicelib.resources import IpPermission, SecurityGroup
from chalicelib.rules.security_group.entries import rules_of

FAMILIES = {"ipv4": "IPv4", "ipv6": "IPv6"}


class Room:
    """The unused part of the quota of `group`; if the quota is unknown, all rules fit."""

    def __init__(self, group: SecurityGroup) -> None:
        self._quota = group.rules_quota
        self._used = self._count(rules_of(group))

    def shortage(self, rules: Iterable[IpPermission]) -> str:
        """Why `rules` do not fit, in words; empty if they fit."""
        if self._quota is None:
            return ""
        more = self._count(rules)
        limit = self._quota.limit
        return " and ".join(
            f"{self._used[family] + more[family]} inbound rules for {name}, where {limit} are allowed"
            for family, name in FAMILIES.items()
            if more[family] and self._used[family] + more[family] > limit
        )

    def fill(self, rules: Iterable[IpPermission]) -> None:
        """Count `rules` as used."""
        self._used += self._count(rules)

    def _count(self, rules: Iterable[IpPermission]) -> Counter[str]:
        sizes = self._quota.list_sizes if self._quota else {}
        found: Counter[str] = Counter()
        for rule in rules:
            for source in rule.sources:
                if source.kind in FAMILIES:
                    found[source.kind] += 1
                elif size := sizes.get(source.value):
                    found[size.family] += size.rules
                else:
                    found.update(FAMILIES.keys())
        return found
