"""The parts of a violation."""

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import BadInput
from chalicelib.exposure.parts import parts
from chalicelib.findings import LISTS, Violation
from chalicelib.flapping.flapping import violation_key
from tests.test_messages import json_values


def ssh(*cidrs: str, reason: str = "tcp 22 is open", port: int = 22) -> Violation:
    details = {"reason": reason, "ipProtocol": "tcp", "fromPort": port, "toPort": port, "cidrs": list(cidrs)}
    return Violation("EC2_SG_PROHIBITED_PORT", details)


def policy(*hashes: str, index: int = 0) -> Violation:
    statements = [{"sid": each, "index": index + n, "reason": "r", "sha256": each} for n, each in enumerate(hashes)]
    return Violation("S3_BUCKET_PUBLIC_POLICY", {"reason": "the policy is public", "statements": statements})


def test_each_source_is_a_part_of_its_own() -> None:
    assert parts(ssh("0.0.0.0/0")) < parts(ssh("::/0", "0.0.0.0/0"))
    assert len(parts(ssh("::/0", "0.0.0.0/0"))) == 2


def test_another_port_is_another_part() -> None:
    assert not parts(ssh("0.0.0.0/0")) & parts(ssh("0.0.0.0/0", port=3389))


def test_a_statement_is_known_by_what_it_says_wherever_it_stands() -> None:
    assert parts(policy("a", index=3)) < parts(policy("b", "a"))


def test_a_statement_with_other_content_is_another_part_even_with_the_same_name() -> None:
    details = {"statements": [{"sid": "Read", "index": 0, "sha256": "one"}]}
    widened = {"statements": [{"sid": "Read", "index": 0, "sha256": "other"}]}
    assert not parts(Violation("S3_BUCKET_PUBLIC_POLICY", details)) & parts(
        Violation("S3_BUCKET_PUBLIC_POLICY", widened)
    )


def test_a_violation_without_lists_has_one_part() -> None:
    assert len(parts(Violation("T", {"reason": "whatever", "flag": True}))) == 1


@given(st.permutations(["0.0.0.0/0", "::/0", "1.0.0.0/8"]), st.text(max_size=20))
def test_neither_order_nor_words_make_it_another_violation(cidrs: list[str], reason: str) -> None:
    one = ssh("0.0.0.0/0", "1.0.0.0/8", "::/0")
    assert parts(ssh(*cidrs, reason=reason)) == parts(one)
    assert violation_key("rule", ssh(*cidrs, reason=reason)) == violation_key("rule", one)


@given(st.dictionaries(st.sampled_from(LISTS), json_values))
def test_whatever_a_forged_violation_says_it_is_refused_or_has_parts(details: dict[str, object]) -> None:
    with suppress(BadInput):
        assert parts(Violation.from_json({"violationType": "T", "violationDetails": details}, "violation"))
