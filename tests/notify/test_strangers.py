"""Messages about other accounts and regions, and implausible times, are not posted as if they were ours."""

import json
from typing import Any

import pytest

from chalicelib.notify import to_json
from chalicelib.slack.notify import notify

from .fakes import FakeGateways
from .samples import body, compliance_change, event, outcome, sns_event

EVENT = body("eventbridge_bucket_becomes_non_compliant")


@pytest.mark.parametrize(
    "message",
    [
        compliance_change("NON_COMPLIANT", None, awsAccountId="999999999999"),
        compliance_change("NON_COMPLIANT", None, awsRegion="us-east-1"),
        {**EVENT, "account": "999999999999"},
        {**EVENT, "region": "us-east-1"},
        {**EVENT, "account": "999999999999", "detail": {**EVENT["detail"], "awsAccountId": "123456789012"}},
        {**EVENT, "detail": {**EVENT["detail"], "awsAccountId": "999999999999"}},
    ],
)
def test_a_compliance_change_of_another_account_or_region_is_not_told(message: Any, gateways: FakeGateways) -> None:
    notify(sns_event(message), gateways)
    assert gateways.slack.posted == []


ANOTHERS_ALARM = "arn:aws:cloudwatch:eu-west-1:999999999999:alarm:dd-aws-dev-remediation-dlq-not-empty"
ALARM = body("alarm_goes_off")


@pytest.mark.parametrize(
    "changes",
    [
        {"account": "999999999999"},
        {"region": "us-east-1"},
        {"detail": {**EVENT["detail"], "awsAccountId": "999999999999"}},
        {"detail": {**EVENT["detail"], "awsRegion": "us-east-1"}},
    ],
)
def test_an_event_of_another_account_or_region_that_invokes_the_notifier_is_not_told(
    changes: Any, gateways: FakeGateways
) -> None:
    notify({**EVENT, **changes}, gateways)
    assert gateways.slack.posted == []


@pytest.mark.parametrize("changes", [{"AWSAccountId": "999999999999"}, {"AlarmArn": ANOTHERS_ALARM}])
def test_an_alarm_of_another_account_is_not_told(changes: Any, gateways: FakeGateways) -> None:
    notify(sns_event({**ALARM, **changes}), gateways)
    assert gateways.slack.posted == []


def test_our_own_compliance_change_is_told_by_the_topic_and_by_eventbridge_itself(gateways: FakeGateways) -> None:
    notify(event("eventbridge_bucket_becomes_non_compliant"), gateways)
    notify(EVENT, gateways)
    assert len(gateways.slack.posted) == 2
    assert gateways.slack.texts[0] == gateways.slack.texts[1]


def test_eventbridge_tells_twice_under_one_id(gateways: FakeGateways) -> None:
    notify(EVENT, gateways)
    [incident] = gateways.incidents.items
    assert incident.resource.endswith(EVENT["detail"]["resourceId"])


@pytest.mark.parametrize("at", ["9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59-23:59"])
def test_a_time_that_cannot_be_silences_no_resource(at: str, gateways: FakeGateways) -> None:
    gateways.slack.has_threads = True
    notify(sns_event(to_json(outcome(detected_at=at, finished_at=at)), timestamp=at), gateways)
    notify(sns_event({**compliance_change("NON_COMPLIANT", None), "notificationCreationTime": at}), gateways)
    notify(sns_event(to_json(outcome(remediation_id="another")), message_id="n"), gateways)
    assert len(gateways.slack.posted) == 3
    began = [thread.began for threads, _ in gateways.incidents.items.values() for thread in threads]
    assert all(abs(each - gateways.now()).days <= 1 for each in began)


@pytest.mark.parametrize("at", ["9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+00:00"])
def test_an_event_of_any_time_is_told(at: str, gateways: FakeGateways) -> None:
    notify({**EVENT, "time": at, "detail": {**EVENT["detail"], "notificationCreationTime": at}}, gateways)
    assert json.dumps(gateways.slack.posted)
    assert len(gateways.slack.posted) == 1
