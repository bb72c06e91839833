"""Undoing a remediation: put back exactly what it took away, if nothing has changed since, and so that it stays."""

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
from ddaws.pending import in_words
from ddaws.plan import Target
from ddaws.progress import Progress
from ddaws.show import journal, record
from ddaws.terminal import styled

type Confirm = Callable[[str], object]


@dataclass(frozen=True)
class Wish:
    """What is to be undone, and how.

    Attributes
    ----------
    owner, reason : str
        Who answers for it, and why.
    lasts : timedelta
        How long it stays exempt from the rule.
    is_forced : bool
        Whether to go on where something is no longer as the remediation left it, or was never confirmed.
    """

    remediation_id: str
    owner: str
    reason: str
    lasts: timedelta
    is_dry: bool = False
    is_forced: bool = False


def carry_out(wish: Wish, target: Target, progress: Progress, confirm: Confirm) -> None:
    """Show what would come back, ask with `confirm`, and undo a remediation.

    Raises
    ------
    BadInput
        There is no such remediation here, or nobody can be asked.
    NotDone
        Something is no longer as the remediation left it, and nothing was changed; or it was changed, and cannot be
        verified yet.
    AwsRefused
        AWS does not take it back, and nothing was changed; or a call was refused in the middle, which is told.
    """
    found = record(target, wish.remediation_id)
    begun = _begun(found, target)
    if found.undone_by or (begun and begun.closing):
        progress.say(f"{found.remediation_id} was undone already: nothing is changed now, and --reason does not count.")
        if not wish.is_dry:
            undo_calls.finish(found, begun, target, progress)
        return
    now = _live(found, target)
    work = _possible(found, undo(found, now, is_resumed=begun is not None), wish, progress)
    if now is None or (not work.plan.calls and begun is None):
        progress.say("Nothing is left to be put back.")
        return
    if wish.is_dry:
        return
    if work.plan.calls:
        lasts = f"it is open again, and exempt for {wish.lasts.total_seconds() / 86400:g} days"
        confirm(f"Put back what is listed above, in account {target.account.account_id}? Then {lasts}.")
    exemptions = undo_exemptions.grant(found, now, work, wish.owner, wish.reason, wish.lasts, target, progress)
    undo_calls.carry_out(found, now, work, exemptions, wish.owner, wish.reason, target, progress)


def _begun(found: Record, target: Target) -> Record | None:
    """The undo of the remediation, as far as it has come."""
    finding = found.opening.finding
    if found.opening.undoes:
        raise BadInput("ID", found.remediation_id, "a remediation; an undo ends with its exemption (exempt remove)")
    if (finding.aws_account_id, finding.aws_region) != (target.account.account_id, target.account.region):
        raise BadInput(
            "AWS credentials",
            f"{target.account.account_id} {target.account.region}",
            f"those of {finding.aws_account_id} in {finding.aws_region}, where {found.remediation_id} was",
        )
    return journal(target).read(undo_id(found.remediation_id))


def _live(found: Record, target: Target) -> Resource | None:
    """The resource as it is now, with all that it takes to put something back."""
    finding = found.opening.finding
    reader = live.reader(finding.target_resource_type, target.account.account_id, target.account.region)
    resource = reader.get(finding.target_resource_id)
    return live.with_facts(resource, FACTS[type(resource)] | lacking(resource)) if resource else None


def _possible(found: Record, result: Undo | Drift, wish: Wish, progress: Progress) -> Undo:
    """The undo, once it and everything that stands against it are shown."""
    work = result.anyway if isinstance(result, Drift) else result
    doubts = list(_doubts(found, result))
    for doubt in doubts:
        progress.say(styled("yellow", "!"), f" {doubt}")
    _show(work, progress)
    if work.plan.obstacles:
        obstacle = work.plan.obstacles[0]
        raise AwsRefused(" ".join(each.reason for each in work.plan.obstacles), obstacle.next_step)
    if doubts and not (wish.is_dry or wish.is_forced):
        raise NotDone("Nothing was changed. With --force, undo puts back what still can be, once you agree.")
    return work


def _doubts(found: Record, result: Undo | Drift) -> list[str]:
    """Why a person should look first."""
    told = list(result.changed) if isinstance(result, Drift) else []
    if found.closing is None:
        told.append("The remediation is not finished: it may still be going on.")
    told += [
        f"{each.call.service}:{each.call.action} at {each.attempted_at} was never confirmed: it may not have been us."
        for each in found.unconfirmed
    ]
    return told


def _show(work: Undo, progress: Progress) -> None:
    for sign, style, lines in (("+", "green", work.back), ("-", "red", work.gone)):
        for line in lines:
            progress.say(styled(style, sign), f" {line}")
    for call in work.plan.calls:
        for line in in_words(call):
            progress.say(styled("dim", line))
    for note in work.plan.notes:
        progress.say(note)
