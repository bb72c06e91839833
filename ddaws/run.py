"""The executor: plans each step, applies its changes in order, and shows both."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.errors import DdAwsError
from ddaws.aws_errors import explained
from ddaws.plan import Plan, Step, Target
from ddaws.progress import Progress, Running, show
from ddaws.terminal import styled


class StepFailed(DdAwsError):
    """A step could not be brought to its end; the steps before it are done, and running again goes on from there."""

    def __init__(self, step: str, cause: Exception) -> None:
        reason = explained(cause) if isinstance(cause, BotoCoreError | ClientError) else str(cause)
        super().__init__(f"{step}: {reason}")


def run(steps: Sequence[Step], target: Target, progress: Progress) -> int:
    """Plan and apply every step, each one reading what the ones before it have done; give the number of changes."""
    changes = 0
    for step in steps:
        with _running(step, progress) as running:
            plan = step.plan(target, running.tell)
            for change in plan.changes:
                running.tell(f"{change.verb} {change.what}")
                change.apply(target.account, running.tell)
            running.finished(plan)
        changes += len(plan.changes)
    return changes


def preview(steps: Sequence[Step], target: Target, progress: Progress) -> int:
    """Show what every step would do now, and do nothing; give the number of changes."""
    plans: list[tuple[str, Plan]] = []
    for step in steps:
        with _running(step, progress) as running:
            plans.append((step.name, step.plan(target, running.tell)))
    for name, plan in plans:
        if plan.changes or plan.notes:
            progress.say(styled("bold", name))
            show(progress, plan)
    return sum(len(plan.changes) for _, plan in plans)


@contextmanager
def _running(step: Step, progress: Progress) -> Iterator[Running]:
    """Show a step while it runs, and name it where AWS refuses something."""
    with progress.step(step.name) as running:
        try:
            yield running
        except (ClientError, BotoCoreError) as error:
            raise StepFailed(step.name, error) from error
