"""The demonstration fails where something does not leak, does not heal, or breaks its neighbours."""

import pytest

from sandbox import SandboxError
from sandbox.demo import proof, tables
from sandbox.demo.leaks import GONE, THERE, Fact, Leak
from sandbox.demo.proof import VERDICT
from tests.sandbox.demo.rendering import shown

HOLE = Fact("tcp 22 from 0.0.0.0/0", lambda: GONE, THERE, GONE)
NEIGHBOUR = Fact("tcp 443 from 0.0.0.0/0", lambda: THERE, THERE, THERE)
LEAK = Leak("AWS::EC2::SecurityGroup", "sg-1", "remediate_security_group", "ec2:Revoke", (HOLE, NEIGHBOUR))
BEFORE = {"sg-1": {**LEAK.leaking, VERDICT: "NON_COMPLIANT"}}
HEALED = {"sg-1": {**LEAK.healed, VERDICT: "COMPLIANT"}}


def test_a_fact_that_is_the_same_before_and_after_is_a_harmless_neighbour() -> None:
    assert (HOLE.is_harmless, NEIGHBOUR.is_harmless) == (False, True)


def test_a_leak_reads_its_facts_anew() -> None:
    assert LEAK.read() == LEAK.healed


def test_what_does_not_leak_is_no_demonstration() -> None:
    proof.demand_leaking([LEAK], BEFORE)
    with pytest.raises(SandboxError, match="sg-1 does not leak as planted"):
        proof.demand_leaking([LEAK], HEALED)


def test_all_that_should_be_is_proven() -> None:
    found = proof.proofs([LEAK], BEFORE, HEALED)
    proof.demand(found)
    assert [(each.what, each.before, each.after) for each in found] == [
        (HOLE.what, THERE, GONE),
        (NEIGHBOUR.what, THERE, THERE),
        (VERDICT, "NON_COMPLIANT", "COMPLIANT"),
    ]


@pytest.mark.parametrize(
    "wrong",
    [{HOLE.what: THERE}, {NEIGHBOUR.what: GONE}, {VERDICT: "NON_COMPLIANT"}],
    ids=["hole", "neighbour", "verdict"],
)
def test_one_thing_that_is_not_as_it_should_be_fails_the_demonstration(wrong: dict[str, str]) -> None:
    found = proof.proofs([LEAK], BEFORE, {"sg-1": {**HEALED["sg-1"], **wrong}})
    with pytest.raises(SandboxError, match=next(iter(wrong))):
        proof.demand(found)
    assert "✗ expected" in shown(tables.proven(found))


def test_the_proof_names_each_resource_once() -> None:
    text = shown(tables.proven(proof.proofs([LEAK], BEFORE, HEALED)))
    assert text.count("sg-1") == 1
    assert text.count("✓") == 3


def test_what_was_planted_is_told_apart_from_what_was_there() -> None:
    text = shown(tables.planted([LEAK], BEFORE))
    assert [line.split()[-2:-1] for line in text.splitlines() if "tcp" in line] == [["hole"], ["harmless"]]
