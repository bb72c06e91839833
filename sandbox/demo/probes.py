"""What anonymous callers can read, and what AWS Config reports."""

import time
from collections.abc import Mapping
from typing import Any

import urllib3

from sandbox import Sandbox, SandboxError


def unsigned_get(box: Sandbox, path: str) -> str:
    """The HTTP status that a request without credentials gets for ``/bucket`` or ``/bucket/key``."""
    answer = urllib3.request("GET", f"{box.running.aws}{path}", retries=False, timeout=10)
    return str(answer.status)


def evaluation(box: Sandbox, resource_type: str, resource_id: str) -> Mapping[str, Any] | None:
    """Our rule's latest evaluation result for a resource (GetComplianceDetailsByResource); None before the first."""
    answer = box.client("config").get_compliance_details_by_resource(ResourceType=resource_type, ResourceId=resource_id)
    return next(iter(answer["EvaluationResults"]), None)


def compliance(box: Sandbox, resource_type: str, resource_id: str) -> str:
    """``COMPLIANT``, ``NON_COMPLIANT``... or ``unknown`` before the first evaluation."""
    found = evaluation(box, resource_type, resource_id)
    return str(found["ComplianceType"]) if found else "unknown"


def wait_until_evaluated(box: Sandbox, seconds: float = 60.0) -> None:
    """Wait until each custom Lambda rule has been evaluated: PutConfigRule starts an evaluation of every resource."""
    deadline = time.monotonic() + seconds
    client = box.client("config")
    rules = client.describe_config_rules()["ConfigRules"]
    names = [rule["ConfigRuleName"] for rule in rules if rule["Source"]["Owner"] == "CUSTOM_LAMBDA"]
    while time.monotonic() < deadline:
        statuses = client.describe_config_rule_evaluation_status(ConfigRuleNames=names)["ConfigRulesEvaluationStatus"]
        if all("LastSuccessfulEvaluationTime" in status for status in statuses):
            return
        time.sleep(0.2)
    raise SandboxError(f"Not every rule was evaluated within {seconds:.0f} s: {statuses}")
