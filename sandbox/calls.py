"""The record of every call that the sandbox's IAM decided on, for tests that compare policies with what is called."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True)
class Call:
    """One action that a user or role asked for. Root's calls are not recorded: no policy applies to them.

    Attributes
    ----------
    at : str
        When, ISO 8601 in UTC.
    principal : str
        The caller's ARN: ``arn:aws:sts::000000000000:assumed-role/<role>/<session>``.
    action : str
        As policies name it: ``s3:GetBucketAcl``.
    resource : str
        The ARN the action was decided for; ``*`` where the action has none.
    allowed : bool
        What IAM said.
    """

    at: str
    principal: str
    action: str
    resource: str
    allowed: bool

    @property
    def role(self) -> str:
        """The name of the caller's role; empty where it is none."""
        kind, _, rest = self.principal.rpartition(":")[2].partition("/")
        return rest.split("/")[0] if kind in ("assumed-role", "role") else ""


def append(file: Path, principal: str, action: str, resource: str, *, allowed: bool) -> None:
    """Record one decision, made now."""
    call = Call(datetime.now(UTC).isoformat(), principal, action, resource, allowed)
    with file.open("a") as lines:
        lines.write(json.dumps(asdict(call)) + "\n")


def read(file: Path) -> Iterator[Call]:
    """The recorded calls, oldest first."""
    for line in file.read_text().splitlines():
        yield Call(**json.loads(line))
