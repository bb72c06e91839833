"""The commands that messages show. Each can be pasted into a shell."""

from typing import LiteralString

from chalicelib.slack.messages.text import Mrkdwn, command

_WHY_IT_STAYS = "why it has to stay open"


def approve(hold_id: str, stage: str) -> Mrkdwn:
    """Fix a finding that waits."""
    return _about("approve", hold_id, "--stage", stage)


def reject(hold_id: str, stage: str) -> Mrkdwn:
    """Reject the fix of a finding that waits."""
    return _about("reject", hold_id, "--stage", stage, "--reason", _WHY_IT_STAYS)


def undo(remediation_id: str, stage: str) -> Mrkdwn:
    """Restore what a remediation removed."""
    return _about("undo", remediation_id, "--stage", stage, "--reason", _WHY_IT_STAYS)


def resume(stage: str, resource: str = "") -> Mrkdwn:
    """Resume a stage, or one resource."""
    return command("resume", "--stage", stage, *(("--resource", resource) if resource else ()))


def pending(stage: str) -> Mrkdwn:
    """List the findings that wait in the remediation queue."""
    return command("pending", "--stage", stage)


def pause(stage: str) -> Mrkdwn:
    """Pause a stage."""
    return command("pause", "--stage", stage, "--reason", "why it is paused")


def _about(verb: LiteralString, id_: str, *options: str) -> Mrkdwn:
    """A command with an ID, written so that no parser reads the ID as an option."""
    return command(verb, *options, "--", id_) if id_.startswith("-") else command(verb, id_, *options)
