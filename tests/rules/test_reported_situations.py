"""Groups and policies from public bug reports and from AWS's guides: each case names its source."""

import json
from pathlib import Path
from typing import Any

import pytest

from chalicelib.exposure.policies import public_statements
from chalicelib.gateways.security_group_shapes import security_group
from chalicelib.rules.security_group import SECURITY_GROUP_RULE as RULE

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent.parent / "cases" / "reported_verdicts.json").read_text()
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_reported_group_or_policy_is_judged_as_the_guides_say(case: dict[str, Any]) -> None:
    expected = case["expected"] == "NON_COMPLIANT"
    if case["kind"] == "s3-policy":
        assert bool(public_statements(case["input"]["policy"])) == expected
        return
    raw = case["input"]["ip_permissions"]
    item = raw if isinstance(raw, dict) else {"GroupId": "sg-0123456789abcdef0", "IpPermissions": raw}
    group = security_group({"groupName": "web", **item}, "111122223333", "eu-west-1", "configuration")
    assert bool(RULE.violations(group, RULE.parameters({}))) == expected
