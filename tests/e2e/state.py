"""The state of the account, to diagnose a failed test."""

from collections.abc import Iterator

from botocore.exceptions import ClientError

from sandbox import Sandbox
from tests.e2e.account import depth, functions, schedules

LOG_LINES = 25
LAMBDAS_OWN = ("START ", "END ", "REPORT ")


def state_of(box: Sandbox) -> str:
    """Queues, verdicts, Slack, refused calls and the functions' logs."""
    return "\n".join(line for part in (_account, _queues, _verdicts, _slack, _refused, _logs) for line in part(box))


def _account(box: Sandbox) -> Iterator[str]:
    yield f"functions: {', '.join(functions(box)) or 'none'}; schedules: {', '.join(schedules(box)) or 'none'}"


def _queues(box: Sandbox) -> Iterator[str]:
    for url in box.client("sqs").list_queues().get("QueueUrls", []):
        name = url.rpartition("/")[2]
        yield f"queue {name}: {depth(box, name)}"


def _verdicts(box: Sandbox) -> Iterator[str]:
    for rule in box.client("config").describe_config_rules()["ConfigRules"]:
        name = rule["ConfigRuleName"]
        details = box.client("config").get_compliance_details_by_config_rule(ConfigRuleName=name, Limit=100)
        for result in details["EvaluationResults"]:
            about = result["EvaluationResultIdentifier"]["EvaluationResultQualifier"]["ResourceId"]
            yield f"verdict: {about} {result['ComplianceType']} {result.get('Annotation', '')}"


def _slack(box: Sandbox) -> Iterator[str]:
    for post in box.slack.posts():
        yield f"slack: {post.at} {post.status} {post.reason or post.text}"


def _refused(box: Sandbox) -> Iterator[str]:
    for call in box.calls():
        if not call.allowed:
            yield f"refused: {call.role} {call.action} {call.resource}"


def _logs(box: Sandbox) -> Iterator[str]:
    for name, configuration in functions(box).items():
        yield f"--- log of {name}"
        try:
            events = box.client("logs").filter_log_events(
                logGroupName=f"/aws/lambda/{configuration['FunctionName']}", limit=10_000
            )["events"]
        except ClientError as error:
            yield f"cannot be read: {error}"
        else:
            messages = [event["message"].rstrip()[:400] for event in events]
            yield from [each for each in messages if not each.startswith(LAMBDAS_OWN)][-LOG_LINES:]
