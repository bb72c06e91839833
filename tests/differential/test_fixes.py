"""The fix removes the access of the public, and of no one else."""

import pytest

from tests.differential.callers import OFFICE, PARTNER, PROBES, PUBLIC, READER
from tests.differential.families import FAMILIES
from tests.differential.trial import Trial

pytestmark = pytest.mark.e2e

NOTHING_TO_FIX = "restricted"
FIXED = [family for family in FAMILIES if family != NOTHING_TO_FIX]
PROBE = {probe.action: probe for probe in PROBES}
SURVIVORS = {
    "mixed write": (READER, "s3:PutObject"),
    "user reads": (READER, "s3:GetObject"),
    "partner lists": (PARTNER, "s3:ListBucket"),
    "office reads": (OFFICE, "s3:GetObject"),
}
"""Statements of the family `statements` that name a principal, and what they allow."""
DENIALS = {"no delete", "no plain HTTP", "only our user"}


@pytest.mark.parametrize("family", FIXED)
def test_after_the_fix_nobody_of_the_public_is_let_in(trial: Trial, family: str) -> None:
    fixed = list(trial.of(family).fixed)
    assert sum(before.lets_in(PUBLIC) for _, before, _ in fixed) >= 25
    assert not [name for name, _, after in fixed if after.is_public or after.lets_in(PUBLIC)]


@pytest.mark.parametrize("family", FIXED)
def test_the_fix_gives_nobody_new_access(trial: Trial, family: str) -> None:
    assert not [
        f"{name}: {caller.name} for {probe.action}"
        for name, before, after in trial.of(family).fixed
        for (caller, probe), is_admitted in after.admitted.items()
        if is_admitted and not before.admitted[caller, probe]
    ]


def test_where_public_access_is_restricted_there_is_nothing_to_fix(trial: Trial) -> None:
    assert not list(trial.of(NOTHING_TO_FIX).fixed)


@pytest.mark.parametrize("statement", SURVIVORS)
def test_whoever_is_named_in_a_statement_keeps_what_it_gives_him(trial: Trial, statement: str) -> None:
    caller, action = SURVIVORS[statement]
    fixed = {
        name: after.admitted[caller, PROBE[action]]
        for name, _, after in trial.of("statements").fixed
        if statement in (parts := set(name.split(" + "))) and not parts & DENIALS
    }
    assert len(fixed) >= 15
    assert not [name for name, is_admitted in fixed.items() if not is_admitted]
