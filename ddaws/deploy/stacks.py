"""CloudFormation stacks: read, change and delete them, and wait while showing the progress."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.errors import AwsRefused
from ddaws.account import Account, error_code
from ddaws.plan import Tell, Verb

POLL_SECONDS = 2
LONGEST_WAIT = 1800
"""Seconds that a command waits for a stack, which takes a few minutes."""
NO_CHANGE = "No updates are to be performed"
NAME_RESTS = "60 seconds after deleting a queue"
"""SQS's error if a queue of that name was deleted within the last 60 seconds."""
BEGINNINGS = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS")


def read(account: Account, name: str) -> Mapping[str, Any] | None:
    """The stack in DescribeStacks' form; None if it does not exist."""
    try:
        stack: Mapping[str, Any] = account.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if error_code(error) == "ValidationError" and "does not exist" in str(error):
            return None
        raise
    return None if stack["StackStatus"] == "DELETE_COMPLETE" else stack


def settled(account: Account, name: str, tell: Tell, seconds: float = LONGEST_WAIT) -> Mapping[str, Any] | None:
    """The stack once no operation on it is in progress.

    A stack in REVIEW_IN_PROGRESS is settled: it has a change set that nobody has executed, and no resources.

    Raises
    ------
    AwsRefused
        The operation is still in progress after `seconds`.
    """
    pause, deadline = 0.2, time.monotonic() + seconds
    while (stack := read(account, name)) is not None and _is_in_progress(stack):
        if time.monotonic() >= deadline:
            raise AwsRefused(
                f"The stack {name} is still in {stack['StackStatus']} after {seconds / 60:.0f} minutes.",
                f"see its events (aws cloudformation describe-stack-events --stack-name {name}); run this again later.",
            )
        tell(f"{name}: {_standing(account, name, stack)}")
        time.sleep(pause)
        pause = min(pause * 2, POLL_SECONDS)
    return stack


def _is_in_progress(stack: Mapping[str, Any]) -> bool:
    status = stack["StackStatus"]
    return str(status).endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS"


def _standing(account: Account, name: str, stack: Mapping[str, Any]) -> str:
    """The stack's status, and the number of its complete resources."""
    try:
        resources = account.client("cloudformation").describe_stack_resources(StackName=name)["StackResources"]
    except ClientError:
        return str(stack["StackStatus"])
    through = sum(1 for resource in resources if not resource["ResourceStatus"].endswith("_IN_PROGRESS"))
    return f"{stack['StackStatus']}, {through} of {len(resources)} resources"


@dataclass(frozen=True)
class PutStack:
    """Create a stack or update it, and wait until it is done.

    Attributes
    ----------
    parameters : Mapping
        Values by name; None keeps the value that the stack has.
    """

    verb: Verb
    name: str
    template: str
    parameters: Mapping[str, str | None]
    tags: Mapping[str, str]

    @property
    def what(self) -> str:
        return f"stack {self.name}"

    def apply(self, account: Account, tell: Tell) -> None:
        client = account.client("cloudformation")
        put = client.create_stack if self.verb == "create" else client.update_stack
        try:
            put(
                StackName=self.name,
                TemplateBody=self.template,
                Parameters=[_parameter(key, value) for key, value in self.parameters.items()],
                Tags=[{"Key": key, "Value": value} for key, value in self.tags.items()],
            )
        except ClientError as error:
            if NO_CHANGE in str(error):
                return
            raise
        stack = settled(account, self.name, tell)
        if stack is None or stack["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            reason = _reason(account, self.name)
            how = "wait a minute" if NAME_RESTS in reason else "correct the cause"
            raise AwsRefused(
                f"The stack {self.name} failed: {reason.removesuffix('.')}.",
                f"{how} and deploy again; the stack was rolled back.",
            )


def _parameter(key: str, value: str | None) -> dict[str, Any]:
    if value is None:
        return {"ParameterKey": key, "UsePreviousValue": True}
    return {"ParameterKey": key, "ParameterValue": value}


def _reason(account: Account, name: str) -> str:
    """The first failure of the stack's latest operation; later ones only report the rollback."""
    events = list(_latest(account.pages("cloudformation", "describe_stack_events", "StackEvents", StackName=name)))
    failures = [event for event in events if event["ResourceStatus"].endswith("_FAILED")]
    causes = [event for event in failures if "cancelled" not in event.get("ResourceStatusReason", "")]
    if not causes:
        return str(events[0].get("ResourceStatusReason", events[0]["ResourceStatus"]))
    first = causes[-1]
    return f"{first['LogicalResourceId']} ({first['ResourceType']}): {first.get('ResourceStatusReason', 'no reason')}"


def _latest(events: Iterator[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The events of the latest operation; CloudFormation returns the events of all operations, the newest first."""
    for event in events:
        yield event
        if event["ResourceType"] == "AWS::CloudFormation::Stack" and event["ResourceStatus"] in BEGINNINGS:
            return


@dataclass(frozen=True)
class DeleteStack:
    """Delete a stack and wait until it is gone."""

    name: str
    verb: Verb = "delete"

    @property
    def what(self) -> str:
        return f"stack {self.name}"

    def apply(self, account: Account, tell: Tell) -> None:
        account.client("cloudformation").delete_stack(StackName=self.name)
        stack = settled(account, self.name, tell)
        if stack is not None:
            raise AwsRefused(
                f"The stack {self.name} could not be deleted: {_reason(account, self.name)}.",
                "remove the named resource by hand and run this again.",
            )
