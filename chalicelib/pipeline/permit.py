"""What a remediator asks just before it changes anything: whether it may, and whether there is a slot for it."""

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
    """What holds a stage up."""

    def paused(self) -> Pause | None: ...

    def use(self, claim: Claim) -> Use | Refusal | None: ...

    def give_back(self, use: Use) -> None: ...

    def release(self, claim: Claim) -> None: ...


class PermitGateways(FlappingGateways, ConsentGateways, Protocol):
    """What a permit depends on."""

    @property
    def controls(self) -> Controls: ...


class Work(Protocol):
    """One finding in the hands of a remediator."""

    @property
    def has_begun(self) -> bool:
        """Whether anything was changed."""

    @property
    def is_journaled(self) -> bool:
        """Whether it is written down."""

    @property
    def change_id(self) -> str:
        """By which it is counted as a change."""

    def as_found(self, found: Sequence[Violation], plan: Plan) -> Finding:
        """A finding of what there is now."""


@dataclass
class Permit:
    """Leave to make changes for one finding: once it is given, what was begun may go on.

    Attributes
    ----------
    is_given : bool
        Whether it was asked for and given, and not given back.
    """

    finding: Finding
    gateways: PermitGateways
    is_given: bool = False

    @contextmanager
    def to_change(self, work: Work, found: Sequence[Violation], plan: Plan) -> Iterator[None]:
        """Close what was `found`, by a plan, inside; the permit is given back where AWS refused the first change.

        Raises
        ------
        MustWait
            The stage is paused, or past its limit; or nobody has agreed, where the rule's mode demands that; or all
            that was found is flapping, and the stage leaves that open.
        Unreadable
            Whether it is cannot be read: so nothing may be changed.
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
            _demand_a_stage_that_goes_on(controls, work)
            demand_consent(now, self.gateways)
            notice_flapping(self.finding, now.violations, self.gateways)
            use = _use(claim(now), work.change_id, controls)
        except (AwsRefused, NotDeployed) as error:
            raise Unreadable(f"the stage's pause and limits cannot be read: {error}") from error
        if isinstance(use, Refusal):
            raise MustWait(use.reason, use.seconds)
        return use


def _use(reserved: Claim, change_id: str, controls: Controls) -> Use | Refusal | None:
    """A slot under the change's own id, in the place of what was reserved under the finding's."""
    if change_id != reserved.remediation_id:
        controls.release(reserved)
    return controls.use(replace(reserved, remediation_id=change_id))


def _demand_a_stage_that_goes_on(controls: Controls, work: Work) -> None:
    """MustWait while somebody has stopped it; Unreadable where one of its two tables is gone, and the other is not.

    A stage that was deployed without either works without; one that has lost one has lost what was decided, or done.
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
    """Give reservations back that nobody has used; one that is missed runs out by itself."""
    for finding in findings:
        with _missed():
            controls.release(claim(finding))


def claim(finding: Finding) -> Claim:
    """What a finding asks for: a slot under its remediation's id, for what it names."""
    closes = closing(part for violation in finding.violations for part in parts(violation))
    return Claim(remediation_id(finding), finding.raised_by_rule, "/".join(finding.resource), closes)


@contextmanager
def _missed() -> Iterator[None]:
    """Go on where a slot cannot be given back: it costs others a change, and comes free with time."""
    try:
        yield
    except DdAwsError as error:
        logger.warning("a slot was not given back: %s", error)
