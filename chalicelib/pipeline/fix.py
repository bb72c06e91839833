"""Fix a resource: read it, plan by the rule, apply only the plan, and read it again to verify."""

import logging
from dataclasses import dataclass, replace

from chalicelib.errors import AwsRefused, MustWait, NotDone, Superseded
from chalicelib.findings import Finding, Violation
from chalicelib.notify import Status
from chalicelib.pipeline.fix_case import Case, FixGateways
from chalicelib.pipeline.intake import rule_parameters
from chalicelib.pipeline.logbook import Logbook
from chalicelib.pipeline.permit import Permit
from chalicelib.resources import Resource
from chalicelib.rules import Obstacle, Plan, Rule

logger = logging.getLogger(__name__)

PLANS = 2
"""The maximum number of plans of one delivery: a second one if somebody else changed the resource first."""
WAITS = "The rest waits and is fixed as soon as changes are allowed."
BACKOFF = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 14.5)
"""Seconds before each reading that verifies: 30 in all. EC2's API is eventually consistent."""


@dataclass(frozen=True)
class Fix:
    """The result of a fix.

    Attributes
    ----------
    removed, added : tuple of str
        The lines of the rule's description of the resource that the fix removed and added.
    notes : tuple of str
        Other effects, for people.
    left : tuple of str
        The violations that are left, in words.
    obstacles : tuple of Obstacle
        Why some of these cannot be fixed; empty if another try may fix them.
    after : SecurityGroup, Bucket or None
        The resource at the last reading.
    closed : tuple of Violation
        The violations that were closed.
    undecided : Finding or None
        All that was found, if some of it was left alone for lack of a decision.
    hold : MustWait or None
        Why the rest must wait, if a part was already done.
    fixed_by : str
        The ID of the remediation of this stage that made the resource compliant, if another one did.
    """

    status: Status
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()
    after: Resource | None = None
    closed: tuple[Violation, ...] = ()
    hold: MustWait | None = None
    undecided: Finding | None = None
    fixed_by: str = ""


def fix(finding: Finding, rule: Rule, gateways: FixGateways, logbook: Logbook) -> Fix:
    """Fix what `rule` finds now about the resource of `finding`; the finding's violations and steps are not used.

    The rule's parameters are those that AWS Config has now. The changes of earlier deliveries, in the logbook, count as
    changes of this fix.

    Raises
    ------
    NotDone
        Nothing is fixed, or the fix is not verified, or the exemptions cannot be read. Another try may succeed.
    MustWait
        A fix is not allowed now, and nothing has been changed. (If something has, see `Fix.hold`.)
    AwsRefused
        AWS refuses the change permanently, and nothing is fixed.
    BadInput
        AWS Config has no such rule of ours, or its parameters are invalid: nothing has been changed.
    """
    texts = rule_parameters(finding, rule, gateways, "message.messageBody")
    case = Case(finding, rule, rule.parameters(texts), texts, gateways, logbook)
    live = case.read()
    case.exempt(live)
    case.leave_undecided(live)
    found = case.found(live)
    before = case.resume(live)
    try:
        before, after, plan, was_superseded = _applied(case, before, live)
        status, hold = _status(case, before, after, plan, was_superseded), None
    except MustWait as error:
        if not case.made:
            raise
        after, plan = case.read(), Plan(obstacles=(Obstacle(str(error), WAITS),))
        status, hold = Status.PARTIALLY_FIXED, error
    done = _with_report(case, before, after, plan, Fix(status, hold=hold))
    is_untouched = status in (Status.SUPERSEDED, Status.ALREADY_COMPLIANT)
    if is_untouched and not done.notes and (ours := case.fixed_by_another(found)):
        return replace(done, status=Status.ALREADY_COMPLIANT, fixed_by=ours)
    return done


def _with_report(case: Case, before: Resource | None, after: Resource | None, plan: Plan, done: Fix) -> Fix:
    """`done` with the changes that were made and the violations that are left."""
    left = case.reasons(after)
    done = replace(
        done,
        undecided=case.undecided,
        left=left,
        obstacles=plan.obstacles if left else (),
        notes=case.all_notes,
        after=after,
    )
    if not case.made:
        return done
    if after is None:
        calls = ", ".join(f"{call.service}:{call.action}" for call in case.made)
        return replace(done, notes=(*plan.notes, *case.all_notes, f"Made before the resource was deleted: {calls}."))
    old, new = case.lines(before), case.lines(after)
    found = case.found(after)
    return replace(
        done,
        removed=tuple(line for line in old if line not in new),
        added=tuple(line for line in new if line not in old),
        notes=(*plan.notes, *case.all_notes),
        closed=tuple(each for each in case.found(before) if each not in found),
    )


def _applied(
    case: Case, before: Resource | None, live: Resource | None
) -> tuple[Resource | None, Resource | None, Plan, bool]:
    """Plan and apply; the resource before and after, the last plan, and whether somebody else changed it first."""
    after, plan, was_superseded = live, Plan(), False
    permit = Permit(case.finding, case.gateways)
    for _ in range(PLANS):
        try:
            seen = case.prepared(after)
            plan = case.planned(seen)
            if not seen or not plan.calls:
                case.note_restored_rules(after)
                break
            with permit.to_change(case, case.found(seen), plan):
                case.apply(plan, seen)
        except Superseded:
            was_superseded, after = True, case.read()
            if case.taken_back:  # a reading may be stale: leave the rest to the next delivery
                break
            case.exempt(after)
            before = before if case.made else after
        except (AwsRefused, NotDone) as error:
            if not case.made:
                raise
            after = case.read()
            plan += _cut_short(error, case, before, after)
            break
        else:
            after = _verified(case, plan)
            break
    return before, after, plan, was_superseded


def _cut_short(error: AwsRefused | NotDone, case: Case, before: Resource | None, after: Resource | None) -> Plan:
    """What a failed call adds to a partly applied plan, so that the part that is done is reported.

    The error is raised if that part closed nothing, or if AWS refused a call although no violation is left.
    """
    left = case.reasons(after)
    if isinstance(error, AwsRefused) and left:
        return Plan(obstacles=(Obstacle(error.reason, error.next_step),))
    if isinstance(error, AwsRefused) or left == case.reasons(before):
        raise error
    logger.warning("only a part of the plan was applied: %s", error)
    return Plan()


def _verified(case: Case, plan: Plan) -> Resource | None:
    """The resource once it is compliant, or after half a minute.

    If obstacles keep `plan` from closing every violation, the resource once no violation is left that can be closed.
    """
    resource = None
    for delay in BACKOFF:
        case.gateways.pause(delay)
        resource = case.read()
        if not case.reasons(resource) or (plan.obstacles and not case.planned(case.prepared(resource)).calls):
            break
    return resource


def _status(case: Case, before: Resource | None, after: Resource | None, plan: Plan, was_superseded: bool) -> Status:
    if after is None:
        return Status.GONE
    left = case.reasons(after)
    if not left:
        if case.made:
            return Status.UNCONFIRMED if case.logbook.is_unconfirmed else Status.FIXED
        return Status.SUPERSEDED if was_superseded else Status.ALREADY_COMPLIANT
    if case.made and left != case.reasons(before):
        return Status.PARTIALLY_FIXED
    if plan.obstacles:
        return Status.FAILED
    raise NotDone(f"still not compliant: {'; '.join(left)}")
