"""An undo reverts every change that the rule makes to a group, and no other setting."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.findings import AwsCall
from chalicelib.journal.record import Answer, Attempt, Record
from chalicelib.resources import SecurityGroup
from chalicelib.rules import SECURITY_GROUP_RULE
from chalicelib.rules.taken import taken
from chalicelib.rules.undo import Drift, Undo
from chalicelib.undo import undo
from tests.exposure.strategies import groups_with_lists
from tests.rules.ec2 import Ec2, as_stored
from tests.trust.records import AT, record

PARAMETERS = {
    how: SECURITY_GROUP_RULE.parameters({"prohibitedPorts": "22,3389", "portRange": how}) for how in ("revoke", "carve")
}

groups = groups_with_lists().map(as_stored).map(lambda group: replace(group, rule_tags=()))


def fixed(before: SecurityGroup, how: str) -> tuple[Ec2, Record]:
    """EC2 after the fix, and the journal's record."""
    ec2 = Ec2(before)
    attempts = []
    for number, call in enumerate(SECURITY_GROUP_RULE.plan(before, PARAMETERS[how]).calls):
        attempts.append(Attempt(number, call, taken(call, before), AT, Answer.MADE, AT, f"request-{number}"))
        ec2.make(call)
    return ec2, record(*attempts, before=before)


def carried_out(ec2: Ec2, calls: tuple[AwsCall, ...]) -> None:
    for call in calls:
        ec2.make(call)


@pytest.mark.parametrize("how", PARAMETERS)
@given(st.data())
def test_an_undo_restores_what_was_there(how: str, data: st.DataObject) -> None:
    before = data.draw(groups)
    ec2, kept = fixed(before, how)
    result = undo(kept, ec2.group(before))
    assert isinstance(result, Undo)
    carried_out(ec2, result.plan.calls)
    assert ec2.rules == Ec2(before).rules
    again = undo(kept, ec2.group(before), is_resumed=True)
    assert isinstance(again, Undo)
    assert not again.plan.calls


@pytest.mark.parametrize("how", PARAMETERS)
@given(st.data())
def test_an_undo_that_stopped_anywhere_is_finished_by_the_next(how: str, data: st.DataObject) -> None:
    before = data.draw(groups)
    ec2, kept = fixed(before, how)
    result = undo(kept, ec2.group(before))
    assert isinstance(result, Undo)
    carried_out(ec2, result.plan.calls[: data.draw(st.integers(0, len(result.plan.calls)))])
    rest = undo(kept, ec2.group(before), is_resumed=True)
    assert isinstance(rest, Undo)
    carried_out(ec2, rest.plan.calls)
    assert ec2.rules == Ec2(before).rules


@given(st.data())
def test_what_is_there_again_is_never_made_twice(data: st.DataObject) -> None:
    before = data.draw(groups)
    _, kept = fixed(before, "revoke")
    result = undo(kept, before)
    if kept.attempts:
        assert isinstance(result, Drift)
        assert not result.anyway.plan.calls
