"""The story, chapter by chapter; a chapter raises SandboxError where something is not as it should be."""

from collections.abc import Callable
from pathlib import Path

from rich.syntax import Syntax
from rich.text import Text

from chalicelib.findings import Finding
from sandbox import Sandbox, SandboxError
from sandbox.demo import planting, proof, tables
from sandbox.demo.deployment import WEBHOOK_PARAMETER, Deployment
from sandbox.demo.probes import wait_until_judged
from sandbox.demo.screen import Screen
from sandbox.demo.slack_panels import panel
from sandbox.demo.watch import Watch
from sandbox.slack.posts import Post

FIRST_TICK_SECONDS = 60
"""EventBridge counts a rate's minute from the moment that the rule is made."""
PATIENCE_SECONDS = 120


class Story:
    """The demonstration in a sandbox that is up.

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
        """The whole of it, in order."""
        self._deploy_with_auto_response_off()
        self._plant()
        self._wait_until_queued()
        self._show_what_would_be_done()
        self._turn_auto_response_on()
        self._watch_it_heal()
        self._prove_it()
        self._show_slack()

    def _deploy_with_auto_response_off(self) -> None:
        self._screen.chapter("Deploy it, with auto-response off")
        self._screen.show(f"A working copy of this project, in {self.project}: there the stage may be changed.")
        url = self._box.slack.webhook_url
        self._box.client("ssm").put_parameter(Name=WEBHOOK_PARAMETER, Type="SecureString", Value=url)
        self._screen.show(
            Text(f"$ aws ssm put-parameter --type SecureString --name {WEBHOOK_PARAMETER} --value {url}", "bold")
        )
        self._deploy()
        with self._screen.working("our rules look at what is there already"):
            wait_until_judged(self._box)

    def _deploy(self) -> None:
        command = self._deployment.command("deploy")
        self._screen.show(Text(f"$ {command}", "bold"))
        with self._screen.working(command):
            self._deployment.run("deploy", tell=self._deployed_line)

    def _deployed_line(self, line: str) -> None:
        """Of what deploy prints, its steps; the changes beneath each would fill the screen."""
        if not line.startswith(" "):
            self._screen.show(Text(line, "green" if line.startswith("✓") else "", no_wrap=True, overflow="ellipsis"))

    def _plant(self) -> None:
        self._screen.chapter("Make three mistakes, each beside something that somebody relies on", pictured=True)
        box = self._box
        with self._screen.working("planting"):
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
        self._screen.chapter("AWS Config notices, our rules judge, the problems are queued")
        self._wait_for("queued", "AWS Config looks every second, here", 10)
        self._before = proof.readings(self._box, self._leaks)

    def _show_what_would_be_done(self) -> None:
        self._screen.chapter("See what would be done", pictured=True)
        self._screen.show(Text(f"$ {self._deployment.command('pending')}", "bold"))
        with self._screen.working("looking into the remediation queue"):
            found = [Finding.from_json(message["finding"]) for message in self._deployment.pending()]
        findings = {finding.target_resource_id: finding for finding in found}
        missing = [leak.resource_id for leak in self._leaks if leak.resource_id not in findings]
        if missing:
            raise SandboxError(f"Not in the remediation queue: {', '.join(missing)}")
        self._screen.show(tables.required(findings[leak.resource_id] for leak in self._leaks))
        if schedules := self._schedules():
            raise SandboxError(f"Auto-response is off, and yet EventBridge has a schedule: {', '.join(schedules)}")
        self._screen.show("Auto-response is off: EventBridge has no schedule, and nobody touches anything. It waits.")

    def _turn_auto_response_on(self) -> None:
        self._screen.chapter("Turn auto-response on: edit the stage's configuration, and deploy again")
        changes = "\n".join(self._deployment.set_auto_response("true"))
        self._screen.show(Syntax(changes, "diff", theme="ansi_dark", background_color="default"))
        self._deploy()
        self._screen.show(f"EventBridge now invokes the coordinator: {', '.join(self._schedules()) or 'never'}")

    def _schedules(self) -> list[str]:
        rules = self._box.client("events").list_rules()["Rules"]
        return [rule["ScheduleExpression"] for rule in rules if rule.get("ScheduleExpression")]

    def _watch_it_heal(self) -> None:
        self._screen.chapter("Watch it heal", pictured=True)
        self._wait_for(
            "compliant", "the coordinator's first tick comes a minute after its schedule was made", FIRST_TICK_SECONDS
        )

    def _prove_it(self) -> None:
        self._screen.chapter("Prove it", pictured=True)
        after = proof.readings(self._box, self._leaks)
        all_proofs = proof.proofs(self._leaks, self._before, after)
        self._screen.show(tables.proven(all_proofs))
        proof.demand(all_proofs)

    def _show_slack(self) -> None:
        self._screen.chapter("What the Slack channel got")
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
