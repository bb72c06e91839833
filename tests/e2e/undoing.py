"""Undoing, as somebody does who may do just what docs/OPERATIONS.md says that it takes."""

import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox import Sandbox, SandboxError
from sandbox.demo.deployment import Deployment
from sandbox.demo.leaks import Leak
from sandbox.project import STAGE
from tests.e2e.people import create_user

MANUAL = Path(__file__).parents[2] / "docs" / "OPERATIONS.md"
HEADING = "\n## Undo a fix\n"
OPERATOR = "operator"
WISH = ("--owner", "bob", "--reason", "OPS-9", "--for", "30d", "--yes")
AT_ONCE = 2


def documented_statements() -> Sequence[Mapping[str, Any]]:
    """The manual's policy for whoever undoes, as it reads for the sandbox's stage."""
    about_undo = MANUAL.read_text().partition(HEADING)[2]
    block = about_undo.partition("```json\n")[2].partition("```")[0]
    statements: Sequence[Mapping[str, Any]] = json.loads(block.replace("dd-aws-dev-", f"dd-aws-{STAGE}-"))
    return statements


@dataclass(frozen=True)
class Undone:
    """A fix that somebody took back, or could not.

    Attributes
    ----------
    before, after : dict
        What could be read of the leak, by fact, before and after.
    printed : str
        What the command printed.
    failed : bool
        Whether it ended with an error.
    """

    leak: Leak
    remediation_id: str
    before: dict[str, str]
    after: dict[str, str]
    printed: str
    failed: bool


def operators(box: Sandbox, deployment: Deployment) -> Deployment:
    """The deployment in the hands of a new user who may undo, and no more."""
    return deployment.run_by(create_user(box, OPERATOR, documented_statements()).credentials)


def undo_all(deployment: Deployment, operator: Deployment, leaks: Iterable[Leak]) -> list[Undone]:
    """Undo the first fix of each leak."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda leak: undo(deployment, operator, leak), leaks))


def undo(deployment: Deployment, operator: Deployment, leak: Leak) -> Undone:
    """Undo the first fix of a leak."""
    history = json.loads(deployment.run("history", "--resource", leak.resource_id, "--json"))
    remediation_id = min(history, key=lambda each: each["openedAt"])["remediationId"]
    before = leak.read()
    try:
        printed, failed = operator.run("undo", remediation_id, *WISH), False
    except SandboxError as error:
        printed, failed = str(error), True
    return Undone(leak, remediation_id, before, leak.read(), printed, failed)
