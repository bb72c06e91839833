import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import BadInput
from chalicelib.findings import (
    FINDING_BYTES,
    HANDLE,
    LISTS,
    LONGEST_NOTE,
    MOST_ENTRIES,
    NAME,
    RESOURCE_ID,
    AwsCall,
    Finding,
    Violation,
    WorkOrder,
)
from chalicelib.json_values import parsed

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(st.text(max_size=8).filter(lambda key: key not in LISTS), json_values, max_size=3)
texts = st.text(min_size=1, max_size=30)
names = texts.filter(NAME.fullmatch)
handles = st.from_regex(HANDLE, fullmatch=True).map(lambda handle: handle[:40])
findings = st.builds(
    Finding,
    raised_by_rule=names,
    aws_account_id=st.from_regex(r"[0-9]{12}", fullmatch=True),
    aws_region=st.sampled_from(["eu-west-1", "us-gov-east-1", "ap-southeast-2", "eusc-de-east-1"]),
    target_resource_type=names,
    target_resource_id=st.from_regex(RESOURCE_ID, fullmatch=True),
    detected_at=st.datetimes().map(datetime.isoformat),
    violations=st.lists(st.builds(Violation, texts, objects), min_size=1, max_size=3).map(tuple),
    required_steps=st.lists(st.builds(AwsCall, texts, texts, objects), max_size=3).map(tuple),
    rule_parameters=st.dictionaries(texts, texts, max_size=2),
)
orders = st.builds(WorkOrder, texts, handles, findings, st.lists(handles, max_size=3).map(tuple))


@given(orders)
def test_a_work_order_survives_its_journey_as_json(order: WorkOrder) -> None:
    assert WorkOrder.from_json(json.loads(json.dumps(order.to_json()))) == order


@given(json_values)
def test_any_other_text_raises_bad_input_and_no_other_error(value: object) -> None:
    with pytest.raises(BadInput):
        WorkOrder.from_json(value)


@given(orders, st.data())
def test_a_field_of_the_wrong_kind_is_named(order: WorkOrder, data: st.DataObject) -> None:
    body = order.to_json()
    field = data.draw(st.sampled_from(sorted(body["messageBody"])))
    body["messageBody"][field] = 7
    with pytest.raises(BadInput, match=field):
        WorkOrder.from_json(body)


COMPLETE = {
    "version": "1",
    "raisedByRule": "r",
    "awsAccountId": "123456789012",
    "awsRegion": "eu-west-1",
    "targetResourceType": "t",
    "targetResourceId": "i",
    "detectedAt": "2026-11-05T03:12:07.123Z",
    "violations": [{"violationType": "v", "violationDetails": {}}],
    "requiredSteps": [],
}


def test_a_message_without_rule_parameters_is_complete() -> None:
    assert Finding.from_json(COMPLETE).rule_parameters == {}


def test_a_rule_parameter_that_is_no_text_is_named() -> None:
    with pytest.raises(BadInput, match=r"message\.ruleParameters\.bucketFix: expected a text; got \[\]"):
        Finding.from_json({**COMPLETE, "ruleParameters": {"bucketFix": []}})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("raisedByRule", "r" * 129),
        ("awsAccountId", "\u0661" * 12),
        ("awsRegion", f"eu-{'west' * 100}-1"),
        ("targetResourceType", "T" * 129),
        ("targetResourceId", "i" * 256),
        ("targetResourceId", "\N{SNOWMAN}"),
        ("detectedAt", "now"),
        ("detectedAt", "1792-99-01"),
        ("detectedAt", f"2026-11-05T03:12:07.{'1' * 250_000}Z"),
    ],
)
def test_a_value_longer_than_aws_allows_or_an_invalid_time_is_named(field: str, value: str) -> None:
    with pytest.raises(BadInput, match=rf"message\.{field}: expected .*; got '{value[:9]}"):
        Finding.from_json({**COMPLETE, field: value})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("raisedByRule", "r" * 128),
        ("raisedByRule", "Öffentliche Buckets"),
        ("awsRegion", "us-isob-east-1"),
        ("targetResourceId", "b" * 255),
        ("detectedAt", "2026-11-05T03:12:07.123Z"),
        ("detectedAt", "2026-11-05T03:12:07+00:00"),
        ("detectedAt", "2026-11-05T03:12:07.123456"),
    ],
)
def test_what_aws_sends_is_taken_as_it_is(field: str, value: Any) -> None:
    assert Finding.from_json({**COMPLETE, field: value}).to_json()[field] == value


def test_what_is_not_json_is_named_and_cut() -> None:
    with pytest.raises(BadInput) as caught:
        parsed("x" * 10_000, "body")
    assert str(caught.value).startswith("body: expected JSON; got 'xxx")
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("cidrs", [1, 1000])
@pytest.mark.parametrize("reason", [1, 20_000])
@pytest.mark.parametrize("count", [1, 60, 1500])
@pytest.mark.parametrize("notes", [(), ("n" * 20_000,), ("n",) * 1500, ("n" * 5000,) * 200])
def test_whatever_an_evaluator_finds_its_message_is_one_that_every_reader_takes(
    cidrs: int, reason: int, count: int, notes: tuple[str, ...]
) -> None:
    step = AwsCall("ec2", "RevokeSecurityGroupIngress", {"GroupId": "sg-1", "IpPermissions": ["x" * 200]})
    violation = Violation("T", {"reason": "ü" * reason, "cidrs": ["2001:db8::/32"] * cidrs})
    found = replace(
        Finding.from_json(COMPLETE), violations=(violation,) * count, required_steps=(step,) * count, notes=notes
    )
    read = Finding.from_body(found.body)
    assert len(found.body) <= FINDING_BYTES
    assert (read.resource, read.raised_by_rule) == (found.resource, found.raised_by_rule)
    assert read.violations
    is_cut = len(read.violations) < len(found.violations) or len(read.required_steps) < len(found.required_steps)
    assert is_cut <= ("Cut to fit one message" in "".join(read.notes))
    assert max(map(len, read.notes), default=0) <= LONGEST_NOTE
    assert read.most_entries <= MOST_ENTRIES


def test_a_finding_of_the_usual_size_is_sent_as_it_is() -> None:
    found = Finding.from_json(COMPLETE)
    assert found.fitted() == found
