"""Events reach the targets of the rules that match them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.awsconfig.eventbridge import deliver

EVENT = {
    "source": "aws.config",
    "detail-type": "Config Rules Compliance Change",
    "detail": {"messageType": "ComplianceChangeNotification"},
}
TOPIC = "arn:aws:sns:eu-west-1:123456789012:notifications"
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:notifier"
MATCHING = json.dumps({"source": ["aws.config"]})


class Events:
    """EventBridge with one rule a page; it compares sources alone."""

    def __init__(self, rules: list[dict[str, str]], targets: list[dict[str, Any]]) -> None:
        self._rules, self._targets = rules, targets

    def get_paginator(self, operation: str) -> "Events":
        assert operation == "list_rules"
        return self

    def paginate(self) -> Iterator[dict[str, Any]]:
        yield from ({"Rules": [rule]} for rule in self._rules)

    def list_targets_by_rule(self, **request: str) -> dict[str, Any]:
        return {"Targets": [target for target in self._targets if request["Rule"] == target.get("Of", "ours")]}

    def test_event_pattern(self, **request: str) -> dict[str, bool]:
        return {"Result": json.loads(request["Event"])["source"] in json.loads(request["EventPattern"])["source"]}


class Sent:
    """Lambda and SNS alike: keeps what it is asked to send."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []

    def invoke(self, **request: Any) -> None:
        self.requests.append(request)

    publish = invoke


def rule(**changes: str) -> dict[str, str]:
    return {"Name": "ours", "State": "ENABLED", "EventPattern": MATCHING, **changes}


def delivered(
    rules: list[dict[str, str]], *targets: dict[str, Any]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    functions, topics = Sent(), Sent()
    deliver(EVENT, Events(rules, list(targets)), functions, topics)
    return functions.requests, topics.requests


def test_a_topic_gets_the_event() -> None:
    _, (published,) = delivered([rule()], {"Arn": TOPIC})
    assert published["TopicArn"] == TOPIC
    assert json.loads(published["Message"]) == EVENT
    assert published["Subject"] == "Config Rules Compliance Change"


def test_a_function_is_invoked_asynchronously_with_the_event() -> None:
    (invoked,), _ = delivered([rule()], {"Arn": FUNCTION})
    assert (invoked["FunctionName"], invoked["InvocationType"]) == (FUNCTION, "Event")
    assert json.loads(invoked["Payload"]) == EVENT


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ({"InputPath": "$.detail"}, EVENT["detail"]),
        ({"InputPath": "$.detail.messageType"}, "ComplianceChangeNotification"),
        ({"InputPath": "$"}, EVENT),
        ({"Input": '{"constant":true}'}, {"constant": True}),
    ],
)
def test_a_target_may_get_a_part_or_a_constant(target: dict[str, str], expected: Any) -> None:
    _, (published,) = delivered([rule()], {"Arn": TOPIC, **target})
    assert json.loads(published["Message"]) == expected


@pytest.mark.parametrize(
    "other",
    [
        rule(State="DISABLED"),
        rule(EventPattern=json.dumps({"source": ["aws.s3"]})),
        {"Name": "ours", "State": "ENABLED", "ScheduleExpression": "rate(1 minute)"},
    ],
)
def test_rules_that_do_not_match_send_nothing(other: dict[str, str]) -> None:
    assert delivered([other], {"Arn": TOPIC}) == ([], [])


def test_every_matching_rule_on_every_page_sends_to_all_its_targets() -> None:
    targets = [{"Arn": TOPIC}, {"Arn": FUNCTION}, {"Arn": TOPIC, "Of": "another"}]
    invoked, published = delivered([rule(), rule(Name="another")], *targets)
    assert (len(invoked), len(published)) == (1, 2)


@pytest.mark.parametrize(
    "target",
    [{"Arn": "arn:aws:sqs:eu-west-1:123456789012:queue"}, {"Arn": TOPIC, "InputTransformer": {"InputTemplate": "x"}}],
)
def test_what_is_not_offered_is_logged_and_the_rest_is_delivered(
    target: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    _, published = delivered([rule()], target, {"Arn": TOPIC})
    assert len(published) == 1
    assert "Not delivered" in caplog.text
    assert target["Arn"] in caplog.text
