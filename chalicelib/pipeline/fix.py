"""Read the live resource, plan with the rule's own predicate, apply just that, and read again to prove it."""

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
"""How often one delivery plans: once more where someone was faster."""
WAITS = "The rest waits, and is fixed as soon as changes are allowed."
BACKOFF = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 14.5)
"""Seconds before each reading that verifies: 30 in all. EC2's API is eventually consistent."""


@dataclass(frozen=True)
class Fix:
    """How it ended.

    Attributes
    ----------
    removed, added : tuple of str
        The difference that it made, in the rule's own lines.
    notes : tuple of str
        What else it brought about.
    left : tuple of str
        What is still non-compliant, in words.
    obstacles : tuple of Obstacle
        Why some of that cannot be fixed; empty: another try may do it.
    after : SecurityGroup, Bucket or None
        The resource as it was read last.
    closed : tuple of Violation
        What was non-compliant before, and is no longer.
    beside : Finding or None
        What was found, where some of it was left alone, since nobody has let it go on.
    hold : MustWait or None
        Why the rest has to wait, where a part was done before that came up.
    fixed_by : str
        The id of the remediation of this stage that has made it compliant, where another one has.
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
    beside: Finding | None = None
    fixed_by: str = ""


def fix(finding: Finding, rule: Rule, gateways: FixGateways, logbook: Logbook) -> Fix:
    """Fix what `rule` finds now about the resource that `finding` names; what the finding says counts for nothing.

    The rule's parameters are those that AWS Config has now. The logbook says what earlier deliveries of the finding
    have done: that counts, too.

    Raises
    ------
    NotDone
        Nothing is fixed, or proven to be; or it cannot be read what is exempt. Another try may do it.
    MustWait
        Something could be fixed, and must not be now: nothing has been changed. (If something has, `Fix.hold` says so.)
    AwsRefused
        AWS refuses the change for good, and nothing is fixed.
    BadInput
        AWS Config has no such rule of ours, or its parameters cannot be right: nothing has been changed.
    """
    texts = rule_parameters(finding, rule, gateways, "message.messageBody")
    case = Case(finding, rule, rule.parameters(texts), texts, gateways, logbook)
    live = case.read()
    case.exempt(live)
    case.leave_undecided(live)
    found = case.found(live)
    before = case.resume(live)
    try:
        before, after, plan, outrun = _carried_through(case, before, live)
        status, hold = _status(case, before, after, plan, outrun), None
    except MustWait as error:
        if not case.made:
            raise
        after, plan = case.read(), Plan(obstacles=(Obstacle(str(error), WAITS),))
        status, hold = Status.PARTIALLY_FIXED, error
    done = _told(case, before, after, plan, Fix(status, hold=hold))
    is_untouched = status in (Status.SUPERSEDED, Status.ALREADY_COMPLIANT)
    if is_untouched and not done.notes and (ours := case.fixed_by_another(found)):
        return replace(done, status=Status.ALREADY_COMPLIANT, fixed_by=ours)
    return done


def _told(case: Case, before: Resource | None, after: Resource | None, plan: Plan, done: Fix) -> Fix:
    """With what was done, and what is left."""
    left = case.reasons(after)
    done = replace(
        done, beside=case.beside, left=left, obstacles=plan.obstacles if left else (), notes=case.told, after=after
    )
    if not case.made:
        return done
    if after is None:
        calls = ", ".join(f"{call.service}:{call.action}" for call in case.made)
        return replace(done, notes=(*plan.notes, *case.told, f"Made before the resource was deleted: {calls}."))
    old, new = case.lines(before), case.lines(after)
    found = case.found(after)
    return replace(
        done,
        removed=tuple(line for line in old if line not in new),
        added=tuple(line for line in new if line not in old),
        notes=(*plan.notes, *case.told),
        closed=tuple(each for each in case.found(before) if each not in found),
    )


def _carried_through(
    case: Case, before: Resource | None, live: Resource | None
) -> tuple[Resource | None, Resource | None, Plan, bool]:
    """Plan and apply; the resource before and afterwards, the last plan, and whether somebody else was faster."""
    after, plan, outrun = live, Plan(), False
    permit = Permit(case.finding, case.gateways)
    for _ in range(PLANS):
        try:
            seen = case.prepared(after)
            plan = case.planned(seen)
            if not seen or not plan.calls:
                case.mention_what_stays(after)
                break
            with permit.to_change(case, case.found(seen), plan):
                case.apply(plan, seen)
        except Superseded:
            outrun, after = True, case.read()
            if case.taken_back:  # what a reading shows may not be the latest: leave the rest to the next delivery
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
    return before, after, plan, outrun


def _cut_short(error: AwsRefused | NotDone, case: Case, before: Resource | None, after: Resource | None) -> Plan:
    """What a call that failed adds to a plan of which a part is done: what is done has to be told.

    It is raised where nothing came of that part; and where nothing is left, so that a refusal means something else.
    """
    left = case.reasons(after)
    if isinstance(error, AwsRefused) and left:
        return Plan(obstacles=(Obstacle(error.reason, error.next_step),))
    if isinstance(error, AwsRefused) or left == case.reasons(before):
        raise error
    logger.warning("only a part is done: %s", error)
    return Plan()


def _verified(case: Case, plan: Plan) -> Resource | None:
    """The resource as it is once nothing is left that is non-compliant, or after half a minute of waiting for that.

    Where obstacles keep `plan` from closing everything, all is done once there is nothing left that could be.
    """
    resource = None
    for delay in BACKOFF:
        case.gateways.pause(delay)
        resource = case.read()
        if not case.reasons(resource) or (plan.obstacles and not case.planned(case.prepared(resource)).calls):
            break
    return resource


def _status(case: Case, before: Resource | None, after: Resource | None, plan: Plan, outrun: bool) -> Status:
    if after is None:
        return Status.GONE
    left = case.reasons(after)
    if not left:
        if case.made:
            return Status.UNCONFIRMED if case.logbook.is_unconfirmed else Status.FIXED
        return Status.SUPERSEDED if outrun else Status.ALREADY_COMPLIANT
    if case.made and left != case.reasons(before):
        return Status.PARTIALLY_FIXED
    if plan.obstacles:
        return Status.FAILED
    raise NotDone(f"still not compliant: {'; '.join(left)}")
