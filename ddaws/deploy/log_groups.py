"""Log groups that outlive the functions: Lambda creates them if the foundation has none."""

import re

from ddaws.plan import Plan, Target, Tell, call


def removal(target: Target, _tell: Tell) -> Plan:
    """Delete the log groups of this stage's functions that remain after the foundation's removal."""
    prefix = f"/aws/lambda/{target.stage.named('')}"
    ours = re.compile(re.escape(prefix) + r"\w+$")
    groups = target.account.pages("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=prefix)
    names = [group["logGroupName"] for group in groups if ours.match(group["logGroupName"])]
    deletions = tuple(
        call("delete", f"log group {name}", "logs", "DeleteLogGroup", logGroupName=name) for name in names
    )
    return Plan(f"{len(names)} log groups", deletions)
