"""The journal's encoding is lossless, and errors name the field."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import BadInput
from chalicelib.journal.codec import decoded, encoded
from chalicelib.journal.record import Attempt, Closing, Opening
from chalicelib.notify import Outcome
from chalicelib.resources import Bucket, SecurityGroup
from tests.flows.fakes import finding

from .records import AT, GROUP, REVOKE, REVOKED, outcome, permissions, policies, texts

groups = st.builds(SecurityGroup, *[texts] * 4, st.lists(permissions, max_size=3).map(tuple))
buckets = st.builds(Bucket, texts, texts, texts, policy=policies, policy_text=st.none() | texts)
resources = st.none() | groups | buckets


def through_json(value: object) -> object:
    return json.loads(json.dumps(encoded(value)))


@given(resources, st.dictionaries(texts, texts, max_size=2))
def test_an_opening_is_read_as_it_was_written(
    before: SecurityGroup | Bucket | None, parameters: dict[str, str]
) -> None:
    opening = Opening(finding(), parameters, before, (REVOKE,), ("Mind.",), undoes="r-1")
    assert decoded(Opening, through_json(opening), "opening") == opening


@given(groups | buckets, texts)
def test_an_attempt_is_read_as_it_was_written(seen: SecurityGroup | Bucket, error: str) -> None:
    attempt = replace(REVOKED, seen=seen, error=error)
    read = decoded(Attempt, through_json(attempt), "attempt")
    assert read == attempt
    if isinstance(read.seen, Bucket):
        assert read.seen.policy_text == attempt.seen.policy_text  # not compared: two texts may say the same


@given(resources, st.builds(Outcome, *[texts], st.just(outcome().status), *[texts] * 7, removed=st.just(("a", "b"))))
def test_a_closing_is_read_as_it_was_written(after: SecurityGroup | Bucket | None, told: Outcome) -> None:
    closing = Closing(AT, told, after)
    assert decoded(Closing, through_json(closing), "closing") == closing


def test_what_was_written_before_a_field_was_there_is_read_with_its_default() -> None:
    old = through_json(GROUP)
    del old["rules_quota"]
    assert decoded(SecurityGroup, old, "group") == GROUP


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("answer", "perhaps", "attempt.answer: expected attempting, made, refused, without_effect; got 'perhaps'"),
        ("number", "0", "attempt.number: expected a value of type int"),
        ("number", True, "attempt.number: expected a value of type int"),
        ("seen", {"model": "Table"}, "attempt.seen.model: expected SecurityGroup or Bucket; got 'Table'"),
        ("call", None, "attempt.call: expected a JSON object"),
    ],
)
def test_what_cannot_be_read_is_named(field: str, value: object, named: str) -> None:
    with pytest.raises(BadInput) as caught:
        decoded(Attempt, {**encoded(REVOKED), field: value}, "attempt")
    assert str(caught.value).startswith(named)


def test_a_missing_field_is_named() -> None:
    raw = encoded(REVOKED)
    del raw["attempted_at"]
    with pytest.raises(BadInput, match=r"attempt\.attempted_at: expected a value"):
        decoded(Attempt, raw, "attempt")
