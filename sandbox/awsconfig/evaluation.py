"""When a rule's function is invoked, and with which event."""

import secrets
from datetime import datetime, timedelta
from itertools import takewhile

from sandbox.awsconfig import delivery, notifications
from sandbox.awsconfig.items import Item
from sandbox.awsconfig.notifications import CHANGE, OVERSIZED, SCHEDULED
from sandbox.awsconfig.resource import Json, Resource
from sandbox.awsconfig.results import Invocation
from sandbox.awsconfig.rules import Rule
from sandbox.awsconfig.scope import in_scope
from sandbox.awsconfig.state import State

FREQUENCIES = {
    "One_Hour": timedelta(hours=1),
    "Three_Hours": timedelta(hours=3),
    "Six_Hours": timedelta(hours=6),
    "Twelve_Hours": timedelta(hours=12),
    "TwentyFour_Hours": timedelta(hours=24),
}


def evaluate_change(state: State, item: Item, before: Resource | None, notification: Json) -> None:
    """Invoke the rules for a change; other rules' results for a deleted resource are deleted.

    Parameters
    ----------
    before : Resource or None
        The resource before the change; None if it is new.
    notification : dict
        The change notification, or the oversized one that stands in for it.
    """
    for rule in state.rules.values():
        was_in, is_in = in_scope(rule, before), in_scope(rule, item.resource)
        listens = rule.listens_to(notification["messageType"])
        if listens and (was_in or is_in):
            _invoke(state, rule, notification, left_scope=not is_in and not item.is_deleted)
        elif item.is_deleted:
            state.results.pop((rule.arn, *item.resource.key), None)


def evaluate_all(state: State, rule: Rule) -> None:
    """Evaluate all resources in a rule's scope, as last recorded."""
    for item in list(state.history.current()):
        if in_scope(rule, item.resource):
            _evaluate_item(state, rule, item)
    if rule.listens_to(SCHEDULED):
        _invoke(state, rule, notifications.scheduled(state.account, state.clock()))


def evaluate_scheduled(state: State) -> None:
    """Invoke the rules whose schedule is due; a rule that missed several runs is invoked once."""
    now = state.clock()
    for rule in state.rules.values():
        if rule.next_periodic and rule.next_periodic <= now:
            rule.next_periodic = now + frequency(rule)
            _invoke(state, rule, notifications.scheduled(state.account, now))


def frequency(rule: Rule) -> timedelta:
    """How often a rule's schedule runs it: AWS's default is daily."""
    details = rule.definition["Source"].get("SourceDetails", [])
    names = [detail.get("MaximumExecutionFrequency") for detail in details if detail["MessageType"] == SCHEDULED]
    return FREQUENCIES[next(filter(None, names), "TwentyFour_Hours")]


def change_notification(state: State, item: Item, diff: Json | None, change_type: str) -> Json:
    """The notification of an item: its summary if the item is too large, which then goes to S3."""
    now = state.clock()
    notification = notifications.change(item, diff, now)
    if len(notifications.as_text(notification).encode()) <= state.limits.notification_bytes:
        return notification
    location = delivery.write_oversized(state, item, notification)
    return notifications.oversized(item, change_type, location, now)


def _evaluate_item(state: State, rule: Rule, item: Item) -> None:
    if not (rule.listens_to(CHANGE) or rule.listens_to(OVERSIZED)):
        return
    notification = change_notification(state, item, None, "UPDATE")
    if rule.listens_to(notification["messageType"]):
        _invoke(state, rule, notification)


def _invoke(state: State, rule: Rule, invoking_event: Json, *, left_scope: bool = False) -> None:
    now, function_arn = state.clock(), rule.function_arn
    if function_arn is None:
        return
    event = _event(state, rule, invoking_event, _token(state, rule, now), left_scope)
    rule.status["FirstEvaluationStarted"] = True

    def invoke() -> None:
        try:
            state.outside.invoke(function_arn, event)
        except delivery.FAILURES as error:
            failed = delivery.failure(error)
            outcome = {
                "LastFailedInvocationTime": now,
                "LastErrorCode": failed["lastErrorCode"],
                "LastErrorMessage": failed["lastErrorMessage"],
            }
        else:
            outcome = {"LastSuccessfulInvocationTime": now}
        with state.lock:
            rule.status.update(outcome)

    state.outbox.put(invoke)


def has_expired(state: State, invocation: Invocation) -> bool:
    """Whether an invocation's token has expired."""
    return state.clock() - invocation.invoked > state.limits.token_lifetime


def _token(state: State, rule: Rule, now: datetime) -> str:
    """A new result token; expired tokens are deleted."""
    oldest_first = state.invocations.items()
    for expired, _ in list(takewhile(lambda entry: has_expired(state, entry[1]), oldest_first)):
        del state.invocations[expired]
    token = secrets.token_urlsafe(96)
    state.invocations[token] = Invocation(rule.arn, now)
    return token


def _event(state: State, rule: Rule, invoking_event: Json, token: str, left_scope: bool) -> Json:
    """The function's event. AWS omits ``ruleParameters`` if the rule has none."""
    parameters = rule.definition.get("InputParameters")
    return {
        "version": "1.0",
        "invokingEvent": notifications.as_text(invoking_event),
        **({"ruleParameters": parameters} if parameters else {}),
        "resultToken": token,
        "eventLeftScope": left_scope,
        "executionRoleArn": state.recorder and state.recorder.role_arn,
        "configRuleArn": rule.arn,
        "configRuleName": rule.name,
        "configRuleId": rule.definition["ConfigRuleId"],
        "accountId": state.account.account_id,
    }
