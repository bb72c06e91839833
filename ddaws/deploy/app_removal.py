"""Removing the Chalice app: live resources are found by name, so resources deleted by hand are no obstacle."""

from collections.abc import Iterator

from chalicelib.findings import AwsCall
from ddaws.account import Account
from ddaws.deploy import chalice_record, event_sources, live_app, other_regions
from ddaws.deploy.live_app import LiveApp
from ddaws.plan import Call, Change, Plan, Target, Tell, Verb

GONE = ("ResourceNotFoundException", "NoSuchEntity", "NotFound", "NotFoundException")


def removal(target: Target, tell: Tell) -> Plan:
    """Delete the functions' triggers, the functions, their roles, and Chalice's record.

    The roles stay if functions in another region use them.
    """
    tell("reading the live resources")
    live = live_app.read(target)
    path = target.stage.chalice_record
    record: tuple[Change, ...] = (chalice_record.DropRecord(path),) if path.exists() else ()
    elsewhere = ", ".join(other_regions.with_the_stage(target, tell)) if live.roles else ""
    roles = () if elsewhere else tuple(_roles(target.account, live))
    notes = (f"the roles stay: stage {target.stage.name} is also deployed in {elsewhere}",) if elsewhere else ()
    changes = (*_invokers(live), *_functions(live), *roles, *record)
    return Plan(f"{len(live.functions)} functions, {len(live.roles)} roles", changes, notes)


def _delete(what: str, service: str, action: str, **parameters: object) -> Call:
    verb: Verb = "delete"
    return Call(verb, what, AwsCall(service, action, parameters), done=GONE)


def _invokers(live: LiveApp) -> Iterator[Call]:
    for rule in live.schedules.values():
        name = rule["Name"]
        if rule["Targets"]:
            ids = [entry["Id"] for entry in rule["Targets"]]
            yield _delete(f"targets of schedule {name}", "events", "RemoveTargets", Rule=name, Ids=ids)
        yield _delete(f"schedule {name}", "events", "DeleteRule", Name=name)
    for function, mappings in live.event_sources.items():
        for mapping in mappings:
            yield event_sources.deletion(f"event source of {function}", mapping)
    for function, subscriptions in live.subscriptions.items():
        for subscription in subscriptions:
            arn = subscription["SubscriptionArn"]
            yield _delete(f"subscription of {function}", "sns", "Unsubscribe", SubscriptionArn=arn)


def _functions(live: LiveApp) -> Iterator[Call]:
    for function in live.functions.values():
        name = function["FunctionName"]
        yield _delete(f"function {name}", "lambda", "DeleteFunction", FunctionName=name)


def _roles(account: Account, live: LiveApp) -> Iterator[Call]:
    for role in live.roles.values():
        name = role["RoleName"]
        for policy in account.pages("iam", "list_role_policies", "PolicyNames", RoleName=name):
            yield _delete(f"policy of role {name}", "iam", "DeleteRolePolicy", RoleName=name, PolicyName=policy)
        for attached in account.pages("iam", "list_attached_role_policies", "AttachedPolicies", RoleName=name):
            arn = attached["PolicyArn"]
            yield _delete(f"attachment to role {name}", "iam", "DetachRolePolicy", RoleName=name, PolicyArn=arn)
        yield _delete(f"role {name}", "iam", "DeleteRole", RoleName=name)
