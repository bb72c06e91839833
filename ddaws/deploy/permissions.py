"""AWS Config's permission to invoke the evaluators, for the rules of this account alone."""

from chalicelib.findings import AwsCall
from chalicelib.rules import RULES
from ddaws.deploy.live_app import Described, statements
from ddaws.plan import Call, Change, Plan, Target, Tell, call

STATEMENT_ID = "aws-config"
PRINCIPAL = "config.amazonaws.com"


def plan(target: Target, tell: Tell) -> Plan:
    """Add the statement to each evaluator's resource policy; replace one of the same name that differs."""
    changes: list[Change] = []
    for rule in RULES:
        tell(rule.evaluator)
        name = target.stage.named(rule.evaluator)
        ours = [entry for entry in statements(target.account, name) if entry["Sid"] == STATEMENT_ID]
        if any(_admits(entry, target.account.account_id) for entry in ours):
            continue
        if ours:
            changes.append(
                call(
                    "delete",
                    f"{rule.evaluator}: statement {STATEMENT_ID}",
                    "lambda",
                    "RemovePermission",
                    FunctionName=name,
                    StatementId=STATEMENT_ID,
                )
            )
        changes.append(_permission(rule.evaluator, name, target.account.account_id))
    return Plan(f"{PRINCIPAL} may invoke the evaluators for account {target.account.account_id}", tuple(changes))


def _admits(statement: Described, account_id: str) -> bool:
    condition = statement.get("Condition", {}).get("StringEquals", {})
    return (
        statement.get("Effect") == "Allow"
        and statement.get("Action") == "lambda:InvokeFunction"
        and statement.get("Principal") == {"Service": PRINCIPAL}
        and condition == {"AWS:SourceAccount": account_id}
    )


def _permission(evaluator: str, name: str, account_id: str) -> Call:
    parameters = {
        "FunctionName": name,
        "StatementId": STATEMENT_ID,
        "Action": "lambda:InvokeFunction",
        "Principal": PRINCIPAL,
        "SourceAccount": account_id,
    }
    return Call("create", f"{evaluator}: statement {STATEMENT_ID}", AwsCall("lambda", "AddPermission", parameters))
