"""CloudTrail's pages and errors."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.stub import Stubber

from chalicelib.errors import AwsRefused, NotDone
from chalicelib.investigation.read import Trail
from tests.trust.trail import GROUP, REGION, ingress, read

UNTIL = datetime(2026, 11, 5, 3, 20, tzinfo=UTC)
ASKED = {
    "LookupAttributes": [{"AttributeKey": "ResourceName", "AttributeValue": GROUP}],
    "EndTime": UNTIL,
    "MaxResults": 50,
}


@pytest.fixture
def stub() -> Iterator[Stubber]:
    with Stubber(boto3.client("cloudtrail", region_name=REGION)) as stub:
        yield stub
        stub.assert_no_pending_responses()


def looked_up(*raws: object) -> list[dict[str, Any]]:
    """Events as LookupEvents returns them: the event itself is JSON in a string."""
    texts = [raw if isinstance(raw, str) else json.dumps(raw) for raw in raws]
    return [{"EventId": "e", "EventName": "n", "ReadOnly": "false", "CloudTrailEvent": text} for text in texts]


def test_every_page_is_asked_for_with_the_token_of_the_last(stub: Stubber) -> None:
    one, two = ingress("Authorize", 10), ingress("Authorize", 9)
    stub.add_response("lookup_events", {"Events": looked_up(one), "NextToken": "more"}, ASKED)
    stub.add_response("lookup_events", {"Events": looked_up(two)}, {**ASKED, "NextToken": "more"})
    assert [*Trail(stub.client).pages(GROUP, UNTIL)] == [(read(one),), (read(two),)]


def test_a_page_that_nobody_reads_is_not_asked_for(stub: Stubber) -> None:
    stub.add_response("lookup_events", {"Events": [], "NextToken": "more"}, ASKED)
    assert next(Trail(stub.client).pages(GROUP, UNTIL)) == ()


def test_what_is_no_event_is_left_out(stub: Stubber) -> None:
    one = ingress("Authorize", 10)
    stub.add_response("lookup_events", {"Events": [*looked_up("no JSON", {}, one), {"EventId": "e"}]}, ASKED)
    assert [*Trail(stub.client).pages(GROUP, UNTIL)] == [(read(one),)]


@pytest.mark.parametrize("code", ["AccessDenied", "AccessDeniedException", "OperationNotPermittedException"])
def test_who_may_not_look_learns_what_to_allow(stub: Stubber, code: str) -> None:
    stub.add_client_error("lookup_events", code)
    with pytest.raises(AwsRefused, match="cloudtrail:LookupEvents"):
        next(Trail(stub.client).pages(GROUP, UNTIL))


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalFailure", "InvalidNextTokenException"])
def test_a_lookup_that_fails_can_be_tried_again(stub: Stubber, code: str) -> None:
    stub.add_client_error("lookup_events", code)
    with pytest.raises(NotDone, match=code):
        next(Trail(stub.client).pages(GROUP, UNTIL))


def test_a_timeout_of_cloudtrail_can_be_tried_again() -> None:
    class Silent:
        def lookup_events(self, **_: Any) -> Any:
            raise ReadTimeoutError(endpoint_url="https://cloudtrail")

    with pytest.raises(NotDone, match="Read timeout"):
        next(Trail(Silent()).pages(GROUP, UNTIL))
