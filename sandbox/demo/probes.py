"""What anybody can see of the account from outside, and what AWS Config says about it."""

import time
from collections.abc import Mapping
from typing import Any

import urllib3

from sandbox import Sandbox, SandboxError


def unsigned_get(box: Sandbox, path: str) -> str:
    """The HTTP status that somebody without any credentials gets for ``/bucket`` or ``/bucket/key``."""
    answer = urllib3.request("GET", f"{box.running.aws}{path}", retries=False, timeout=10)
    return str(answer.status)


def evaluation(box: Sandbox, resource_type: str, resource_id: str) -> Mapping[str, Any] | None:
    """Our rule's latest verdict on a resource, as GetComplianceDetailsByResource gives it; None before the first."""
    answer = box.client("config").get_compliance_details_by_resource(ResourceType=resource_type, ResourceId=resource_id)
    return next(iter(answer["EvaluationResults"]), None)


def compliance(box: Sandbox, resource_type: str, resource_id: str) -> str:
    """``COMPLIANT``, ``NON_COMPLIANT``... or ``unknown`` before the first verdict."""
    found = evaluation(box, resource_type, resource_id)
    return str(found["ComplianceType"]) if found else "unknown"


def wait_until_judged(box: Sandbox, seconds: float = 60.0) -> None:
    """Wait until each rule with a function of its own has judged once: putting a rule makes it judge all there is."""
    deadline = time.monotonic() + seconds
    client = box.client("config")
    rules = client.describe_config_rules()["ConfigRules"]
    names = [rule["ConfigRuleName"] for rule in rules if rule["Source"]["Owner"] == "CUSTOM_LAMBDA"]
    while time.monotonic() < deadline:
        statuses = client.describe_config_rule_evaluation_status(ConfigRuleNames=names)["ConfigRulesEvaluationStatus"]
        if all("LastSuccessfulEvaluationTime" in status for status in statuses):
            return
        time.sleep(0.2)
    raise SandboxError(f"Not every rule has judged within {seconds:.0f} s: {statuses}")
