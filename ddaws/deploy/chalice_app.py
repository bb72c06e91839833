"""The Chalice app: its functions, their roles and their triggers. Chalice deploys it if anything has changed."""

import hashlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chalicelib.errors import NotDone
from ddaws import ledger
from ddaws.account import Account
from ddaws.deploy import chalice_command, chalice_record, event_sources, live_app
from ddaws.deploy.differences import differences
from ddaws.deploy.live_app import LiveApp
from ddaws.plan import SETTLE_SECONDS, Change, Plan, Target, Tell, Verb

PACKAGED = ("app.py", "requirements.txt", "chalicelib", "vendor")
"""The contents of the deployment package, in addition to the requirements."""


def plan(target: Target, tell: Tell) -> Plan:
    """Ask Chalice what it would deploy, and plan the changes to get there."""
    tell("asking Chalice what it would deploy")
    return plan_for(target, chalice_command.app_model(target), tell)


def plan_for(target: Target, wanted: Mapping[str, Any], tell: Tell) -> Plan:
    """Correct what Chalice cannot, and its record; run Chalice if anything differs from the last deployment."""
    tell("reading the live resources")
    live = live_app.read(target)
    corrections = tuple(event_sources.corrections(live, wanted))
    corrected = event_sources.corrected(live, wanted)
    package = digest(target.stage.project_dir, wanted)
    reasons = (*_package_reasons(ledger.read(target), package, corrected), *differences(wanted, corrected))
    changes: list[Change] = [*corrections]
    record = target.stage.chalice_record
    if not chalice_record.agrees(record, corrected):
        changes.append(chalice_record.WriteRecord(record, chalice_record.rebuilt(corrected)))
    if not reasons:
        return Plan("code, settings and policies are as deployed: Chalice skipped", tuple(changes))
    verb: Verb = "update" if live.functions else "create"
    changes += [chalice_command.RunChalice(target, verb), Complete(target, wanted, package)]
    return Plan(_in_short(reasons) if live.functions else "not deployed", tuple(changes))


def _in_short(reasons: Sequence[str]) -> str:
    return "; ".join(reasons[:3]) + (f"; and {len(reasons) - 3} more" if len(reasons) > 3 else "")


def digest(project_dir: Path, wanted: Mapping[str, Any]) -> str:
    """SHA-256 of everything that a deployment depends on: the package's files, and Chalice's model of the app.

    The model holds the stage's configuration, every role's policy, Chalice's version and the runtime.
    """
    content = hashlib.sha256(json.dumps(wanted, sort_keys=True).encode())
    for path in sorted(_packaged(project_dir)):
        content.update(f"\0{path.relative_to(project_dir)}\0".encode())
        content.update(path.read_bytes())
    return content.hexdigest()


def _packaged(project_dir: Path) -> Iterator[Path]:
    for name in PACKAGED:
        path = project_dir / name
        found = path.rglob("*") if path.is_dir() else (path,)
        yield from (file for file in found if file.is_file() and "__pycache__" not in file.parts)


def _package_reasons(last: Mapping[str, Any], package: str, live: LiveApp) -> Iterator[str]:
    if "package" not in last:
        yield "no complete deployment yet"
    elif last["package"] != package:
        yield "code or settings changed since the last deployment"
    else:
        for name, code in code_of(live).items():
            if code != last.get("codeSha256", {}).get(name):
                yield f"{name}: its code was changed by hand"


def code_of(live: LiveApp) -> dict[str, str]:
    """Lambda's digest of each function's code."""
    return {name: function["CodeSha256"] for name, function in sorted(live.functions.items())}


@dataclass(frozen=True)
class Complete:
    """Verify what Chalice has deployed, and record the deployment as complete, so that the next one can be skipped."""

    target: Target
    wanted: Mapping[str, Any]
    package: str
    verb: Verb = "update"

    @property
    def what(self) -> str:
        return f"parameter {ledger.parameter(self.target)}"

    def apply(self, account: Account, tell: Tell) -> None:
        deadline = time.monotonic() + SETTLE_SECONDS
        while True:
            tell("reading the live resources again")
            live = live_app.read(self.target)
            left = differences(self.wanted, live)
            if not left:
                break
            if time.monotonic() > deadline:
                raise NotDone(f"Chalice has finished, but {'; '.join(left)}. Deploy again, or correct this by hand.")
            time.sleep(2)
        ledger.write(self.target, package=self.package, codeSha256=code_of(live)).apply(account, tell)
