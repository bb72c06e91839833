"""What rules found, by rule and by resource."""

from collections.abc import Iterable

from sandbox.awsconfig.actions.rules import PAGE, named, one
from sandbox.awsconfig.errors import ConfigError
from sandbox.awsconfig.pages import page
from sandbox.awsconfig.resource import Json
from sandbox.awsconfig.results import Result
from sandbox.awsconfig.state import State

COUNT_CAP = 25
DETAILS = 10


def by_rule(state: State, request: Json) -> Json:
    rules = named(state, request.get("ConfigRuleNames"))
    rows = [
        {
            "ConfigRuleName": rule.name,
            "Compliance": _compliance(result for key, result in state.results.items() if key[0] == rule.arn),
        }
        for rule in rules
    ]
    shown, token = page(_of_types(rows, request), request.get("NextToken"), PAGE)
    return {"ComplianceByConfigRules": list(shown), "NextToken": token}


def by_resource(state: State, request: Json) -> Json:
    resource_type, resource_id = request.get("ResourceType"), request.get("ResourceId")
    if resource_id and not resource_type:
        raise ConfigError("InvalidParameterValueException", "ResourceType is required when ResourceId is given.")
    results: dict[tuple[str, str], list[Result]] = {}
    for (_, found_type, found_id), result in sorted(state.results.items()):
        if resource_type in (None, found_type) and resource_id in (None, found_id):
            results.setdefault((found_type, found_id), []).append(result)
    rows = [
        {"ResourceType": found_type, "ResourceId": found_id, "Compliance": _compliance(found)}
        for (found_type, found_id), found in sorted(results.items())
    ]
    shown, token = page(_of_types(rows, request), request.get("NextToken"), request.get("Limit") or DETAILS)
    return {"ComplianceByResources": list(shown), "NextToken": token}


def details_by_rule(state: State, request: Json) -> Json:
    rule = one(state, request["ConfigRuleName"])
    found = [result for key, result in sorted(state.results.items()) if key[0] == rule.arn]
    shown, token = page(_wanted(found, request), request.get("NextToken"), request.get("Limit") or DETAILS)
    return {"EvaluationResults": [_evaluation_result(result) for result in shown], "NextToken": token}


def details_by_resource(state: State, request: Json) -> Json:
    if "ResourceType" not in request or "ResourceId" not in request:
        raise ConfigError("InvalidParameterValueException", "ResourceType and ResourceId are required.")
    resource = (request["ResourceType"], request["ResourceId"])
    found = [result for key, result in sorted(state.results.items()) if key[1:] == resource]
    shown, token = page(_wanted(found, request), request.get("NextToken"), DETAILS)
    return {"EvaluationResults": [_evaluation_result(result) for result in shown], "NextToken": token}


def _compliance(results: Iterable[Result]) -> Json:
    """The combined compliance of several results: non-compliant if one is, with the count."""
    types = [result.compliance_type for result in results]
    bad = types.count("NON_COMPLIANT")
    if bad:
        count = {"CappedCount": min(bad, COUNT_CAP), "CapExceeded": bad > COUNT_CAP}
        return {"ComplianceType": "NON_COMPLIANT", "ComplianceContributorCount": count}
    return {"ComplianceType": "COMPLIANT" if types else "INSUFFICIENT_DATA"}


def _of_types(rows: list[Json], request: Json) -> list[Json]:
    wanted = request.get("ComplianceTypes")
    return [row for row in rows if not wanted or row["Compliance"]["ComplianceType"] in wanted]


def _wanted(results: list[Result], request: Json) -> list[Result]:
    wanted = request.get("ComplianceTypes")
    return [result for result in results if not wanted or result.compliance_type in wanted]


def _evaluation_result(result: Result) -> Json:
    return {
        "EvaluationResultIdentifier": {
            "EvaluationResultQualifier": {
                "ConfigRuleName": result.rule_name,
                "ResourceType": result.resource_type,
                "ResourceId": result.resource_id,
                "EvaluationMode": "DETECTIVE",
            },
            "OrderingTimestamp": result.ordering_timestamp,
        },
        "ComplianceType": result.compliance_type,
        "ResultRecordedTime": result.recorded,
        "ConfigRuleInvokedTime": result.invoked,
        "Annotation": result.annotation,
    }


ACTIONS = {
    "DescribeComplianceByConfigRule": by_rule,
    "DescribeComplianceByResource": by_resource,
    "GetComplianceDetailsByConfigRule": details_by_rule,
    "GetComplianceDetailsByResource": details_by_resource,
}
