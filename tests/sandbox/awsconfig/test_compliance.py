"""Compliance, by rule and by resource."""

from typing import Any

import pytest

from sandbox.awsconfig import ConfigError
from tests.sandbox.awsconfig.world import THING, World

SCHEDULED = "ScheduledNotification"
SOURCE_TYPE = {"ResourceType": THING}


@pytest.fixture
def judged(recording: World) -> World:
    """Two rules that have judged; a third one that has not."""
    for name in ("strict", "mild", "silent"):
        recording.put_rule(name, SCHEDULED)
    strict, mild, _ = recording.invoked
    for number in range(30):
        recording.put_verdict(strict, "NON_COMPLIANT", f"thing-{number:02}", Annotation=f"Number {number}")
    for resource_id in ("thing-00", "good"):
        recording.put_verdict(mild, "COMPLIANT", resource_id)
    return recording


def by_rule(world: World, **request: Any) -> dict[str, Any]:
    rows = world.call("DescribeComplianceByConfigRule", **request)["ComplianceByConfigRules"]
    return {row["ConfigRuleName"]: row["Compliance"] for row in rows}


def by_resource(world: World, **request: Any) -> dict[str, Any]:
    rows = world.call("DescribeComplianceByResource", **request)["ComplianceByResources"]
    return {row["ResourceId"]: row["Compliance"] for row in rows}


def test_one_bad_resource_makes_a_rule_non_compliant_and_they_are_counted_up_to_25(judged: World) -> None:
    assert by_rule(judged) == {
        "strict": {
            "ComplianceType": "NON_COMPLIANT",
            "ComplianceContributorCount": {"CappedCount": 25, "CapExceeded": True},
        },
        "mild": {"ComplianceType": "COMPLIANT"},
        "silent": {"ComplianceType": "INSUFFICIENT_DATA"},
    }


def test_rules_can_be_chosen_by_name_and_by_compliance(judged: World) -> None:
    assert by_rule(judged, ConfigRuleNames=["silent"]).keys() == {"silent"}
    assert by_rule(judged, ComplianceTypes=["COMPLIANT"]).keys() == {"mild"}


def test_one_bad_rule_makes_a_resource_non_compliant(judged: World) -> None:
    found = by_resource(judged, **SOURCE_TYPE, Limit=100)
    assert found["good"] == {"ComplianceType": "COMPLIANT"}
    count = {"CappedCount": 1, "CapExceeded": False}
    assert found["thing-00"] == {"ComplianceType": "NON_COMPLIANT", "ComplianceContributorCount": count}


def test_resources_can_be_chosen_by_id_and_by_compliance(judged: World) -> None:
    assert by_resource(judged, **SOURCE_TYPE, ResourceId="thing-07").keys() == {"thing-07"}
    assert by_resource(judged, ComplianceTypes=["COMPLIANT"]).keys() == {"good"}
    with pytest.raises(ConfigError, match="InvalidParameterValueException"):
        by_resource(judged, ResourceId="thing-07")


def test_details_come_in_pages(judged: World) -> None:
    request: dict[str, Any] = {"ConfigRuleName": "strict", "Limit": 20}
    first = judged.call("GetComplianceDetailsByConfigRule", **request)
    second = judged.call("GetComplianceDetailsByConfigRule", **request, NextToken=first["NextToken"])
    annotations = [result["Annotation"] for result in first["EvaluationResults"] + second["EvaluationResults"]]
    assert annotations == [f"Number {number}" for number in range(30)]
    assert len(first["EvaluationResults"]) == 20
    assert "NextToken" not in second


def test_details_have_all_the_times(judged: World) -> None:
    (result,) = judged.call("GetComplianceDetailsByConfigRule", ConfigRuleName="mild", Limit=1)["EvaluationResults"]
    now = judged.now.timestamp()
    assert result == {
        "EvaluationResultIdentifier": {
            "EvaluationResultQualifier": {
                "ConfigRuleName": "mild",
                "ResourceType": THING,
                "ResourceId": "good",
                "EvaluationMode": "DETECTIVE",
            },
            "OrderingTimestamp": now,
        },
        "ComplianceType": "COMPLIANT",
        "ResultRecordedTime": now,
        "ConfigRuleInvokedTime": now,
    }


def test_details_of_a_resource_come_from_every_rule(judged: World) -> None:
    results = judged.call("GetComplianceDetailsByResource", **SOURCE_TYPE, ResourceId="thing-00")["EvaluationResults"]
    assert {
        result["EvaluationResultIdentifier"]["EvaluationResultQualifier"]["ConfigRuleName"]: result["ComplianceType"]
        for result in results
    } == {"strict": "NON_COMPLIANT", "mild": "COMPLIANT"}
    with pytest.raises(ConfigError, match="InvalidParameterValueException"):
        judged.call("GetComplianceDetailsByResource", ResourceId="thing-00")


def test_details_can_be_chosen_by_compliance(judged: World) -> None:
    request = {"ConfigRuleName": "strict", "ComplianceTypes": ["COMPLIANT"]}
    assert judged.call("GetComplianceDetailsByConfigRule", **request)["EvaluationResults"] == []
