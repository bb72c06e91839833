"""The actions on Config rules themselves, and on their evaluation."""

import hashlib
from collections.abc import Sequence

from sandbox.awsconfig import delivery, evaluation, notifications
from sandbox.awsconfig.actions.rule_checks import check
from sandbox.awsconfig.errors import ConfigError
from sandbox.awsconfig.notifications import SCHEDULED
from sandbox.awsconfig.pages import page
from sandbox.awsconfig.resource import Json
from sandbox.awsconfig.rules import Rule
from sandbox.awsconfig.state import State

MAX_RULES = 1000
PAGE = 25


def put(state: State, request: Json) -> Json:
    wanted = request["ConfigRule"]
    if state.recorder is None:
        raise ConfigError(
            "NoAvailableConfigurationRecorderException",
            "There are no configuration recorders available to put config rule.",
        )
    known = _known(state, wanted)
    check(state, wanted)
    definition = _definition(state, wanted, known)
    if known is None:
        _create(state, definition, request.get("Tags", []))
    elif known.definition != definition:
        known.definition = definition
        _schedule(state, known)
        _evaluate(state, [known])
    return {}


def _known(state: State, wanted: Json) -> Rule | None:
    """The rule in a request, by name, ARN or ID; None if the request creates a rule."""
    names = ("ConfigRuleName", "ConfigRuleArn", "ConfigRuleId")
    given = {name: wanted[name] for name in names if name in wanted}
    for rule in state.rules.values():
        if given and all(rule.definition[name] == value for name, value in given.items()):
            return rule
    if list(given) != ["ConfigRuleName"]:
        raise ConfigError(
            "InvalidParameterValueException",
            "One or more identifiers needs to be provided. Provide a ConfigRuleName for a new rule; ConfigRuleArn and "
            "ConfigRuleId only to update a rule that has them.",
        )
    return None


def _definition(state: State, wanted: Json, known: Rule | None) -> Json:
    """The rule as DescribeConfigRules answers it."""
    name = known.name if known else wanted["ConfigRuleName"]
    rule_id = known.definition["ConfigRuleId"] if known else _new_id(state, name)
    return {
        **wanted,
        "ConfigRuleName": name,
        "ConfigRuleArn": state.account.arn(f"config-rule/{rule_id}"),
        "ConfigRuleId": rule_id,
        "ConfigRuleState": "ACTIVE",
        "EvaluationModes": wanted.get("EvaluationModes", [{"Mode": "DETECTIVE"}]),
    }


def _new_id(state: State, name: str) -> str:
    """An ID in AWS's form, which depends only on the rule and its creation time."""
    seed = f"{state.account.account_id}/{state.account.region}/{name}/{state.clock().isoformat()}"
    return f"config-rule-{hashlib.sha256(seed.encode()).hexdigest()[:6]}"


def _create(state: State, definition: Json, tags: Sequence[Json]) -> None:
    name = definition["ConfigRuleName"]
    if len(state.rules) >= MAX_RULES:
        raise ConfigError(
            "MaxNumberOfConfigRulesExceededException",
            f"Failed to put config rule '{name}' because the maximum number of config rules: {MAX_RULES} is reached.",
        )
    rule = Rule(definition, {"FirstActivatedTime": state.clock(), "FirstEvaluationStarted": False})
    state.rules[name] = rule
    state.tags[rule.arn] = {tag["Key"]: tag["Value"] for tag in tags}
    _schedule(state, rule)
    _evaluate(state, [rule])


def _schedule(state: State, rule: Rule) -> None:
    rule.next_periodic = state.clock() + evaluation.frequency(rule) if rule.listens_to(SCHEDULED) else None


def _evaluate(state: State, rules: Sequence[Rule]) -> None:
    """Evaluate all resources in the rules' scope. Managed rules are stored but never evaluated here."""
    judged = [rule for rule in rules if rule.function_arn]
    if judged:
        names = [rule.name for rule in judged]
        delivery.stream(state, notifications.evaluation_started(state.account, names, state.clock()))
    for rule in judged:
        evaluation.evaluate_all(state, rule)


def describe(state: State, request: Json) -> Json:
    rules = named(state, request.get("ConfigRuleNames"))
    shown, token = page(rules, request.get("NextToken"), PAGE)
    return {"ConfigRules": [rule.definition for rule in shown], "NextToken": token}


def delete(state: State, request: Json) -> Json:
    rule = one(state, request["ConfigRuleName"])
    del state.rules[rule.name]
    state.tags.pop(rule.arn, None)
    forget_results(state, rule)
    return {}


def forget_results(state: State, rule: Rule) -> None:
    """Delete all evaluation results of a rule."""
    for key in [key for key in state.results if key[0] == rule.arn]:
        del state.results[key]


def start_evaluation(state: State, request: Json) -> Json:
    rules = named(state, request.get("ConfigRuleNames"))
    now = state.clock()
    for rule in rules:
        if rule.last_on_demand and now - rule.last_on_demand < state.limits.between_on_demand_evaluations:
            raise ConfigError(
                "LimitExceededException",
                f"You have called StartConfigRulesEvaluation for {rule.name} within the last minute, or an evaluation "
                "is in progress. Try again later.",
            )
    for rule in rules:
        rule.last_on_demand = now
    _evaluate(state, rules)
    return {}


def describe_evaluation_status(state: State, request: Json) -> Json:
    rules = named(state, request.get("ConfigRuleNames"))
    shown, token = page(rules, request.get("NextToken"), request.get("Limit") or PAGE)
    return {
        "ConfigRulesEvaluationStatus": [
            {
                "ConfigRuleName": rule.name,
                "ConfigRuleArn": rule.arn,
                "ConfigRuleId": rule.definition["ConfigRuleId"],
                **rule.status,
            }
            for rule in shown
        ],
        "NextToken": token,
    }


def named(state: State, names: Sequence[str] | None) -> list[Rule]:
    """The rules with these names, in this order; all rules, by name, if none is given."""
    if not names:
        return [state.rules[name] for name in sorted(state.rules)]
    return [one(state, name) for name in names]


def one(state: State, name: str) -> Rule:
    if name not in state.rules:
        raise ConfigError(
            "NoSuchConfigRuleException",
            f"The ConfigRule '{name}' provided in the request is invalid. Please check the configRule name",
        )
    return state.rules[name]


ACTIONS = {
    "PutConfigRule": put,
    "DescribeConfigRules": describe,
    "DeleteConfigRule": delete,
    "StartConfigRulesEvaluation": start_evaluation,
    "DescribeConfigRuleEvaluationStatus": describe_evaluation_status,
}
