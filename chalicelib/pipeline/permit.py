"""The permission that a remediator needs before it makes changes: no pause, consent, and a slot."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Protocol

from chalicelib.approvals.consent import ConsentGateways, demand_consent
from chalicelib.errors import AwsRefused, DdAwsError, MustWait, NotDeployed, Superseded, Unreadable
from chalicelib.exposure.parts import parts
from chalicelib.findings import Finding, Violation
from chalicelib.flapping.watch import FlappingGateways, notice_flapping
from chalicelib.journal.record import remediation_id
from chalicelib.limits.limits import Claim, Refusal, Use, closing
from chalicelib.limits.pause import Pause
from chalicelib.rules import Plan

logger = logging.getLogger(__name__)


class Controls(Protocol):
    """The pause and the limits of a stage."""

    def paused(self) -> Pause | None: ...

    def use(self, claim: Claim) -> Use | Refusal | None: ...

    def give_back(self, use: Use) -> None: ...

    def release(self, claim: Claim) -> None: ...


class PermitGateways(FlappingGateways, ConsentGateways, Protocol):
    """What a permit needs of the outside."""

    @property
    def controls(self) -> Controls: ...


class Work(Protocol):
    """One finding that a remediator fixes."""

    @property
    def has_begun(self) -> bool:
        """Whether anything was changed."""

    @property
    def is_journaled(self) -> bool:
        """Whether the stage has a journal."""

    @property
    def change_id(self) -> str:
        """The ID under which the change takes a slot."""

    def as_found(self, found: Sequence[Violation], plan: Plan) -> Finding:
        """The finding as it would be raised now."""


@dataclass
class Permit:
    """Permission to make changes for one finding; after it is given, the work that was begun may continue.

    Attributes
    ----------
    is_given : bool
        Whether the permit was given and not given back.
    """

    finding: Finding
    gateways: PermitGateways
    is_given: bool = False

    @contextmanager
    def to_change(self, work: Work, found: Sequence[Violation], plan: Plan) -> Iterator[None]:
        """A context in which a plan may close what was `found`; if AWS refuses the first change, the permit ends.

        Raises
        ------
        MustWait
            The stage is paused or at its limit; or the fix needs an approval or a grace period by the rule's mode; or
            everything that was found is flapping, and the stage leaves it open.
        Unreadable
            The pause, limits, approvals or flapping cannot be read, so nothing may be changed.
        """
        now = work.as_found(found, plan)
        use = None
        if self.is_given:
            demand_consent(now, self.gateways)
        else:
            use = self._ask(work, now)
        self.is_given = True
        try:
            yield
        except (Superseded, AwsRefused):
            if use and not work.has_begun:
                self.is_given = False
                with _missed():
                    self.gateways.controls.give_back(use)
            raise

    def _ask(self, work: Work, now: Finding) -> Use | None:
        controls = self.gateways.controls
        try:
            _demand_no_pause(controls, work)
            demand_consent(now, self.gateways)
            notice_flapping(self.finding, now.violations, self.gateways)
            use = _use(claim(now), work.change_id, controls)
        except (AwsRefused, NotDeployed) as error:
            raise Unreadable(f"the stage's pause and limits cannot be read: {error}") from error
        if isinstance(use, Refusal):
            raise MustWait(use.reason, use.seconds)
        return use


def _use(reserved: Claim, change_id: str, controls: Controls) -> Use | Refusal | None:
    """Use a slot under the change's ID, instead of the reservation under the finding's ID."""
    if change_id != reserved.remediation_id:
        controls.release(reserved)
    return controls.use(replace(reserved, remediation_id=change_id))


def _demand_no_pause(controls: Controls, work: Work) -> None:
    """MustWait while the stage is paused; Unreadable if only one of its two tables exists.

    A stage that was deployed without the tables works without them. A stage that lost one of them has lost decisions or
    records.
    """
    try:
        pause = controls.paused()
    except NotDeployed as error:
        if work.is_journaled:
            raise Unreadable(f"the approval cannot be read: {error}") from error
        return
    if pause:
        raise MustWait(f"The stage is {pause}.")
    if not work.is_journaled:
        raise Unreadable("the stage has no journal to record changes in: deploy the stage again")


def release(findings: Iterable[Finding], controls: Controls) -> None:
    """Give unused reservations back; one that cannot be given back expires."""
    for finding in findings:
        with _missed():
            controls.release(claim(finding))


def claim(finding: Finding) -> Claim:
    """The claim of a finding: a slot under its remediation's ID, for its violations."""
    closes = closing(part for violation in finding.violations for part in parts(violation))
    return Claim(remediation_id(finding), finding.raised_by_rule, "/".join(finding.resource), closes)


@contextmanager
def _missed() -> Iterator[None]:
    """Continue if a slot cannot be given back: others have one slot less until it expires."""
    try:
        yield
    except DdAwsError as error:
        logger.warning("a slot was not given back: %s", error)
