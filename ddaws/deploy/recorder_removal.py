"""Removes our recorder and delivery channel unless other Config rules need them."""

from collections.abc import Iterator

from ddaws import ledger
from ddaws.deploy import config_rules, recorder, recorder_calls, service_linked_role
from ddaws.deploy.recorder import Recording
from ddaws.plan import Change, Plan, Target, Tell


def removal(target: Target, tell: Tell) -> Plan:
    """Stop and delete our recorder and channel; change nothing if they are not ours."""
    tell("reading recorder and delivery channel")
    found = recorder.read(target)
    others = rules_of_others(target, found)
    if others:
        note = f"recorder {recorder.name_of_ours(target)} stays: {', '.join(others)} need it"
        return Plan("ours, and needed by other rules", notes=(note,))
    changes = tuple(_deletion(target, found))
    return Plan("ours" if changes else "none of ours", changes)


def removal_of_ledger(target: Target, _tell: Tell) -> Plan:
    """Delete the ledger unless the recorder stays: it lists what else was created for the recorder."""
    if not ledger.read(target):
        return Plan("no record")
    name = ledger.parameter(target)
    if rules_of_others(target, recorder.read(target)):
        return Plan(name, notes=(f"parameter {name} stays as long as the recorder",))
    return Plan(name, (ledger.delete(target),))


def rules_of_others(target: Target, found: Recording) -> list[str]:
    """The other Config rules that need our recorder."""
    if not recorder.is_ours(target, found.recorder):
        return []
    rules = target.account.pages("config", "describe_config_rules", "ConfigRules")
    return sorted(rule["ConfigRuleName"] for rule in rules if not config_rules.is_ours(target, rule))


def _deletion(target: Target, found: Recording) -> Iterator[Change]:
    name = recorder.name_of_ours(target)
    ours = recorder.is_ours(target, found.recorder)
    if ours and found.is_recording:
        yield recorder_calls.stop(name)
    if recorder.is_ours(target, found.channel):
        yield recorder_calls.delete_channel(name)
    if ours:
        yield recorder_calls.delete_recorder(name)
    yield from service_linked_role.removing(target)
