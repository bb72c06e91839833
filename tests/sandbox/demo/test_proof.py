"""The demonstration fails if a resource is not exposed, is not fixed, or loses harmless access."""

import pytest

from sandbox import SandboxError
from sandbox.demo import proof, tables
from sandbox.demo.leaks import PRESENT, REMOVED, Fact, Leak
from sandbox.demo.proof import COMPLIANCE
from tests.sandbox.demo.rendering import shown

EXPOSED = Fact("tcp 22 from 0.0.0.0/0", lambda: REMOVED, PRESENT, REMOVED)
HARMLESS = Fact("tcp 443 from 0.0.0.0/0", lambda: PRESENT, PRESENT, PRESENT)
LEAK = Leak("AWS::EC2::SecurityGroup", "sg-1", "remediate_security_group", "ec2:Revoke", (EXPOSED, HARMLESS))
BEFORE = {"sg-1": {**LEAK.leaking, COMPLIANCE: "NON_COMPLIANT"}}
FIXED = {"sg-1": {**LEAK.fixed, COMPLIANCE: "COMPLIANT"}}


def test_a_fact_with_equal_values_before_and_after_is_harmless() -> None:
    assert (EXPOSED.is_harmless, HARMLESS.is_harmless) == (False, True)


def test_a_leak_reads_the_current_values_of_its_facts() -> None:
    assert LEAK.read() == LEAK.fixed


def test_the_demonstration_refuses_a_resource_that_is_not_exposed() -> None:
    proof.demand_leaking([LEAK], BEFORE)
    with pytest.raises(SandboxError, match="sg-1 is not exposed as planted"):
        proof.demand_leaking([LEAK], FIXED)


def test_every_fact_is_compared_with_its_expected_value() -> None:
    found = proof.proofs([LEAK], BEFORE, FIXED)
    proof.demand(found)
    assert [(each.what, each.before, each.after) for each in found] == [
        (EXPOSED.what, PRESENT, REMOVED),
        (HARMLESS.what, PRESENT, PRESENT),
        (COMPLIANCE, "NON_COMPLIANT", "COMPLIANT"),
    ]


@pytest.mark.parametrize(
    "wrong",
    [{EXPOSED.what: PRESENT}, {HARMLESS.what: REMOVED}, {COMPLIANCE: "NON_COMPLIANT"}],
    ids=["exposed", "harmless", "compliance"],
)
def test_one_unexpected_value_fails_the_demonstration(wrong: dict[str, str]) -> None:
    found = proof.proofs([LEAK], BEFORE, {"sg-1": {**FIXED["sg-1"], **wrong}})
    with pytest.raises(SandboxError, match=next(iter(wrong))):
        proof.demand(found)
    assert "✗ expected" in shown(tables.proven(found))


def test_the_proof_names_each_resource_once() -> None:
    text = shown(tables.proven(proof.proofs([LEAK], BEFORE, FIXED)))
    assert text.count("sg-1") == 1
    assert text.count("✓") == 3


def test_the_table_tells_exposed_from_harmless_settings() -> None:
    text = shown(tables.planted([LEAK], BEFORE))
    assert [line.split()[-2:-1] for line in text.splitlines() if "tcp" in line] == [["exposed"], ["harmless"]]
