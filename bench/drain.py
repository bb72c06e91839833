"""How many messages one run of the coordinator takes from a full remediation queue, with how many calls."""

import json
from datetime import UTC, datetime, timedelta

from rich.table import Table

from bench import resources
from bench.account import BenchAccount, new_container
from bench.environment import ACCOUNT_ID, REGION
from chalicelib.findings import AwsCall, Finding, Violation
from chalicelib.resources import SECURITY_GROUP
from chalicelib.rules import SECURITY_GROUP_RULE
from chalicelib.rules.security_group.exempt import PROHIBITED_PORT

WAITING = 400
START = datetime(2026, 1, 1, tzinfo=UTC)


def table(account: BenchAccount) -> Table:
    """Messages taken, work orders made and SQS calls of one tick."""
    shown = Table(title=f"One call of the coordinator, {WAITING} messages waiting", title_justify="left")
    for column in ("Messages about", "Taken", "Work orders", "SQS calls", "Calls per message"):
        shown.add_column(column, justify="left" if column == "Messages about" else "right")
    for groups in (WAITING, WAITING // 10):
        shown.add_row(f"{groups} groups", *_drained(account, groups))
    return shown


def _drained(account: BenchAccount, groups: int) -> tuple[str, ...]:
    queue, work = account.settings.remediation_queue, account.settings.work_queue(SECURITY_GROUP_RULE.remediator)
    account.send(queue, [_message(number, groups) for number in range(WAITING)])
    calls = account.calls_of(new_container().coordinator, resources.tick()).total()
    taken, orders = WAITING - len(account.take(queue)), len(account.take(work))
    return str(taken), str(orders), str(calls), f"{calls / taken:.2f}"


def _message(number: int, groups: int) -> str:
    group_id = f"sg-{number % groups:017x}"
    finding = Finding(
        raised_by_rule="bench",
        aws_account_id=ACCOUNT_ID,
        aws_region=REGION,
        target_resource_type=SECURITY_GROUP,
        target_resource_id=group_id,
        detected_at=(START + timedelta(seconds=number)).isoformat(),
        violations=(Violation(PROHIBITED_PORT, {"reason": "tcp 22 (port 22 SSH) is open to 0.0.0.0/0"}),),
        required_steps=(AwsCall("ec2", "RevokeSecurityGroupIngress", {"GroupId": group_id}),),
    )
    return json.dumps(finding.to_json())
