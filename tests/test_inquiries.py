"""The message on the investigation queue."""

from typing import Any

import pytest

from chalicelib.errors import BadInput
from chalicelib.investigation.inquiry import Inquiry
from tests.trust.trail import inquiry


def test_an_inquiry_survives_its_journey_as_json() -> None:
    assert Inquiry.from_json(inquiry().to_json()) == inquiry()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("version", "2"),
        ("remediationId", ""),
        ("awsAccountId", "12"),
        ("awsRegion", "evil.example/"),
        ("targetResourceType", "AWS::EC2::Volume"),
        ("targetResourceId", None),
        ("detectedAt", "yesterday"),
        ("askedAt", "0001-01-01T00:00:00+14:00"),
        ("violations", []),
    ],
)
def test_what_cannot_be_right_is_refused_by_name(key: str, value: Any) -> None:
    with pytest.raises(BadInput, match=f"message.{key}"):
        Inquiry.from_json({**inquiry().to_json(), key: value})
