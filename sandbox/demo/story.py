"""The story, chapter by chapter. A chapter raises SandboxError when a check fails."""

from collections.abc import Callable
from pathlib import Path

from rich.syntax import Syntax
from rich.text import Text

from chalicelib.findings import Finding
from sandbox import Sandbox, SandboxError
from sandbox.demo import planting, proof, tables
from sandbox.demo.deployment import WEBHOOK_PARAMETER, Deployment
from sandbox.demo.probes import wait_until_evaluated
from sandbox.demo.screen import Screen
from sandbox.demo.slack_panels import panel
from sandbox.demo.watch import Watch
from sandbox.slack.posts import Post

FIRST_TICK_SECONDS = 60
"""EventBridge counts the minute of a rate expression from the creation of the rule."""
PATIENCE_SECONDS = 120


class Story:
    """The demonstration in a running sandbox.

    Parameters
    ----------
    folder : Path
        Where the working copy of the project goes.
    """

    def __init__(self, box: Sandbox, folder: Path, screen: Screen) -> None:
        self._box = box
        self._screen = screen
        self._deployment = Deployment(box, folder)

    @property
    def project(self) -> Path:
        return self._deployment.project

    def tell(self) -> None:
        """Run every chapter in order."""
        self._deploy_with_auto_response_off()
        self._plant()
        self._wait_until_queued()
        self._show_planned_fixes()
        self._turn_auto_response_on()
        self._watch_the_fixes()
        self._verify()
        self._show_slack()

    def _deploy_with_auto_response_off(self) -> None:
        self._screen.chapter("Deploy dd-aws with auto-response off")
        self._screen.show(f"The demo deploys a copy of this project: {self.project}")
        url = self._box.slack.webhook_url
        self._box.client("ssm").put_parameter(Name=WEBHOOK_PARAMETER, Type="SecureString", Value=url)
        self._screen.show(
            Text(f"$ aws ssm put-parameter --type SecureString --name {WEBHOOK_PARAMETER} --value {url}", "bold")
        )
        self._deploy()
        with self._screen.working("the rules evaluate the existing resources"):
            wait_until_evaluated(self._box)

    def _deploy(self) -> None:
        command = self._deployment.command("deploy")
        self._screen.show(Text(f"$ {command}", "bold"))
        with self._screen.working(command):
            self._deployment.run("deploy", tell=self._deployed_line)

    def _deployed_line(self, line: str) -> None:
        """Show only the steps that deploy prints: their changes would fill the screen."""
        if not line.startswith(" "):
            self._screen.show(Text(line, "green" if line.startswith("✓") else "", no_wrap=True, overflow="ellipsis"))

    def _plant(self) -> None:
        self._screen.chapter("Make three common mistakes next to access that people need", pictured=True)
        box = self._box
        with self._screen.working("creating the resources"):
            self._watch = Watch(box)
            self._leaks = (
                planting.group_open_to_ssh(box, "web-servers"),
                planting.bucket_with_public_policy(box, "acme-reports"),
                planting.bucket_with_public_acl(box, "acme-downloads"),
            )
            self._watch.follow(self._leaks)
            now = proof.readings(box, self._leaks)
        self._screen.show(tables.planted(self._leaks, now))
        proof.demand_leaking(self._leaks, now)

    def _wait_until_queued(self) -> None:
        self._screen.chapter("AWS Config records the changes, the rules evaluate them, the findings are queued")
        self._wait_for("queued", "the sandbox's AWS Config records changes every second", 10)
        self._before = proof.readings(self._box, self._leaks)

    def _show_planned_fixes(self) -> None:
        self._screen.chapter("Review the fixes before any is made", pictured=True)
        self._screen.show(Text(f"$ {self._deployment.command('pending')}", "bold"))
        with self._screen.working("reading the remediation queue"):
            found = [Finding.from_json(message["finding"]) for message in self._deployment.pending()]
        findings = {finding.target_resource_id: finding for finding in found}
        missing = [leak.resource_id for leak in self._leaks if leak.resource_id not in findings]
        if missing:
            raise SandboxError(f"Not in the remediation queue: {', '.join(missing)}")
        self._screen.show(tables.required(findings[leak.resource_id] for leak in self._leaks))
        if schedules := self._schedules():
            raise SandboxError(f"Auto-response is off, but EventBridge has a schedule: {', '.join(schedules)}")
        self._screen.show(
            "Auto-response is off: EventBridge has no schedule, nothing is changed, and the findings wait."
        )

    def _turn_auto_response_on(self) -> None:
        self._screen.chapter("Turn auto-response on: edit the stage's configuration and deploy again")
        changes = "\n".join(self._deployment.set_auto_response("true"))
        self._screen.show(Syntax(changes, "diff", theme="ansi_dark", background_color="default"))
        self._deploy()
        self._screen.show(f"EventBridge now invokes the coordinator: {', '.join(self._schedules()) or 'never'}")

    def _schedules(self) -> list[str]:
        rules = self._box.client("events").list_rules()["Rules"]
        return [rule["ScheduleExpression"] for rule in rules if rule.get("ScheduleExpression")]

    def _watch_the_fixes(self) -> None:
        self._screen.chapter("Watch dd-aws fix them", pictured=True)
        self._wait_for(
            "compliant", "the coordinator first runs one minute after its schedule is created", FIRST_TICK_SECONDS
        )

    def _verify(self) -> None:
        self._screen.chapter("Verify the result", pictured=True)
        after = proof.readings(self._box, self._leaks)
        all_proofs = proof.proofs(self._leaks, self._before, after)
        self._screen.show(tables.proven(all_proofs))
        proof.demand(all_proofs)

    def _show_slack(self) -> None:
        self._screen.chapter("Read the messages in Slack")
        with self._screen.working("waiting for the last message"):
            for leak in self._leaks:
                self._box.slack.wait_for(_says("Fixed: ", leak.resource_id))
        self._screen.show(*map(panel, self._box.slack.messages()))

    def _wait_for(self, milestone: str, what: str, expected_seconds: float) -> None:
        self._screen.wait(
            self._watch.look,
            lambda: self._watch.have_all(milestone),
            self._watch.table,
            what=what,
            expected_seconds=expected_seconds,
            seconds=expected_seconds + PATIENCE_SECONDS,
        )


def _says(words: str, resource_id: str) -> Callable[[Post], bool]:
    return lambda post: words in post.text and f" {resource_id} " in post.text
