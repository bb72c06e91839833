"""The executor: plans each step, applies its changes in order, and shows both."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.errors import DdAwsError
from ddaws.aws_errors import explained
from ddaws.plan import Change, Plan, Step, Target
from ddaws.progress import Progress, Running, show
from ddaws.terminal import styled


class StepFailed(DdAwsError):
    """A step could not be completed. The steps before it are done; another run continues from there."""

    def __init__(self, step: str, cause: object) -> None:
        super().__init__(f"{step}: {_reason(cause)}")


def _reason(cause: object) -> str:
    return explained(cause) if isinstance(cause, BotoCoreError | ClientError) else str(cause)


def run(steps: Sequence[Step], target: Target, progress: Progress) -> int:
    """Plan and apply every step; each one reads the results of the steps before it.

    Returns
    -------
    int
        The number of changes.

    Raises
    ------
    StepFailed
        AWS refused a change. If the plan's changes are independent, the step's other changes are made first.
    """
    changes = 0
    for step in steps:
        with _running(step, progress) as running:
            plan = step.plan(target, running.tell)
            failures = _apply(plan, target, running)
            failed = [id(change) for change, _ in failures]
            running.finished(replace(plan, changes=tuple(each for each in plan.changes if id(each) not in failed)))
            if failures:
                raise StepFailed(step.name, _failures_text(failures, len(plan.changes)))
        changes += len(plan.changes)
    return changes


def _apply(plan: Plan, target: Target, running: Running) -> list[tuple[Change, Exception]]:
    """Make a plan's changes in order; if they are independent, return those that failed with their errors."""
    failures: list[tuple[Change, Exception]] = []
    for change in plan.changes:
        running.tell(f"{change.verb} {change.what}")
        try:
            change.apply(target.account, running.tell)
        except (ClientError, BotoCoreError, DdAwsError) as error:
            if not plan.independent:
                raise
            failures.append((change, error))
    return failures


def _failures_text(failures: Sequence[tuple[Change, Exception]], changes: int) -> str:
    """The failures, one a line."""
    lines = "".join(f"\n{change.verb} {change.what}: {_reason(error)}" for change, error in failures)
    return f"{len(failures)} of {changes} changes failed:{lines}"


def preview(steps: Sequence[Step], target: Target, progress: Progress) -> int:
    """Show what every step would do now without doing it; return the number of changes."""
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
    """Show a step while it runs, and name it in errors."""
    with progress.step(step.name) as running:
        try:
            yield running
        except (ClientError, BotoCoreError) as error:
            raise StepFailed(step.name, error) from error
