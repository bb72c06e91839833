"""AWS calls of a fix, from the finding in the queue to the source message's deletion."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from typing import Any

from rich.table import Table

from bench import resources
from bench.account import BenchAccount, current_container
from bench.scenario import Scenario, calls_table
from chalicelib.resources import S3_BUCKET, SECURITY_GROUP
from chalicelib.rules import RULES, Rule

Plant = Callable[[str], str]
NUMBERS = count()


def table(account: BenchAccount) -> Table:
    """Calls of the coordinator for one finding, and of the remediators for one work order."""
    return calls_table("AWS calls of a fix", _scenarios(account), account)


def _scenarios(account: BenchAccount) -> Iterator[Scenario]:
    open_group = partial(resources.group, account, source=resources.EVERYWHERE)
    by_policy = partial(resources.bucket, account, public_policy=True)
    by_acl = partial(resources.bucket, account, public_acl=True)
    yield Scenario("coordinator", "nothing waits", resources.tick)
    yield Scenario("coordinator", "one finding waits", partial(_waiting, account, SECURITY_GROUP, open_group))
    for what, resource_type, plant in (
        ("revoke one source", SECURITY_GROUP, open_group),
        ("delete a wholly public policy", S3_BUCKET, by_policy),
        ("take a public grant out of an ACL", S3_BUCKET, by_acl),
    ):
        rule = next(rule for rule in RULES if rule.resource_type == resource_type)
        yield Scenario(rule.remediator, what, partial(_work_order, account, rule, plant))


def _waiting(account: BenchAccount, resource_type: str, plant: Plant) -> dict[str, Any]:
    """One finding in the remediation queue, and the coordinator's tick."""
    rule = next(rule for rule in RULES if rule.resource_type == resource_type)
    account.take(account.settings.work_queue(rule.remediator))
    event = resources.change(account, resource_type, plant(f"fixed-{next(NUMBERS)}"))
    account.take(account.settings.remediation_queue)
    getattr(current_container(), rule.evaluator)(event, None)
    return resources.tick()


def _work_order(account: BenchAccount, rule: Rule, plant: Plant) -> dict[str, Any]:
    """The SQS event with the work order for a problem that was just planted, evaluated and forwarded."""
    current_container().coordinator(_waiting(account, rule.resource_type, plant), None)
    [record] = account.take(account.settings.work_queue(rule.remediator))
    return {"Records": [record]}
