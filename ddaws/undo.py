"""Undoing a remediation: restore exactly what it removed, unless the resource has changed since, and exempt it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from chalicelib.errors import AwsRefused, BadInput, NotDone
from chalicelib.journal.record import Record, undo_id
from chalicelib.resources import Resource
from chalicelib.rules import live
from chalicelib.rules.taken import lacking
from chalicelib.rules.undo import Drift, Undo
from chalicelib.undo import FACTS, undo
from ddaws import undo_calls, undo_exemptions
from ddaws.pending import as_lines
from ddaws.plan import Target
from ddaws.progress import Progress
from ddaws.show import journal, record
from ddaws.terminal import styled

type Confirm = Callable[[str], object]


@dataclass(frozen=True)
class Wish:
    """What to undo, and how.

    Attributes
    ----------
    owner, reason : str
        The owner of the exemption, and the reason for the undo.
    lasts : timedelta
        How long the resource stays exempt from the rule.
    is_forced : bool
        Whether to undo even if the resource has changed since the remediation, or a call was never confirmed.
    """

    remediation_id: str
    owner: str
    reason: str
    lasts: timedelta
    is_dry: bool = False
    is_forced: bool = False


def carry_out(wish: Wish, target: Target, progress: Progress, confirm: Confirm) -> None:
    """Show what the undo restores, ask with `confirm`, and undo a remediation.

    Raises
    ------
    BadInput
        The remediation does not exist here, or the question has no answer.
    NotDone
        The resource has changed since the remediation, and nothing was changed; or the undo was made but cannot be
        verified yet.
    AwsRefused
        AWS cannot restore it, and nothing was changed; or AWS refused one of several calls, as the message says.
    """
    found = record(target, wish.remediation_id)
    begun = _begun(found, target)
    if found.undone_by or (begun and begun.closing):
        progress.say(f"{found.remediation_id} was undone already. Nothing is changed now, and --reason is not stored.")
        if not wish.is_dry:
            undo_calls.finish(found, begun, target, progress)
        return
    now = _live(found, target)
    work = _possible(found, undo(found, now, is_resumed=begun is not None), wish, progress)
    if now is None or (not work.plan.calls and begun is None):
        progress.say("Nothing is left to restore.")
        return
    if wish.is_dry:
        return
    if work.plan.calls:
        lasts = f"The resource is open again and exempt for {wish.lasts.total_seconds() / 86400:g} days"
        confirm(f"Restore the settings above in account {target.account.account_id}? {lasts}.")
    exemptions = undo_exemptions.grant(found, now, work, wish.owner, wish.reason, wish.lasts, target, progress)
    undo_calls.carry_out(found, now, work, exemptions, wish.owner, wish.reason, target, progress)


def _begun(found: Record, target: Target) -> Record | None:
    """The record of the remediation's undo, if one was begun."""
    finding = found.opening.finding
    if found.opening.undoes:
        raise BadInput("ID", found.remediation_id, "a remediation; an undo ends with its exemption (exempt remove)")
    if (finding.aws_account_id, finding.aws_region) != (target.account.account_id, target.account.region):
        raise BadInput(
            "AWS credentials",
            f"{target.account.account_id} {target.account.region}",
            f"those of {finding.aws_account_id} in {finding.aws_region}, where {found.remediation_id} was made",
        )
    return journal(target).read(undo_id(found.remediation_id))


def _live(found: Record, target: Target) -> Resource | None:
    """The resource as it is now, with all facts that an undo needs."""
    finding = found.opening.finding
    reader = live.reader(finding.target_resource_type, target.account.account_id, target.account.region)
    resource = reader.get(finding.target_resource_id)
    return live.with_facts(resource, FACTS[type(resource)] | lacking(resource)) if resource else None


def _possible(found: Record, result: Undo | Drift, wish: Wish, progress: Progress) -> Undo:
    """Show the undo and all doubts about it, and return the undo if it is possible."""
    work = result.anyway if isinstance(result, Drift) else result
    doubts = list(_doubts(found, result))
    for doubt in doubts:
        progress.say(styled("yellow", "!"), f" {doubt}")
    _show(work, progress)
    if work.plan.obstacles:
        obstacle = work.plan.obstacles[0]
        raise AwsRefused(" ".join(each.reason for each in work.plan.obstacles), obstacle.next_step)
    if doubts and not (wish.is_dry or wish.is_forced):
        raise NotDone("Nothing was changed. With --force, undo restores what it still can, after asking you.")
    return work


def _doubts(found: Record, result: Undo | Drift) -> list[str]:
    """Reasons to check the resource before the undo."""
    told = list(result.changed) if isinstance(result, Drift) else []
    if found.closing is None:
        told.append("The remediation is not finished: it may still be in progress.")
    told += [
        f"{each.call.service}:{each.call.action} at {each.attempted_at} was never confirmed: perhaps made by others"
        for each in found.unconfirmed
    ]
    return told


def _show(work: Undo, progress: Progress) -> None:
    for sign, style, lines in (("+", "green", work.back), ("-", "red", work.gone)):
        for line in lines:
            progress.say(styled(style, sign), f" {line}")
    for call in work.plan.calls:
        for line in as_lines(call):
            progress.say(styled("dim", line))
    for note in work.plan.notes:
        progress.say(note)
