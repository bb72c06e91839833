"""The outcome of a remediation whose last try failed."""

from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib.errors import NotDone
from chalicelib.findings import Finding
from chalicelib.notify import Status

from .fakes import FakeRemediator
from .test_journaled import deliver
from .test_remediate import OPEN, revoke


@dataclass
class Unverifiable(FakeRemediator):
    """EC2 accepts the revoke, and fails all later reads."""

    def live(self, finding: Finding) -> Any:
        if self.made:
            raise RuntimeError("RequestLimitExceeded")
        return super().live(finding)


def test_a_change_that_could_not_be_verified_to_the_last_is_not_told_as_nothing_done() -> None:
    gateways = Unverifiable(OPEN, revoke)
    with pytest.raises(ExceptionGroup):
        deliver(gateways, receive_count=5)
    [outcome] = gateways.published
    assert outcome.status is Status.FAILED
    assert [note for note in outcome.notes if "ec2:RevokeSecurityGroupIngress" in note]


def test_a_failure_before_any_change_tells_of_none() -> None:
    gateways = FakeRemediator(OPEN, revoke)
    gateways.journal.broken["attempted"] = NotDone("the journal: throttled")
    with pytest.raises(ExceptionGroup):
        deliver(gateways, receive_count=5)
    assert gateways.published[0].notes == ()
