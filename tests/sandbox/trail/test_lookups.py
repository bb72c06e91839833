"""LookupEvents of the sandbox, asked by boto3: attribute, times, pages, lag, limits, IAM."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox import trail, wsgi
from sandbox.environment import ACCOUNT_ID, REGION
from sandbox.front import Front
from sandbox.front.cloudtrail import CloudTrail
from sandbox.front.trail import FrontTrail
from sandbox.trail import ec2
from tests.sandbox.test_front import FORBIDDEN, FakeIam

NOW = datetime(2026, 11, 5, 3, 20, tzinfo=UTC)


@dataclass
class Sand:
    """CloudTrail at 03:20, or when `clock` says; each call is a second after the last."""

    events: Path
    iam: FakeIam = field(default_factory=FakeIam)
    clock: float = NOW.timestamp()
    step: float = 1.0
    client: Any = None

    def now(self) -> float:
        return self.clock

    def happens(self, minutes_ago: float, group: str = "sg-1", name: str = "CreateTags") -> str:
        """Something is written down; its id."""
        form = {"Action": name, "GroupId": group}
        caller = {"caller": f"arn:aws:iam::{ACCOUNT_ID}:user/ann", "access_key": "AKIA1"}
        line = trail.event(ec2.seen(form, 200, "", address="127.0.0.1", user_agent="terraform", **caller))
        line["event"]["eventTime"] = (NOW - timedelta(minutes=minutes_ago)).isoformat()
        trail.append(self.events, line)
        return str(line["event"]["eventID"])

    def found(self, key: str = "ResourceName", value: str = "sg-1", **asked: Any) -> list[str]:
        answer = self.looked_up(LookupAttributes=[{"AttributeKey": key, "AttributeValue": value}], **asked)
        return [each["EventId"] for each in answer["Events"]]

    def looked_up(self, **asked: Any) -> Any:
        self.clock += self.step
        return self.client.lookup_events(**asked)


@pytest.fixture
def sand(tmp_path: Path) -> Iterator[Sand]:
    sand = Sand(tmp_path / "trail.jsonl")
    sand.events.write_text("")
    service = CloudTrail(sand.events, 300, clock=sand.now)
    server = wsgi.listen(Front(sand.iam, FrontTrail(sand.events), service))
    config = Config(retries={"total_max_attempts": 1}, proxies={})
    sand.client = boto3.client("cloudtrail", region_name=REGION, endpoint_url=wsgi.address(server), config=config)
    yield sand
    server.shutdown()
    server.server_close()


def test_an_event_is_there_after_five_minutes_and_not_before(sand: Sand) -> None:
    sand.happens(4)
    old = sand.happens(6)
    assert sand.found() == [old]
    sand.clock += 120
    assert len(sand.found()) == 2


def test_events_are_those_of_the_resource_the_most_recent_first(sand: Sand) -> None:
    first, _, last = sand.happens(30), sand.happens(20, "sg-2"), sand.happens(10)
    assert sand.found() == [last, first]
    assert sand.found("EventName", "CreateTags") == sand.found("Username", "ann")
    assert sand.found("ResourceName", "sg-3") == []


def test_events_are_those_of_the_time_that_is_asked_for(sand: Sand) -> None:
    first, middle, last = (sand.happens(minutes) for minutes in (30, 20, 10))
    assert sand.found(EndTime=NOW - timedelta(minutes=15)) == [middle, first]
    assert sand.found(StartTime=NOW - timedelta(minutes=25)) == [last, middle]


def test_pages_follow_one_another_and_a_token_fits_no_other_question(sand: Sand) -> None:
    ids = [sand.happens(60 - minutes) for minutes in range(5)]
    attributes = [{"AttributeKey": "ResourceName", "AttributeValue": "sg-1"}]
    seen, token = [], {}
    for _ in range(3):
        answer = sand.looked_up(LookupAttributes=attributes, MaxResults=2, **token)
        seen += [each["EventId"] for each in answer["Events"]]
        token = {"NextToken": answer["NextToken"]} if "NextToken" in answer else {}
    assert seen == ids[::-1]
    assert token == {}
    token = {"NextToken": sand.looked_up(LookupAttributes=attributes, MaxResults=2)["NextToken"]}
    with pytest.raises(ClientError, match="InvalidNextTokenException"):
        sand.looked_up(MaxResults=2, **token)


def test_the_third_call_in_a_second_is_throttled(sand: Sand) -> None:
    sand.step = 0.2
    sand.found()
    sand.found()
    with pytest.raises(ClientError, match="ThrottlingException"):
        sand.found()
    sand.clock += 1
    assert sand.found() == []


def test_iam_is_asked_and_its_no_reaches_the_caller(sand: Sand) -> None:
    sand.found()
    assert sand.iam.asked == [("cloudtrail:LookupEvents", "*")]
    sand.iam.refusal = FORBIDDEN
    with pytest.raises(ClientError, match="AccessDeniedException"):
        sand.found()


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"MaxResults": 50, "NextToken": "x"}, "InvalidNextTokenException"),
        ({"StartTime": NOW, "EndTime": NOW - timedelta(1)}, "InvalidTimeRangeException"),
        ({"LookupAttributes": [{"AttributeKey": "Color", "AttributeValue": "x"}]}, "InvalidLookupAttributesException"),
    ],
)
def test_what_cannot_be_asked_is_refused_as_aws_does(sand: Sand, asked: dict[str, Any], error: str) -> None:
    sand.happens(10)
    with pytest.raises(ClientError, match=error):
        sand.looked_up(**asked)


def test_what_the_sandbox_does_not_have_is_said(sand: Sand) -> None:
    with pytest.raises(ClientError, match="UnsupportedOperationException"):
        sand.client.list_trails()
