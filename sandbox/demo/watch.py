"""The progress of each leak, read from the account's own records."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from rich import box
from rich.console import RenderableType
from rich.table import Table

from sandbox import Sandbox
from sandbox.demo.leaks import Leak
from sandbox.demo.probes import evaluation
from sandbox.project import STAGE

MILESTONES = ("detected", "queued", "forwarded", "fixed", "verified", "compliant")
"""Detected: AWS Config recorded the change. Queued: just before AWS Config received the evaluation result; the time is
AWS Config's. Forwarded: the coordinator sent the finding to the work queue. Fixed: IAM allowed the call that fixes.
Verified: the remediator read the resource again and reports it on Slack. Compliant: AWS Config reports COMPLIANT."""

type Moments = Iterator[tuple[str, datetime]]


class Watch:
    """The progress of each leak from planting, which begins now, to AWS Config's COMPLIANT."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._leaks: Sequence[Leak] = ()
        self._started = datetime.now(UTC)
        self._reached: dict[tuple[str, str], datetime] = {}

    def follow(self, leaks: Sequence[Leak]) -> None:
        """Watch these leaks."""
        self._leaks = leaks

    def look(self) -> None:
        """Record the milestones reached since the last call."""
        for leak in self._leaks:
            for milestone, at in (*self._evaluated(leak), *self._called(leak), *self._reported(leak)):
                self._reached.setdefault((leak.resource_id, milestone), at)

    def have_all(self, milestone: str) -> bool:
        """Whether every leak has reached the milestone."""
        return all((leak.resource_id, milestone) in self._reached for leak in self._leaks)

    def table(self, awaited: RenderableType) -> Table:
        """The timeline, in seconds since planting began; `awaited` marks the next milestone."""
        table = Table("Resource", box=box.ROUNDED, expand=True, border_style="dim")
        for milestone in MILESTONES:
            table.add_column(milestone, justify="right", no_wrap=True)
        for leak in self._leaks:
            times = [self._reached.get((leak.resource_id, milestone)) for milestone in MILESTONES]
            cells: list[RenderableType] = [self._passed(at) for at in times if at]
            cells += [awaited, *["·"] * len(times)][: len(times) - len(cells)]
            table.add_row(leak.resource_id, *cells)
        return table

    def _passed(self, at: datetime) -> str:
        return f"[green]{(at - self._started).total_seconds():.1f} s[/]"

    def _evaluated(self, leak: Leak) -> Moments:
        found = evaluation(self._sandbox, leak.resource_type, leak.resource_id)
        if found and found["ComplianceType"] == "NON_COMPLIANT":
            yield "detected", found["EvaluationResultIdentifier"]["OrderingTimestamp"]
            yield "queued", found["ResultRecordedTime"]
        elif found and found["ComplianceType"] == "COMPLIANT" and (leak.resource_id, "queued") in self._reached:
            yield "compliant", found["ResultRecordedTime"]

    def _called(self, leak: Leak) -> Moments:
        """The functions' calls, from the log of IAM's decisions."""
        work_queue = f"dd-aws-{STAGE}-{leak.remediator.replace('_', '-')}"
        for call in self._sandbox.calls():
            if call.allowed and call.role == f"dd-aws-{STAGE}-coordinator" and call.resource.endswith(f":{work_queue}"):
                if call.action == "sqs:SendMessage":
                    yield "forwarded", datetime.fromisoformat(call.at)
            elif call.allowed and call.action == leak.change and call.resource.endswith(leak.resource_id):
                yield "fixed", datetime.fromisoformat(call.at)

    def _reported(self, leak: Leak) -> Moments:
        for post in self._sandbox.slack.messages():
            if "Fixed: " in post.text and f" {leak.resource_id} " in post.text:
                yield "verified", datetime.fromisoformat(post.at)
