"""PutEvaluations: stores a rule's evaluation results and sends notifications."""

from sandbox.awsconfig import delivery, evaluation, notifications
from sandbox.awsconfig.actions.rules import forget_results, one
from sandbox.awsconfig.errors import ConfigError
from sandbox.awsconfig.resource import Json
from sandbox.awsconfig.results import Invocation, Result
from sandbox.awsconfig.rules import Rule
from sandbox.awsconfig.state import State


def put(state: State, request: Json) -> Json:
    evaluations = request.get("Evaluations", [])
    for each in evaluations:
        if each["ComplianceType"] == "INSUFFICIENT_DATA":
            raise ConfigError(
                "InvalidParameterValueException", "INSUFFICIENT_DATA is not a valid ComplianceType for an evaluation."
            )
    if request.get("TestMode"):
        return {"FailedEvaluations": []}
    invocation = _invocation(state, request["ResultToken"])
    rule = _rule(state, invocation)
    failed = [each for each in evaluations if state.evaluation_fails(each)]
    for each in evaluations:
        if each not in failed:
            _keep(state, rule, _result(state, rule, each, invocation))
    rule.status["LastFailedEvaluationTime" if failed else "LastSuccessfulEvaluationTime"] = state.clock()
    return {"FailedEvaluations": failed}


def _invocation(state: State, token: str) -> Invocation:
    invocation = state.invocations.get(token)
    if invocation is None or evaluation.has_expired(state, invocation):
        raise ConfigError("InvalidResultTokenException", "The resultToken provided is invalid")
    return invocation


def _rule(state: State, invocation: Invocation) -> Rule:
    for rule in state.rules.values():
        if rule.arn == invocation.rule_arn:
            return rule
    raise ConfigError("NoSuchConfigRuleException", "The ConfigRule of this resultToken does not exist any more.")


def _result(state: State, rule: Rule, given: Json, invocation: Invocation) -> Result:
    return Result(
        rule_name=rule.name,
        resource_type=given["ComplianceResourceType"],
        resource_id=given["ComplianceResourceId"],
        compliance_type=given["ComplianceType"],
        annotation=given.get("Annotation"),
        ordering_timestamp=given["OrderingTimestamp"],
        recorded=state.clock(),
        invoked=invocation.invoked,
    )


def _keep(state: State, rule: Rule, new: Result) -> None:
    """Store a result and notify of a change. A result of a run older than the stored one is ignored."""
    key = (rule.arn, new.resource_type, new.resource_id)
    old = state.results.get(key)
    if old and new.invoked < old.invoked:
        return
    if new.compliance_type == "NOT_APPLICABLE":
        state.results.pop(key, None)
        changed = old is not None
    else:
        state.results[key] = new
        changed = old is None or old.compliance_type != new.compliance_type
    if changed:
        _tell(state, rule, new, old)


def _tell(state: State, rule: Rule, new: Result, old: Result | None) -> None:
    now = state.clock()
    notification = notifications.compliance_change(state.account, rule, new, old, now)
    delivery.stream(state, notification)
    delivery.deliver_event(state, notifications.compliance_event(state.account, notification, now))


def delete_results(state: State, request: Json) -> Json:
    forget_results(state, one(state, request["ConfigRuleName"]))
    return {}


ACTIONS = {"PutEvaluations": put, "DeleteEvaluationResults": delete_results}
