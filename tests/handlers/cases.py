"""The shared cases, and the comparison of two lists of IpPermissions, source by source."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

CASES = Path(__file__).parent.parent / "cases"
SG_CASES: list[dict[str, Any]] = json.loads((CASES / "sg_cases.json").read_text())
S3_CASES: list[dict[str, Any]] = json.loads((CASES / "s3_cases.json").read_text())

Entry = tuple[str, int | None, int | None, str]


def expected(case: Mapping[str, Any]) -> set[Entry]:
    return entries(case.get("strict_expected_revoke", case["expected_revoke"]))


def entries(permissions: Iterable[Mapping[str, Any]]) -> set[Entry]:
    return {
        (protocol, *ports, source)
        for permission in permissions
        for protocol in [str(permission["IpProtocol"])]
        for ports in [(None, None) if protocol == "-1" else (permission.get("FromPort"), permission.get("ToPort"))]
        for source in _sources(permission)
    }


def _sources(permission: Mapping[str, Any]) -> list[str]:
    keys = (
        ("IpRanges", "CidrIp"),
        ("Ipv6Ranges", "CidrIpv6"),
        ("PrefixListIds", "PrefixListId"),
        ("UserIdGroupPairs", "GroupId"),
    )
    return [entry[key] for plural, key in keys for entry in permission.get(plural, ())]
